/** Port: how pipeline secrets and datasets are kept. */
import type { Dataset, DatasetVersion } from '../datasets.ts';
import type { PipelineSecret } from '../pipeline-secrets.ts';
import type { Page, Paged, Unnumbered } from './paging.ts';

export interface PipelineSecretStore {
  insert(secret: Unnumbered<PipelineSecret>): Promise<PipelineSecret>;
  find(id: number): Promise<PipelineSecret | undefined>;
  /** Of a workspace, or (workspaceId null) of a person; by name. */
  list(context: { workspaceId: number | null; userId: number }): Promise<PipelineSecret[]>;
  update(id: number, patch: Pick<PipelineSecret, 'valueVersion' | 'updatedAt'>): Promise<void>;
  touch(ids: readonly number[], lastUsedAt: number): Promise<void>;
  remove(id: number): Promise<void>;
}

/** A person as lists of datasets name them. */
export interface DatasetPerson {
  id: number;
  userName: string;
  email: string;
}

export interface DatasetRow extends Dataset {
  creator: DatasetPerson;
  editor: DatasetPerson;
  runs: number;
  lastUsedAt: number | null;
}

export interface DatasetVersionRow extends DatasetVersion {
  datasetName: string;
  datasetDescription: string | null;
  workspaceId: number | null;
  creator: DatasetPerson;
}

export interface DatasetQuery extends Page {
  workspaceId: number | null;
  userId: number;
  /** Free text on the name. */
  search?: string | undefined;
  sortBy: 'name' | 'modified';
  descending: boolean;
  visibility: 'visible' | 'hidden' | 'all';
}

export interface DatasetStore {
  insert(dataset: Dataset): Promise<void>;
  find(id: string): Promise<Dataset | undefined>;
  row(id: string): Promise<DatasetRow | undefined>;
  list(query: DatasetQuery): Promise<Paged<DatasetRow>>;
  count(context: { workspaceId: number | null; userId: number }): Promise<number>;
  update(
    id: string,
    patch: Partial<
      Pick<
        Dataset,
        'name' | 'description' | 'mediaType' | 'lastVersion' | 'hidden' | 'updatedBy' | 'updatedAt'
      >
    >,
  ): Promise<void>;
  /** With all versions; their pieces are swept away later. */
  remove(id: string): Promise<void>;
}

export interface DatasetVersionStore {
  insert(version: DatasetVersion): Promise<void>;
  find(datasetId: string, version: number): Promise<DatasetVersionRow | undefined>;
  /** Newest first. */
  list(datasetId: string, mediaType?: string): Promise<DatasetVersionRow[]>;
  /** The newest one of each dataset that is not hidden, by the dataset's name. */
  latest(
    query: Pick<DatasetQuery, 'workspaceId' | 'userId' | 'search' | 'max' | 'offset'> & {
      mediaType?: string | undefined;
    },
  ): Promise<Paged<DatasetVersionRow>>;
  disable(datasetId: string, version: number, now: number): Promise<void>;
  noteUse(use: { datasetId: string; version: number; runId: string; usedAt: number }): Promise<void>;
  /** Those that a run was launched with and that still exist. */
  ofRun(runId: string): Promise<DatasetVersionRow[]>;
}

/** Contents, in pieces numbered from 0. */
export interface DatasetPieceStore {
  put(piece: { upload: string; part: number; content: Uint8Array; createdAt: number }): Promise<void>;
  get(upload: string, part: number): Promise<Uint8Array | undefined>;
  remove(upload: string): Promise<void>;
  /** Removes a few uploads that began before and belong to no version: cut off, or of deleted datasets. */
  sweep(before: number): Promise<void>;
}
