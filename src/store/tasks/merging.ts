/**
 * How reports become rows: the reports that wait and those given now are merged in memory, one batch after the other as
 * if each had been written at once, and what has changed is written once.
 */
import { setImmediate as letOthersThrough } from 'node:timers/promises';
import { hasTaskEnded, mergeTask, type TaskRecord, type TaskReport, type TaskSource } from '#core/tasks.ts';
import { atomic, type Db, type DialectName } from '../tables.ts';
import { type Counters, moveCounters, readCounters, type TaskChange, writeCounters } from './counters.ts';
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

export const closed = (task: TaskRecord, at: number): TaskRecord =>
  mergeTask(task, { taskId: task.taskId, status: 'ABORTED', complete: at }, 'close');

export interface Batch extends WaitingBatch {
  source: TaskSource;
}

export const createMerging = (db: Db, dialect: DialectName, waiting: WaitingReports) => {
  const readTasks = async (within: Db, runId: string, batches: readonly Batch[]) => {
    const taskIds = new Set(batches.flatMap(({ reports }) => reports.map(({ taskId }) => taskId)));
    const tasks = new Map<number, TaskRecord>();
    for (const group of groupsOf([...taskIds], rowsPerStatement))
      for (const task of await readBatch(within, dialect, runId, group)) tasks.set(task.taskId, task);
    return tasks;
  };

  /** Merges into `tasks`, and says what that changed. */
  const mergeReports = (
    tasks: Map<number, TaskRecord>,
    reports: readonly TaskReport[],
    source: TaskSource,
    endedAt: number | null,
  ): TaskChange[] => {
    const before = new Map<number, TaskRecord | undefined>();
    for (const report of reports) {
      const known = tasks.get(report.taskId);
      if (!before.has(report.taskId)) before.set(report.taskId, known);
      tasks.set(report.taskId, mergeTask(known, report, source));
    }
    const changes: TaskChange[] = [];
    for (const [taskId, known] of before) {
      let task = tasks.get(taskId) as TaskRecord;
      // Of a run that is over, what was never submitted never will be.
      if (endedAt !== null && task.status === 'NEW') {
        tasks.delete(taskId);
        continue;
      }
      if (endedAt !== null && !hasTaskEnded(task.status)) {
        task = closed(task, endedAt);
        tasks.set(taskId, task);
      }
      if (task !== known) changes.push({ before: known, after: task });
    }
    return changes;
  };

  const writeTasks = async (within: Db, runId: string, tasks: readonly TaskRecord[]): Promise<void> => {
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
      moveCounters(counters, { changes, counted, heard: source === 'http', over, now });
      for (const { after } of changes) if (after) changed.add(after.taskId);
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
