/** Port: what people may do with runs. `src/actions` implements it, the handlers of `src/api` call it; see `actions.ts`. */
import type { Caller, WorkspaceScope } from '../caller.ts';
import type { ComputeEnv } from '../clusters.ts';
import type { Label } from '../labels.ts';
import type { LaunchRequest, Run, RunStatus } from '../runs.ts';
import type { FileStream } from './file-stream.ts';
import type { Page, Paged } from './paging.ts';

export interface LaunchInput extends LaunchRequest {
  /** Absent: the primary environment of the workspace. */
  computeEnvId?: string;
  runName?: string;
  sessionId?: string;
  /** Absent: those of the environment, and the default ones. */
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
}

export interface RunListQuery extends Page {
  search?: string;
  statuses?: RunStatus[];
  userName?: string;
  labels?: string[];
  /** Epoch milliseconds. */
  after?: number;
  before?: number;
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
  list(caller: Caller, scope: WorkspaceScope, query: RunListQuery): Promise<Paged<RunDetails>>;
  describe(caller: Caller, scope: WorkspaceScope, id: string): Promise<RunDetails>;
  log(
    caller: Caller,
    scope: WorkspaceScope,
    id: string,
    page: { next?: string; maxLength?: number },
  ): Promise<RunLogPage>;
  download(caller: Caller, scope: WorkspaceScope, id: string, fileName: string): Promise<FileStream>;
  /** Does nothing to a run that is over. */
  cancel(caller: Caller, scope: WorkspaceScope, id: string): Promise<void>;
  /** A live run is refused with 409 unless `force`, which stops it first. */
  remove(caller: Caller, scope: WorkspaceScope, id: string, how: { force: boolean }): Promise<void>;
}
