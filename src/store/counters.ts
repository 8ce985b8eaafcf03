/**
 * Counters of runs, moved with every change of a task instead of counted when somebody looks: looking at a run of
 * 100,000 tasks then costs as little as at one of ten.
 */
import {
  addShare,
  noProgress,
  type Progress,
  type RunProgress,
  raisePeaks,
  shareOf,
} from '#core/progress.ts';
import { processOf, type TaskRecord } from '#core/tasks.ts';
import type { Db } from './tables.ts';

export interface TaskChange {
  before: TaskRecord | undefined;
  after: TaskRecord | undefined;
}

const parse = (counters: string): Progress => ({ ...noProgress(), ...JSON.parse(counters) });

const nothingYet = (): { counters: Progress; executors: string[]; updatedAt: number | null } => ({
  counters: noProgress(),
  executors: [],
  updatedAt: null,
});

const readWorkflows = async (db: Db, runIds: readonly string[]) => {
  const rows = await db.selectFrom('runProgress').selectAll().where('runId', 'in', runIds).execute();
  return new Map(
    rows.map((row) => [
      row.runId,
      {
        counters: parse(row.counters),
        executors: JSON.parse(row.executors) as string[],
        updatedAt: row.updatedAt,
      },
    ]),
  );
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

/** Within the transaction that changes the tasks, with their run locked. */
export const moveCounters = async (
  db: Db,
  runId: string,
  changes: readonly TaskChange[],
  now: number,
): Promise<void> => {
  if (changes.length === 0) return;
  const { counters, executors } = (await readWorkflows(db, [runId])).get(runId) ?? nothingYet();
  const processes = await readProcesses(db, runId);
  const touched = new Set<string>();
  const move = (task: TaskRecord | undefined, times: 1 | -1) => {
    if (!task) return;
    const [share, process] = [shareOf(task), processOf(task)];
    addShare(counters, share, times);
    addShare(placeOf(processes, process), share, times);
    touched.add(process);
    if (times === 1 && task.executor !== null && !executors.includes(task.executor))
      executors.push(task.executor);
  };
  // All that goes first: a batch must not count a task twice on its way, which would raise a peak.
  for (const { before } of changes) move(before, -1);
  for (const { after } of changes) move(after, 1);
  for (const process of touched) raisePeaks(placeOf(processes, process));
  raisePeaks(counters);
  await writeProcesses(db, runId, processes, touched);
  const values = { counters: JSON.stringify(counters), executors: JSON.stringify(executors), updatedAt: now };
  await db
    .insertInto('runProgress')
    .values({ runId, createdAt: now, ...values })
    .onConflict((conflict) => conflict.column('runId').doUpdateSet(values))
    .execute();
};

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
  const workflows = await readWorkflows(db, runIds);
  const processes = Map.groupBy(await readProcessRows(db, runIds), ({ runId }) => runId);
  return new Map(
    runIds.map((runId) => {
      const { counters, executors, updatedAt } = workflows.get(runId) ?? nothingYet();
      return [
        runId,
        {
          workflow: { ...counters, executors, updatedAt },
          processes: (processes.get(runId) ?? []).map((row) => ({
            process: row.process,
            ...parse(row.counters),
          })),
        },
      ];
    }),
  );
};
