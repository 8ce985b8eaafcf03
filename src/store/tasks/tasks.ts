/** Tasks of runs: reports wait (waiting.ts) and are merged into rows (merging.ts) before anybody looks. */
import type { TaskQuery, TaskStore } from '#core/ports/task-store.ts';
import { columnsOf } from '#core/report-columns.ts';
import { fromRecord } from '#core/task-merging.ts';
import { hasTaskEnded, taskStatuses } from '#core/tasks.ts';
import { paged } from '../paging.ts';
import { atomic, type Db, type DialectName } from '../tables.ts';
import { contains, searchTerm } from '../text.ts';
import {
  countedOf,
  moveCounters,
  nameProcesses,
  readCounters,
  readOneProgress,
  readProgress,
  type TaskChange,
  writeCounters,
} from './counters.ts';
import { closeTask, createMerging, groupsOf, lockRun } from './merging.ts';
import { rowsPerStatement, taskColumns, toTask } from './rows.ts';
import { createWaitingReports, reportsAtOnce, type WaitingBatch } from './waiting.ts';

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

/** Counts what waits of so many runs; one that is forgotten is merged a little earlier. */
const countedRuns = 1_000;

export const createTaskStore = (db: Db, dialect: DialectName): TaskStore => {
  const waiting = createWaitingReports(db, dialect);
  const { settle, mergeBatch, mergeWaiting, writeTasks } = createMerging(db, dialect, waiting);
  /** How many reports wait, by run, since this process merged them last; nobody knows what waited before. */
  const waitingSince = new Map<string, number>();

  const addWaiting = async (runId: string, batch: WaitingBatch): Promise<boolean> => {
    if (!(await waiting.add(runId, batch))) return false;
    const count = (waitingSince.get(runId) ?? reportsAtOnce) + batch.reports.taskIds.length;
    if (waitingSince.size >= countedRuns) waitingSince.clear();
    waitingSince.set(runId, count < reportsAtOnce ? count : 0);
    if (count >= reportsAtOnce) await settle([runId]);
    return true;
  };

  const settled = async (runId: string): Promise<void> => {
    await settle([runId]);
    if (waitingSince.has(runId)) waitingSince.set(runId, 0);
  };

  return {
    report: async (runId, batch) => {
      const { source, fence, counted, now } = batch;
      const reports = 'taskIds' in batch.reports ? batch.reports : columnsOf(batch.reports);
      if (source === 'http' && fence === undefined && reports.taskIds.length > 0)
        return addWaiting(runId, { reports, counted, now });
      return atomic(db, async (within) => {
        const run = await lockRun(within, dialect, runId);
        if (!run || (fence !== undefined && fence !== run.fence)) return false;
        await mergeBatch(within, runId, run, { source, reports, counted, now });
        return true;
      });
    },

    closeAll: (runId, now) =>
      atomic(db, async (within) => {
        const run = await lockRun(within, dialect, runId);
        if (!run) return;
        // They came before the end: what they leave open is closed below with the rest.
        await mergeWaiting(within, runId, { ...run, phase: 'follow' });
        const rows = await within
          .selectFrom('tasks')
          .select(taskColumns)
          .where('runId', '=', runId)
          .where('status', 'in', openStatuses)
          .execute();
        const open = rows.map((row) => fromRecord(toTask(row)));
        const changes = open.map((task): TaskChange => {
          const before = countedOf(task);
          if (task.status === 'NEW') return { before, after: undefined };
          closeTask(task, run.completedAt ?? now);
          return { before, after: countedOf(task) };
        });
        await within.deleteFrom('tasks').where('runId', '=', runId).where('status', '=', 'NEW').execute();
        await writeTasks(
          within,
          runId,
          open.filter(({ status }) => status !== 'NEW'),
        );
        const counters = await readCounters(within, runId);
        moveCounters(counters, { changes, over: true, now });
        await writeCounters(within, counters);
      }),

    find: async (runId, taskId) => {
      await settled(runId);
      const row = await db
        .selectFrom('tasks')
        .select(taskColumns)
        .where('runId', '=', runId)
        .where('taskId', '=', taskId)
        .executeTakeFirst();
      return row && toTask(row);
    },

    numbersOf: async (runId, hashes, among) => {
      await settled(runId);
      const numbers = new Map<string, number>();
      for (const group of groupsOf(hashes, rowsPerStatement * 5)) {
        const query = db
          .selectFrom('tasks')
          .select(['taskId', 'hash'])
          .where('runId', '=', runId)
          .where('hash', 'in', group);
        const rows = await (among === 'open' ? query.where('status', 'in', openStatuses) : query).execute();
        for (const { hash, taskId } of rows) if (hash !== null) numbers.set(hash, taskId);
      }
      return numbers;
    },

    list: async (
      runId,
      { search, statuses, process, sortBy = 'taskId', descending, max, offset }: TaskQuery,
    ) => {
      await settled(runId);
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

    progress: async (runId) => {
      await settled(runId);
      return readOneProgress(db, runId);
    },

    progressOf: async (runIds) => {
      await settle(runIds);
      return readProgress(db, runIds);
    },

    measured: async (runId) => {
      await settled(runId);
      return db
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
        .execute();
    },

    nameProcesses: async (runId, names) => {
      await settled(runId);
      await atomic(db, (within) => nameProcesses(within, runId, names));
    },
  };
};
