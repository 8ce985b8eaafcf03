/** Port: what people may see of a run's tasks. `src/actions` implements it, the handlers of `src/api` call it. */
import type { Caller, WorkspaceScope } from '../caller.ts';
import type { ProcessMetrics } from '../metrics.ts';
import type { TaskRecord } from '../tasks.ts';
import type { FileStream } from './file-stream.ts';
import type { Paged } from './paging.ts';
import type { RunLogPage } from './run-actions.ts';
import type { TaskQuery } from './task-store.ts';

export interface TaskActions {
  list(caller: Caller, scope: WorkspaceScope, runId: string, query: TaskQuery): Promise<Paged<TaskRecord>>;
  describe(caller: Caller, scope: WorkspaceScope, runId: string, taskId: number): Promise<TaskRecord>;
  /** What each process used: Nextflow's own summary, or the same computed from the tasks. */
  metrics(caller: Caller, scope: WorkspaceScope, runId: string): Promise<ProcessMetrics[]>;
  log(
    caller: Caller,
    scope: WorkspaceScope,
    runId: string,
    taskId: number,
    page: { next?: string; maxLength?: number },
  ): Promise<RunLogPage>;
  download(
    caller: Caller,
    scope: WorkspaceScope,
    runId: string,
    taskId: number,
    fileName: string,
  ): Promise<FileStream>;
}
