/**
 * Counters of runs, moved with every change of a task instead of counted when somebody looks: looking at a run of
 * 100,000 tasks then costs as little as at one of ten.
 */
import {
  type CountedTask,
  countTask,
  noProgress,
  nothingReported,
  type Progress,
  type ReportedProgress,
  type RunProgress,
  raisePeaks,
} from '#core/progress.ts';
import { taskFieldNames } from '#core/report-columns.ts';
import { type MergingTask } from '#core/task-merging.ts';
import { processOf, type TaskField, type TaskValues } from '#core/tasks.ts';
import type { Db } from '../tables.ts';

export interface TaskChange {
  before: CountedTask | undefined;
  after: CountedTask | undefined;
}

const places = Object.fromEntries(taskFieldNames.map((name, field) => [name, field])) as Record<
  TaskField,
  number
>;

/** As it is now. */
export const countedOf = ({ status, values }: MergingTask): CountedTask => {
  const of = <Name extends TaskField>(name: Name) => values[places[name]] as TaskValues[Name];
  return {
    status,
    process: of('process'),
    name: of('name'),
    executor: of('executor'),
    cpus: of('cpus'),
    memory: of('memory'),
    realtime: of('realtime'),
    errorAction: of('errorAction'),
    pcpu: of('pcpu'),
    peakRss: of('peakRss'),
    rss: of('rss'),
    rchar: of('rchar'),
    readBytes: of('readBytes'),
    wchar: of('wchar'),
    writeBytes: of('writeBytes'),
    volCtxt: of('volCtxt'),
    invCtxt: of('invCtxt'),
  };
};

/** What Nextflow counted last. */
interface Counted {
  instant: number;
  pending: number;
  processes: Record<string, number>;
}

export interface Movement {
  changes: readonly TaskChange[];
  counted?: ReportedProgress | undefined;
  /** Nextflow told this itself, just now. */
  heard?: boolean;
  /** What Nextflow counted while the run lived is of no interest any more. */
  over?: boolean;
  now: number;
}

const parse = (counters: string): Progress => ({ ...noProgress(), ...JSON.parse(counters) });

const nothingYet = {
  counters: '{}',
  executors: '[]',
  reported: null,
  lastReportAt: null,
  createdAt: null,
  updatedAt: null,
};

const readWorkflows = async (db: Db, runIds: readonly string[]) => {
  const rows = await db.selectFrom('runProgress').selectAll().where('runId', 'in', runIds).execute();
  const found = new Map(rows.map((row) => [row.runId, row]));
  return (runId: string) => {
    const row = found.get(runId) ?? nothingYet;
    return {
      ...row,
      counters: parse(row.counters),
      executors: JSON.parse(row.executors) as string[],
      counted: row.reported === null ? null : (JSON.parse(row.reported) as Counted),
    };
  };
};

const readProcessRows = (db: Db, runIds: readonly string[]) =>
  db
    .selectFrom('runProcesses')
    .selectAll()
    .where('runId', 'in', runIds)
    .orderBy('runId')
    .orderBy('position')
    .execute();

const readProcesses = async (db: Db, runId: string) =>
  new Map(
    (await readProcessRows(db, [runId])).map((row) => [
      row.process,
      { position: row.position, counters: parse(row.counters) },
    ]),
  );

type Processes = Awaited<ReturnType<typeof readProcesses>>;

const writeProcesses = async (db: Db, runId: string, processes: Processes, names: Iterable<string>) => {
  const rows = [...names].flatMap((process) => {
    const known = processes.get(process);
    return known
      ? [{ runId, process, position: known.position, counters: JSON.stringify(known.counters) }]
      : [];
  });
  if (rows.length === 0) return;
  await db
    .insertInto('runProcesses')
    .values(rows)
    .onConflict((conflict) =>
      conflict.columns(['runId', 'process']).doUpdateSet((eb) => ({ counters: eb.ref('excluded.counters') })),
    )
    .execute();
};

const placeOf = (processes: Processes, process: string): Progress => {
  const known = processes.get(process);
  if (known) return known.counters;
  const counters = noProgress();
  processes.set(process, { position: processes.size, counters });
  return counters;
};

/** An older count than the one that is known changes nothing; peaks are raised all the same. */
const newerCount = (known: Counted | null, told: ReportedProgress | undefined): Counted | null => {
  if (!told || (known !== null && known.instant > told.instant)) return known;
  const { instant, pending, processes } = told;
  return {
    instant,
    pending,
    processes: Object.fromEntries(processes.map((own) => [own.process, own.pending])),
  };
};

/** Within a transaction, the run locked: its counters, to be moved and written again. */
export const readCounters = async (db: Db, runId: string) => {
  const workflow = (await readWorkflows(db, [runId]))(runId);
  return { ...workflow, runId, processes: await readProcesses(db, runId), touched: new Set<string>() };
};

export type Counters = Awaited<ReturnType<typeof readCounters>>;

/** In memory. */
export const moveCounters = (
  state: Counters,
  { changes, counted, heard = false, over = false, now }: Movement,
): void => {
  if (changes.length === 0 && !counted && !heard && !over) return;
  const { counters, executors, processes } = state;
  const touched = new Set<string>();
  const placeTouched = (process: string): Progress => {
    touched.add(process);
    return placeOf(processes, process);
  };
  const move = (task: CountedTask | undefined, times: 1 | -1) => {
    if (!task) return;
    countTask(counters, task, times);
    countTask(placeTouched(processOf(task)), task, times);
    if (times === 1 && task.executor !== null && !executors.includes(task.executor))
      executors.push(task.executor);
  };
  // In the pipeline's order, before tasks bring theirs.
  for (const { process } of counted?.processes ?? []) placeTouched(process);
  // All that goes first: a batch must not count a task twice on its way, which would raise a peak.
  for (const { before } of changes) move(before, -1);
  for (const { after } of changes) move(after, 1);
  if (counted) {
    raisePeaks(counters, counted);
    for (const own of counted.processes) raisePeaks(placeTouched(own.process), own);
  } else {
    raisePeaks(counters, ownPeaks(counters));
    for (const process of touched) {
      const own = placeOf(processes, process);
      raisePeaks(own, ownPeaks(own));
    }
  }
  for (const process of touched) state.touched.add(process);
  state.counted = over ? null : newerCount(state.counted, counted);
  if (heard) state.lastReportAt = Math.max(now, state.lastReportAt ?? 0);
  state.updatedAt = now;
};

/** Within the transaction that read them, unless nothing has moved. */
export const writeCounters = async (db: Db, state: Counters): Promise<void> => {
  const { runId, counters, executors, counted, lastReportAt, createdAt, updatedAt } = state;
  if (updatedAt === null) return;
  await writeProcesses(db, runId, state.processes, state.touched);
  const values = {
    counters: JSON.stringify(counters),
    executors: JSON.stringify(executors),
    reported: counted && JSON.stringify(counted),
    lastReportAt,
    updatedAt,
  };
  await db
    .insertInto('runProgress')
    .values({ runId, createdAt: createdAt ?? updatedAt, ...values })
    .onConflict((conflict) => conflict.column('runId').doUpdateSet(values))
    .execute();
};

const ownPeaks = ({ loadTasks, loadCpus, loadMemory }: Progress) => ({
  peakTasks: loadTasks,
  peakCpus: loadCpus,
  peakMemory: loadMemory,
});

/** Names known already keep their place. */
export const nameProcesses = async (db: Db, runId: string, names: readonly string[]): Promise<void> => {
  const processes = await readProcesses(db, runId);
  const added = [...new Set(names)].filter((name) => !processes.has(name));
  for (const name of added) placeOf(processes, name);
  await writeProcesses(db, runId, processes, added);
};

/** Of each run given; zeros where nobody has reported yet. */
export const readProgress = async (db: Db, runIds: readonly string[]): Promise<Map<string, RunProgress>> => {
  if (runIds.length === 0) return new Map();
  const workflowOf = await readWorkflows(db, runIds);
  const rows = Map.groupBy(await readProcessRows(db, runIds), ({ runId }) => runId);
  return new Map(
    runIds.map((runId) => {
      const { counters, executors, counted, updatedAt, lastReportAt } = workflowOf(runId);
      // Tasks that wait to be submitted are known from Nextflow's log, or from its own count.
      const atLeast = (progress: Progress, pending = 0): Progress => ({
        ...progress,
        pending: Math.max(progress.pending, pending),
      });
      const workflow = { ...atLeast(counters, counted?.pending), executors, updatedAt, lastReportAt };
      const processes = (rows.get(runId) ?? []).map((row) => ({
        process: row.process,
        ...atLeast(parse(row.counters), counted?.processes[row.process]),
      }));
      return [runId, { workflow, processes }];
    }),
  );
};

/** One run's; the same as in `readProgress`. */
export const readOneProgress = async (db: Db, runId: string): Promise<RunProgress> =>
  (await readProgress(db, [runId])).get(runId) ?? nothingReported();
