/** Port: how saved pipelines and their versions are kept. */
import type { Pipeline, PipelineVersion } from '../pipelines.ts';
import type { Page, Paged, Unnumbered } from './paging.ts';

/** `private`: of the context itself. `shared`: of other workspaces of the organisation that share theirs. */
export type PipelineVisibility = 'private' | 'shared' | 'all';

export interface PipelineQuery extends Page {
  workspaceId: number | null;
  /** Personal context (workspaceId null): whose. */
  userId: number;
  /** Whose shared workspaces count; null in a personal context: none. */
  organisationId: number | null;
  visibility: PipelineVisibility;
  /** Free text on name, description and repository, exact names first. */
  search?: string | undefined;
  /** Exactly this name. */
  name?: string | undefined;
  /** User name of who saved it, any case. */
  userName?: string | undefined;
  /** Those that carry all of these labels. */
  labels?: readonly string[] | undefined;
  sortBy: 'name' | 'createdAt' | 'updatedAt';
  descending: boolean;
}

interface Author {
  userName: string;
  firstName: string | null;
  lastName: string | null;
}

/** A version as lists show it: its launch holds scripts, which may be large. */
export type VersionHead = Omit<PipelineVersion, 'launch'> & { repository: string; author: Author };

/** A pipeline with its default version, and the names that people know its parts by. */
export interface PipelineRow extends Pipeline {
  version: VersionHead;
  author: Author;
  workspaceName: string | null;
  /** Of its workspace; PRIVATE in a personal context. */
  visibility: 'PRIVATE' | 'SHARED';
  organisationName: string | null;
}

export interface PipelineStore {
  /** With its first version, which becomes the default one. */
  insert(
    pipeline: Omit<Unnumbered<Pipeline>, 'defaultVersionId'>,
    version: Omit<PipelineVersion, 'pipelineId'>,
  ): Promise<Pipeline>;
  find(id: number): Promise<Pipeline | undefined>;
  findRow(id: number): Promise<PipelineRow | undefined>;
  list(query: PipelineQuery): Promise<Paged<PipelineRow>>;
  update(
    id: number,
    patch: Partial<Pick<Pipeline, 'name' | 'description' | 'icon' | 'defaultVersionId' | 'updatedAt'>>,
  ): Promise<void>;
  /** With all its versions. */
  remove(id: number): Promise<void>;
  /** Repositories of what is saved in a context, each once, by name. */
  repositories(context: { workspaceId: number | null; userId: number }): Promise<string[]>;
}

export interface PipelineVersionStore {
  insert(version: PipelineVersion): Promise<void>;
  find(id: string): Promise<PipelineVersion | undefined>;
  findHead(id: string): Promise<VersionHead | undefined>;
  findByLaunch(launchId: string): Promise<PipelineVersion | undefined>;
  /** Newest first. `search`: free text on the name; `published`: those with a name, or the drafts. */
  list(
    pipelineId: number,
    query: Page & { search?: string | undefined; published?: boolean | undefined },
  ): Promise<Paged<VersionHead>>;
  update(id: string, patch: Partial<Pick<PipelineVersion, 'name' | 'updatedAt'>>): Promise<void>;
  names(pipelineId: number): Promise<Set<string>>;
}
