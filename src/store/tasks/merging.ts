/**
 * How reports become rows: the reports that wait and those given now are merged in memory, one batch after the other as
 * if each had been written at once, and what has changed is written once.
 */
import { setImmediate as letOthersThrough } from 'node:timers/promises';
import type { CountedTask } from '#core/progress.ts';
import { columnsOf, type ReportColumns } from '#core/report-columns.ts';
import { type MergingTask, mergeReport, newTask } from '#core/task-merging.ts';
import { hasTaskEnded, type TaskSource } from '#core/tasks.ts';
import { atomic, type Db, type DialectName } from '../tables.ts';
import {
  type Counters,
  countedOf,
  moveCounters,
  readCounters,
  type TaskChange,
  writeCounters,
} from './counters.ts';
import { readBatch, rowsPerStatement, writeBatch } from './rows.ts';
import type { WaitingBatch, WaitingReports } from './waiting.ts';

export const groupsOf = <Item>(items: readonly Item[], size: number): Item[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, group) =>
    items.slice(group * size, (group + 1) * size),
  );

/** How far the run is, and its tasks for us alone until the transaction ends; others may still add reports that wait. */
export const lockRun = (db: Db, dialect: DialectName, runId: string) =>
  db
    .selectFrom('runs')
    .select(['fence', 'phase', 'completedAt'])
    .where('id', '=', runId)
    .$if(dialect === 'postgres', (query) => query.forNoKeyUpdate())
    .executeTakeFirst();

type LockedRun = NonNullable<Awaited<ReturnType<typeof lockRun>>>;

/** The run is over, and nobody has told how the task ended. */
export const closeTask = (task: MergingTask, at: number): boolean =>
  mergeReport(task, columnsOf([{ taskId: task.taskId, status: 'ABORTED', complete: at }]), 0, 'close');

export interface Batch extends WaitingBatch {
  source: TaskSource;
}

export const createMerging = (db: Db, dialect: DialectName, waiting: WaitingReports) => {
  const readTasks = async (within: Db, runId: string, batches: readonly Batch[]) => {
    const taskIds = new Set(batches.flatMap(({ reports }) => reports.taskIds));
    const tasks = new Map<number, MergingTask>();
    for (const group of groupsOf([...taskIds], rowsPerStatement))
      for (const task of await readBatch(within, dialect, runId, group)) tasks.set(task.taskId, task);
    return tasks;
  };

  /** Merges into `tasks`, and says what that changed, by task. */
  const mergeReports = (
    tasks: Map<number, MergingTask>,
    reports: ReportColumns,
    source: TaskSource,
    endedAt: number | null,
  ): Map<number, TaskChange> => {
    const before = new Map<number, CountedTask | undefined>();
    const changed = new Set<number>();
    for (const [row, taskId] of reports.taskIds.entries()) {
      const known = tasks.get(taskId);
      if (!before.has(taskId)) before.set(taskId, known && countedOf(known));
      const task = known ?? newTask(taskId);
      if (!known) tasks.set(taskId, task);
      if (mergeReport(task, reports, row, source) || !known) changed.add(taskId);
    }
    const changes = new Map<number, TaskChange>();
    for (const [taskId, known] of before) {
      const task = tasks.get(taskId) as MergingTask;
      // Of a run that is over, what was never submitted never will be.
      if (endedAt !== null && task.status === 'NEW') {
        tasks.delete(taskId);
        continue;
      }
      const isOpen = endedAt !== null && !hasTaskEnded(task.status);
      if ((isOpen && closeTask(task, endedAt)) || changed.has(taskId))
        changes.set(taskId, { before: known, after: countedOf(task) });
    }
    return changes;
  };

  const writeTasks = async (within: Db, runId: string, tasks: readonly MergingTask[]): Promise<void> => {
    for (const group of groupsOf(tasks, rowsPerStatement)) await writeBatch(within, dialect, runId, group);
  };

  /** Within a transaction, the run locked. */
  const merge = async (
    within: Db,
    runId: string,
    run: LockedRun,
    batches: readonly Batch[],
  ): Promise<void> => {
    const tasks = await readTasks(within, runId, batches);
    const counters: Counters = await readCounters(within, runId);
    const changed = new Set<number>();
    const over = run.phase === 'done';
    for (const { source, reports, counted, now } of batches) {
      const endedAt = over ? (run.completedAt ?? now) : null;
      const changes = mergeReports(tasks, reports, source, endedAt);
      moveCounters(counters, {
        changes: [...changes.values()],
        counted,
        heard: source === 'http',
        over,
        now,
      });
      for (const taskId of changes.keys()) changed.add(taskId);
    }
    const rows = [...changed].flatMap((taskId) => tasks.get(taskId) ?? []);
    await writeTasks(within, runId, rows);
    await writeCounters(within, counters);
  };

  /** Within a transaction, the run locked: the oldest of the reports that wait. @returns whether there are more */
  const mergeOldest = async (within: Db, runId: string, run: LockedRun): Promise<boolean> => {
    const { batches, more } = await waiting.take(within, runId);
    const told = batches.map((batch) => ({ ...batch, source: 'http' as const }));
    if (told.length > 0) await merge(within, runId, run, told);
    return more;
  };

  const mergeWaiting = async (within: Db, runId: string, run: LockedRun): Promise<void> => {
    while (await mergeOldest(within, runId, run));
  };

  return {
    writeTasks,
    mergeWaiting,

    /** Within a transaction, the run locked: what waits, and then this. */
    mergeBatch: async (within: Db, runId: string, run: LockedRun, batch: Batch): Promise<void> => {
      await mergeWaiting(within, runId, run);
      await merge(within, runId, run, [batch]);
    },

    /** Before somebody looks: no report waits any more of those that had come. */
    settle: async (runIds: readonly string[]): Promise<void> => {
      for (const runId of await waiting.runsOf(runIds))
        for (let more = true; more; ) {
          more = await atomic(db, async (within) => {
            const run = await lockRun(within, dialect, runId);
            return run !== undefined && mergeOldest(within, runId, run);
          });
          if (!db.isTransaction) await letOthersThrough();
        }
    },
  };
};
