/** Port: what people may do with runs. `src/actions` implements it, the handlers of `src/api` call it; see `actions.ts`. */

import type { Caller, WorkspaceScope } from '../caller.ts';
import type { SessionCleanup } from '../cleanup.ts';
import type { ComputeEnv } from '../clusters.ts';
import type { Label } from '../labels.ts';
import type { RunProgress } from '../progress.ts';
import type { RunReport } from '../reports.ts';
import type { LaunchRequest, Run } from '../runs.ts';
import type { FileStream } from './file-stream.ts';
import type { Page } from './paging.ts';
import type { RunCount, RunFilter } from './store.ts';

/** Without a pipeline it is that of the saved launch. */
export interface LaunchInput extends Partial<LaunchRequest> {
  /** A version of a saved pipeline, or a run that is launched again. */
  id?: string;
  /** Where a shared pipeline is saved. */
  sourceWorkspaceId?: number;
  /** Absent: the primary environment of the workspace. */
  computeEnvId?: string;
  runName?: string;
  sessionId?: string;
  /** Absent: those of the saved pipeline or of the run. The environment's come with either. */
  labelIds?: number[];
}

/** A run with the names that people know its parts by. */
export interface RunDetails {
  run: Run;
  userName: string;
  organisationName: string | null;
  workspaceName: string | null;
  /** The environment it was launched on, deleted or not; null when even its record has gone. */
  computeEnv: ComputeEnv | null;
  labels: Label[];
  /** By the caller. */
  starred: boolean;
  progress: RunProgress;
  /** What Nextflow said of it; lists leave it out. */
  report: RunReport | null;
  /** What becomes of its files on the cluster, once that is known; lists leave it out. */
  cleanup: SessionCleanup | null;
}

export interface RunListQuery extends Page, RunFilter {
  /** Those alone that the caller has starred. */
  starred?: boolean;
  /** How many there are in all; unless told, yes. */
  includeTotalSize?: boolean;
}

export interface RunPage {
  rows: RunDetails[];
  /** Absent where it was not asked for. */
  totalSize?: number;
  hasMore: boolean;
}

export interface RunLogPage {
  entries: string[];
  /** To read on from here; null at the end of a run that is over. */
  forwardToken: string | null;
  rewindToken: string | null;
  /** More will come: the run is alive. */
  pending: boolean;
  /** There is more than this page. */
  truncated: boolean;
  message: string | null;
  downloads: { fileName: string; displayText: string; saveName: string }[];
}

export interface RunActions {
  launch(caller: Caller, scope: WorkspaceScope, input: LaunchInput): Promise<{ workflowId: string }>;
  list(caller: Caller, scope: WorkspaceScope, query: RunListQuery): Promise<RunPage>;
  /** How many runs there are in which situation. */
  count(caller: Caller, scope: WorkspaceScope): Promise<RunCount[]>;
  describe(caller: Caller, scope: WorkspaceScope, id: string): Promise<RunDetails>;
  log(
    caller: Caller,
    scope: WorkspaceScope,
    id: string,
    page: { next?: string; maxLength?: number },
  ): Promise<RunLogPage>;
  download(caller: Caller, scope: WorkspaceScope, id: string, fileName: string): Promise<FileStream>;
  /** @throws AppError 400 for a bad name, 409 for one that a run of the same session has had */
  rename(caller: Caller, scope: WorkspaceScope, id: string, runName: string): Promise<void>;
  /** Does nothing to a run that is over. */
  cancel(caller: Caller, scope: WorkspaceScope, id: string): Promise<void>;
  /** A live run is refused with 409 unless `force`, which stops it first. */
  remove(caller: Caller, scope: WorkspaceScope, id: string, how: { force: boolean }): Promise<void>;
  /** Each as if alone. @returns those that could not be deleted */
  removeMany(
    caller: Caller,
    scope: WorkspaceScope,
    ids: readonly string[],
    how: { force: boolean },
  ): Promise<string[]>;
}

export interface RunNameActions {
  random(): string;
  /** @throws AppError 400 for a bad name, 409 when a run of the session that the caller may see has had it */
  validate(caller: Caller, asked: { runName?: string; sessionId?: string }): Promise<void>;
}

/** Everybody's own marks. */
export interface RunStarActions {
  /** @throws AppError 404 when the caller has not starred it */
  find(caller: Caller, scope: WorkspaceScope, id: string): Promise<void>;
  add(caller: Caller, scope: WorkspaceScope, id: string): Promise<void>;
  remove(caller: Caller, scope: WorkspaceScope, id: string): Promise<void>;
}
