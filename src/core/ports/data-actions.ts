/** Port: what people may do with pipeline secrets and datasets. `src/actions` implements it, see `actions.ts`. */
import type { Caller, WorkspaceScope } from '../caller.ts';
import type { PipelineSecret } from '../pipeline-secrets.ts';
import type { DatasetQuery, DatasetRow, DatasetVersionRow } from './data-stores.ts';
import type { FileStream } from './file-stream.ts';
import type { Page, Paged } from './paging.ts';

export interface PipelineSecretActions {
  /** By name; never with values. */
  list(caller: Caller, scope: WorkspaceScope): Promise<PipelineSecret[]>;
  describe(caller: Caller, scope: WorkspaceScope, id: number): Promise<PipelineSecret>;
  /** @throws AppError 400 for a name that cannot be, 409 for one that is taken */
  validateName(caller: Caller, scope: WorkspaceScope, name: string): Promise<void>;
  create(
    caller: Caller,
    scope: WorkspaceScope,
    input: { name: string; value: string },
  ): Promise<PipelineSecret>;
  /** Replaces the value; the name stays, pipelines know it. */
  update(caller: Caller, scope: WorkspaceScope, id: number, value: string): Promise<void>;
  /** Destroys the value. Runs that are under way keep what they were launched with. */
  remove(caller: Caller, scope: WorkspaceScope, id: number): Promise<void>;
}

export interface DatasetActions {
  list(
    caller: Caller,
    scope: WorkspaceScope,
    query: Omit<DatasetQuery, 'workspaceId' | 'userId'>,
  ): Promise<Paged<DatasetRow>>;
  describe(caller: Caller, scope: WorkspaceScope, id: string): Promise<DatasetRow>;
  create(
    caller: Caller,
    scope: WorkspaceScope,
    input: { name: string; description?: string },
  ): Promise<DatasetRow>;
  update(
    caller: Caller,
    scope: WorkspaceScope,
    id: string,
    patch: { name?: string; description?: string },
  ): Promise<void>;
  setHidden(caller: Caller, scope: WorkspaceScope, ids: readonly string[], hidden: boolean): Promise<void>;
  remove(caller: Caller, scope: WorkspaceScope, id: string): Promise<void>;
  versions(
    caller: Caller,
    scope: WorkspaceScope,
    id: string,
    mediaType: string | undefined,
  ): Promise<DatasetVersionRow[]>;
  latestVersions(
    caller: Caller,
    scope: WorkspaceScope,
    query: Page & { search?: string | undefined; mediaType?: string | undefined },
  ): Promise<Paged<DatasetVersionRow>>;
  /** @throws AppError 400 for what is no table, 413 */
  upload(
    caller: Caller,
    scope: WorkspaceScope,
    id: string,
    input: { file: FileStream; hasHeader: boolean },
  ): Promise<DatasetVersionRow>;
  download(
    caller: Caller,
    scope: WorkspaceScope,
    id: string,
    version: number,
    fileName: string,
  ): Promise<FileStream>;
  disableVersion(caller: Caller, scope: WorkspaceScope, id: string, version: number): Promise<void>;
  /** Of a run, by its launch's id. */
  ofLaunch(caller: Caller, scope: WorkspaceScope, launchId: string): Promise<DatasetVersionRow[]>;
}
