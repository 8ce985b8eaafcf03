/** Tasks of runs: reports merged into rows, a hundred at a time; counters.ts moves the counters with them. */
import type { TaskQuery, TaskStore } from '#core/ports/task-store.ts';
import {
  hasTaskEnded,
  mergeTask,
  type TaskRecord,
  type TaskReport,
  type TaskSource,
  taskStatuses,
} from '#core/tasks.ts';
import { moveCounters, nameProcesses, readOneProgress, readProgress, type TaskChange } from './counters.ts';
import { paged } from './paging.ts';
import { atomic, type Db, type DialectName } from './tables.ts';
import { readBatch, rowsPerStatement, taskColumns, toTask, writeBatch } from './task-rows.ts';
import { contains, searchTerm } from './text.ts';

const openStatuses = taskStatuses.filter((status) => !hasTaskEnded(status));

const measuredColumns = [
  'tasks.process',
  'tasks.name',
  'tasks.cpus',
  'tasks.memory',
  'tasks.time',
  'tasks.pcpu',
  'tasks.peakRss',
  'tasks.peakVmem',
  'tasks.realtime',
  'tasks.rchar',
  'tasks.wchar',
] as const;

const groupsOf = <Item>(items: readonly Item[], size: number): Item[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, group) =>
    items.slice(group * size, (group + 1) * size),
  );

/** How far the run is, and its tasks for us alone until the transaction ends. */
const lockRun = (db: Db, dialect: DialectName, runId: string) =>
  db
    .selectFrom('runs')
    .select(['fence', 'phase', 'completedAt'])
    .where('id', '=', runId)
    .$if(dialect === 'postgres', (query) => query.forUpdate())
    .executeTakeFirst();

const closed = (task: TaskRecord, at: number): TaskRecord =>
  mergeTask(task, { taskId: task.taskId, status: 'ABORTED', complete: at }, 'close');

export const createTaskStore = (db: Db, dialect: DialectName): TaskStore => {
  const mergeGroup = async (
    within: Db,
    runId: string,
    source: TaskSource,
    reports: readonly TaskReport[],
    endedAt: number | null,
  ): Promise<TaskChange[]> => {
    const before = await readBatch(within, dialect, runId, [...new Set(reports.map(({ taskId }) => taskId))]);
    const after = new Map(before);
    for (const report of reports)
      after.set(report.taskId, mergeTask(after.get(report.taskId), report, source));
    if (endedAt !== null)
      for (const task of after.values()) {
        if (task.status === 'NEW') after.delete(task.taskId);
        else if (!hasTaskEnded(task.status)) after.set(task.taskId, closed(task, endedAt));
      }
    const changes = [...after.values()]
      .map((task) => ({ before: before.get(task.taskId), after: task }))
      .filter((change) => change.before !== change.after);
    await writeBatch(
      within,
      dialect,
      runId,
      changes.map((change) => change.after),
    );
    return changes;
  };

  return {
    report: (runId, { source, reports, counted, fence, now }) =>
      atomic(db, async (within) => {
        const run = await lockRun(within, dialect, runId);
        if (!run || (fence !== undefined && fence !== run.fence)) return false;
        const over = run.phase === 'done';
        const endedAt = over ? (run.completedAt ?? now) : null;
        const changes: TaskChange[] = [];
        for (const group of groupsOf(reports, rowsPerStatement))
          changes.push(...(await mergeGroup(within, runId, source, group, endedAt)));
        await moveCounters(within, runId, { changes, counted, heard: source === 'http', over, now });
        return true;
      }),

    closeAll: (runId, now) =>
      atomic(db, async (within) => {
        const run = await lockRun(within, dialect, runId);
        if (!run) return;
        const rows = await within
          .selectFrom('tasks')
          .select(taskColumns)
          .where('runId', '=', runId)
          .where('status', 'in', openStatuses)
          .execute();
        const changes: TaskChange[] = rows.map(toTask).map((before) => ({
          before,
          after: before.status === 'NEW' ? undefined : closed(before, run.completedAt ?? now),
        }));
        await within.deleteFrom('tasks').where('runId', '=', runId).where('status', '=', 'NEW').execute();
        for (const group of groupsOf(changes, rowsPerStatement))
          await writeBatch(
            within,
            dialect,
            runId,
            group.flatMap(({ after }) => after ?? []),
          );
        await moveCounters(within, runId, { changes, over: true, now });
      }),

    find: async (runId, taskId) => {
      const row = await db
        .selectFrom('tasks')
        .select(taskColumns)
        .where('runId', '=', runId)
        .where('taskId', '=', taskId)
        .executeTakeFirst();
      return row && toTask(row);
    },

    numbersOf: async (runId, hashes) => {
      const numbers = new Map<string, number>();
      for (const group of groupsOf(hashes, rowsPerStatement * 5)) {
        const rows = await db
          .selectFrom('tasks')
          .select(['taskId', 'hash'])
          .where('runId', '=', runId)
          .where('status', 'in', openStatuses)
          .where('hash', 'in', group)
          .execute();
        for (const { hash, taskId } of rows) if (hash !== null) numbers.set(hash, taskId);
      }
      return numbers;
    },

    list: async (
      runId,
      { search, statuses, process, sortBy = 'taskId', descending, max, offset }: TaskQuery,
    ) => {
      const term = searchTerm(search);
      let query = db.selectFrom('tasks').select(taskColumns).where('runId', '=', runId);
      if (statuses) query = query.where('status', 'in', statuses);
      if (process !== undefined) query = query.where('process', '=', process);
      if (term !== undefined) query = query.where((eb) => contains(eb.ref('searchText'), term));
      if (sortBy !== 'taskId')
        query = query
          .orderBy((eb) => eb.case().when(sortBy, 'is', null).then(1).else(0).end())
          .orderBy(sortBy, descending ? 'desc' : 'asc');
      query = query.orderBy('taskId', descending ? 'desc' : 'asc');
      const { rows, totalSize } = await paged(query, { max, offset });
      return { rows: rows.map(toTask), totalSize };
    },

    progress: (runId) => readOneProgress(db, runId),
    progressOf: (runIds) => readProgress(db, runIds),

    measured: (runId) =>
      db
        .selectFrom('tasks')
        .leftJoin('runProcesses', (join) =>
          join
            .onRef('runProcesses.runId', '=', 'tasks.runId')
            .onRef('runProcesses.process', '=', 'tasks.process'),
        )
        .select(measuredColumns)
        .where('tasks.runId', '=', runId)
        .where('tasks.status', 'in', ['COMPLETED', 'FAILED'])
        .orderBy('runProcesses.position')
        .orderBy('tasks.taskId')
        .execute(),

    nameProcesses: (runId, names) => atomic(db, (within) => nameProcesses(within, runId, names)),
  };
};
