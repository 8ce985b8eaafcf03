/** Port: what people may do with saved pipelines. `src/actions` implements it, the handlers of `src/api` call it. */
import type { Caller, WorkspaceScope } from '../caller.ts';
import type { ComputeEnv } from '../clusters.ts';
import type { Label } from '../labels.ts';
import type { PipelineVersion } from '../pipelines.ts';
import type { LaunchRequest, Run } from '../runs.ts';
import type { Page, Paged } from './paging.ts';
import type { PipelineRow, PipelineVisibility, VersionHead } from './pipeline-store.ts';

/** null takes a field away; absent ones of those that may be null stay as they were. */
export type SavedLaunchInput = Omit<LaunchRequest, KeptField | 'pipeline'> & {
  pipeline?: string;
  computeEnvId?: string;
} & { [Field in KeptField]?: LaunchRequest[Field] | null };

type KeptField = 'outputDir' | 'towerConfig' | 'syntaxParser' | 'headJobCpus' | 'headJobMemoryMb';

export interface NewPipeline {
  name: string;
  description?: string;
  icon?: string;
  /** Absent: the workspace's default plain labels. */
  labelIds?: number[];
  version?: { name?: string };
  launch: SavedLaunchInput;
}

export interface PipelinePatch {
  name?: string;
  description?: string | null;
  icon?: string | null;
  labelIds?: number[];
  launch?: SavedLaunchInput;
}

/** A pipeline, or one of its versions, with what is shown beside it. */
export interface PipelineDetails {
  pipeline: PipelineRow;
  version: VersionHead;
  labels?: Label[];
  computeEnv?: ComputeEnv;
}

/** What may be asked for beyond the pipeline itself. */
export type PipelineAttribute = 'labels' | 'computeEnv';

export interface PipelineListQuery extends Page {
  visibility: PipelineVisibility;
  search?: string;
  name?: string;
  userName?: string;
  labels?: string[];
  sortBy: 'name' | 'createdAt' | 'updatedAt';
  descending: boolean;
}

/** The launch of a version, or of a run. */
export type LaunchDetails = { computeEnv: ComputeEnv | null } & (
  | { version: PipelineVersion; run?: never }
  | { run: Run; version?: never }
);

export interface PipelineActions {
  list(
    caller: Caller,
    scope: WorkspaceScope,
    query: PipelineListQuery,
    attributes: readonly PipelineAttribute[],
  ): Promise<Paged<PipelineDetails>>;
  describe(
    caller: Caller,
    scope: WorkspaceScope,
    id: number,
    attributes: readonly PipelineAttribute[],
  ): Promise<PipelineDetails>;
  create(caller: Caller, scope: WorkspaceScope, input: NewPipeline): Promise<PipelineDetails>;
  /**
   * Beginning from a version, the default one unless told. A launch that differs makes a new version: the default one
   * where it comes from that, a draft otherwise. @returns the version that was made, or the one that was named
   */
  update(
    caller: Caller,
    scope: WorkspaceScope,
    id: number,
    patch: PipelinePatch,
    versionId?: string,
  ): Promise<PipelineDetails>;
  remove(caller: Caller, scope: WorkspaceScope, id: number): Promise<void>;
  /** @throws AppError 400 for a bad name, 409 for a taken one */
  validateName(caller: Caller, scope: WorkspaceScope, name: string): Promise<void>;
  repositories(caller: Caller, scope: WorkspaceScope): Promise<string[]>;
  versions(
    caller: Caller,
    scope: WorkspaceScope,
    id: number,
    query: Page & { search?: string; published?: boolean },
  ): Promise<Paged<PipelineDetails>>;
  /** @throws AppError 400 for a bad name, 409 for a taken one */
  validateVersionName(caller: Caller, scope: WorkspaceScope, id: number, name: string): Promise<void>;
  manageVersion(
    caller: Caller,
    scope: WorkspaceScope,
    id: number,
    versionId: string,
    patch: { name?: string; isDefault?: boolean },
  ): Promise<void>;
  /** Of a version, the default one unless told. */
  launchOf(caller: Caller, scope: WorkspaceScope, id: number, versionId?: string): Promise<LaunchDetails>;
  /** By the id of a launch. */
  describeLaunch(caller: Caller, scope: WorkspaceScope, launchId: string): Promise<LaunchDetails>;
}
