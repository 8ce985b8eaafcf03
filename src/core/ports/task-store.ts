/** Port: tasks of runs and their counters. `src/store` implements it; whoever hears of tasks, by HTTP or from files, reports here. */
import type { MeasuredTask } from '../metrics.ts';
import type { ReportedProgress, RunProgress } from '../progress.ts';
import type { ReportColumns } from '../report-columns.ts';
import type { TaskField, TaskRecord, TaskReport, TaskSource, TaskStatus } from '../tasks.ts';
import type { Page, Paged } from './paging.ts';

export interface TaskBatch {
  source: TaskSource;
  /** Any number and order; the same task may come several times. Written in statements of 100. */
  reports: readonly TaskReport[] | ReportColumns;
  /** Of the lease under which this is written: somebody who lost it writes nothing. Absent: not asked. */
  fence?: number;
  /** What Nextflow counts itself; tasks alone do not tell of those that wait to be submitted. */
  counted?: ReportedProgress;
  now: number;
}

export interface TaskQuery extends Page {
  /** Free text in name, hash and native id. */
  search?: string | undefined;
  statuses?: readonly TaskStatus[] | undefined;
  process?: string | undefined;
  /** Absent: by number. Tasks without a value come last. */
  sortBy?: Exclude<TaskField, 'module'> | 'taskId' | 'status' | undefined;
  descending?: boolean | undefined;
}

export interface TaskStore {
  /**
   * Merges reports into the tasks of a run (`mergeTask`) and moves its counters. Of a run that is over, tasks that are
   * still open end as ABORTED. Within a transaction or as one of its own.
   * @returns false when the run is unknown or the fence was lost: nothing was written
   */
  report(runId: string, batch: TaskBatch): Promise<boolean>;
  /** The run is over: open tasks become ABORTED, those never submitted go. Repeatable; later reports still count. */
  closeAll(runId: string, now: number): Promise<void>;
  find(runId: string, taskId: number): Promise<TaskRecord | undefined>;
  /**
   * Numbers of tasks by hash: some lines of a log know nothing else of a task. `open`: of those that have not ended,
   * which is quick however many have; `all` reads every row of the run.
   */
  numbersOf(runId: string, hashes: readonly string[], among: 'open' | 'all'): Promise<Map<string, number>>;
  list(runId: string, query: TaskQuery): Promise<Paged<TaskRecord>>;
  /** Zeros and no process for a run that nobody has reported on. */
  progress(runId: string): Promise<RunProgress>;
  /** Of several runs, each of them in the answer. */
  progressOf(runIds: readonly string[]): Promise<Map<string, RunProgress>>;
  /** What is measured of the tasks that completed or failed in this run, by process in the pipeline's order. */
  measured(runId: string): Promise<MeasuredTask[]>;
  /** Processes in the pipeline's order, before they have tasks; names known already keep their place. */
  nameProcesses(runId: string, names: readonly string[]): Promise<void>;
}
