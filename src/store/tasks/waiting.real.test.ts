/** Reports that wait to be merged: on both databases, nobody can tell from what they see that any do. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Store } from '#core/ports/store.ts';
import { type TaskReport, type TaskSource, taskStatuses } from '#core/tasks.ts';
import { addUser, aRun, onBothDatabases } from '#test/support/databases.ts';

const all = { max: 100_000, offset: 0 };

const newRun = async (store: Store): Promise<string> => {
  const { id: userId } = await addUser(store);
  const run = aRun(userId, { phase: 'follow', status: 'RUNNING' });
  await store.runs.insert(run);
  return run.id;
};

const submitted = (from: number, count: number): TaskReport[] =>
  Array.from({ length: count }, (_, index) => ({
    taskId: from + index,
    status: 'SUBMITTED',
    process: 'SAY',
  }));

const report = fc.record(
  {
    taskId: fc.integer({ min: 1, max: 6 }),
    status: fc.constantFrom(...taskStatuses),
    process: fc.constantFrom('A', 'B', null),
    name: fc.constantFrom('C (1)', 'C (\ud800\0)', null),
    cpus: fc.constantFrom(1, 2, 2.4, Number.NaN),
    memory: fc.constantFrom(1_000, null),
    realtime: fc.integer({ min: 0, max: 9_000 }),
    pcpu: fc.constantFrom(33.3, Infinity),
    module: fc.constantFrom<string[]>(['gcc'], []),
    executor: fc.constantFrom('slurm', 'local'),
    errorAction: fc.constantFrom('RETRY', 'IGNORE', null),
  },
  { requiredKeys: ['taskId', 'status'] },
);
const count = fc.nat(9);
const counts = fc.record({ pending: count, peakTasks: count, peakCpus: count, peakMemory: count });
const counted = fc
  .tuple(counts, count, fc.array(fc.tuple(fc.constantFrom('A', 'B', 'C'), counts), { maxLength: 3 }))
  .map(([own, instant, processes]) => ({
    ...own,
    instant,
    processes: processes.map(([process, theirs]) => ({ process, ...theirs })),
  }));

type Step = (store: Store, runId: string, now: number) => Promise<unknown>;
const told: fc.Arbitrary<Step> = fc
  .record({
    // Mostly what waits.
    source: fc.constantFrom<TaskSource>('http', 'http', 'http', 'http', 'log', 'trace'),
    reports: fc.array(report, { maxLength: 8 }),
    counted: fc.option(counted, { nil: undefined }),
    within: fc.boolean(),
  })
  .map(({ within, counted: own, ...batch }) => (store, runId, now) => {
    const given = { ...batch, now, ...(own && { counted: own }) };
    if (!within) return store.tasks.report(runId, given);
    return store.transaction((tables) => tables.tasks.report(runId, given));
  });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: told },
  {
    weight: 1,
    arbitrary: fc.shuffledSubarray(['A', 'B', 'C', 'D']).map(
      (names): Step =>
        (store, runId) =>
          store.tasks.nameProcesses(runId, names),
    ),
  },
);
const close: Step = (store, runId, now) =>
  store.transaction(async (tables) => {
    await tables.runs.update(runId, { phase: 'done', completedAt: now }, now);
    await tables.tasks.closeAll(runId, now);
  });

const seen = async (store: Store, runId: string) => ({
  progress: await store.tasks.progress(runId),
  tasks: await store.tasks.list(runId, all),
});

onBothDatabases(({ open, url }) => {
  test('a run that nobody looks at ends as one that is looked at after every report, here or elsewhere', async () => {
    const at = await url();
    const store = await open(at);
    // Did not take the reports in, and reads them as they were kept.
    const elsewhere = await open(at);
    const steps = fc.array(step, { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(steps, fc.option(fc.nat(12), { nil: undefined }), async (taken, closedAt) => {
        const road = closedAt === undefined ? taken : taken.toSpliced(closedAt, 0, close);
        const [watched, alone, far] = [await newRun(store), await newRun(store), await newRun(store)];
        // The first report of a run is merged at once, for something may have waited before: not of interest here.
        for (const runId of [watched, alone, far])
          await store.tasks.report(runId, { source: 'http', reports: submitted(7, 1), now: 1 });
        for (const [index, act] of road.entries()) {
          await act(store, watched, index + 2);
          await seen(store, watched);
          await act(store, alone, index + 2);
          await act(store, far, index + 2);
        }
        const end = await seen(store, watched);
        expect(await seen(store, alone)).toEqual(end);
        expect(await seen(elsewhere, far)).toEqual(end);
      }),
      { numRuns: process.env['LATCHKEY_TEST_LONG'] ? 500 : 15 },
    );
  }, 600_000);

  test('every way to look, in a transaction or not, finds what was reported before', async () => {
    const store = await open();
    const looks: ((tables: Pick<Store, 'tasks'>, runId: string, taskId: number) => Promise<unknown>)[] = [
      async ({ tasks }, runId, taskId) => (await tasks.find(runId, taskId))?.taskId,
      async ({ tasks }, runId) => (await tasks.list(runId, all)).totalSize,
      async ({ tasks }, runId) => (await tasks.progress(runId)).workflow.succeeded,
      async ({ tasks }, runId) => (await tasks.progressOf([runId])).get(runId)?.workflow.succeeded,
      async ({ tasks }, runId) => (await tasks.measured(runId)).length,
    ];
    const runId = await newRun(store);
    let taskId = 0;
    for (const look of looks)
      for (const within of [false, true]) {
        taskId += 1;
        await store.tasks.report(runId, {
          source: 'http',
          reports: [{ taskId, status: 'COMPLETED' }],
          now: 1,
        });
        const found = within
          ? await store.transaction((tables) => look(tables, runId, taskId))
          : await look(store, runId, taskId);
        expect(found).toBe(taskId);
      }
    const waits: TaskReport[] = [{ taskId: 99, status: 'RUNNING', hash: 'ab/cd' }];
    await store.tasks.report(runId, { source: 'http', reports: waits, now: 1 });
    expect(await store.tasks.numbersOf(runId, ['ab/cd'], 'open')).toEqual(new Map([['ab/cd', 99]]));
  });

  test('of an unknown run nothing is kept, and what is undone is undone', async () => {
    const store = await open();
    const batch = { source: 'http', reports: submitted(1, 2), now: 1 } as const;
    expect(await store.tasks.report('nobody', batch)).toBe(false);
    const runId = await newRun(store);
    const undone = store.transaction(async (tables) => {
      await tables.tasks.report(runId, batch);
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    expect((await seen(store, runId)).tasks.totalSize).toBe(0);
  });

  test('reports that come while others are merged, and while people look, are each counted once', async () => {
    const store = await open();
    const runId = await newRun(store);
    const tell = async (first: number, source: TaskSource = 'http') => {
      for (let batch = 0; batch < 12; batch += 1)
        await store.tasks.report(runId, {
          source,
          reports: submitted(first + batch * 100, 100),
          now: 1,
        });
    };
    const look = async () => {
      for (let again = 0; again < 10; again += 1) {
        const { workflow } = await store.tasks.progress(runId);
        expect(workflow.submitted % 100).toBe(0);
      }
    };
    // What the run's files tell is merged at once.
    const read = (first: number) => tell(first, 'trace');
    await Promise.all([tell(1), tell(2_001), look(), tell(4_001), look(), read(6_001), read(8_001)]);
    const { progress, tasks } = await seen(store, runId);
    expect([progress.workflow.submitted, tasks.totalSize]).toEqual([6_000, 6_000]);
  }, 60_000);

  test('what several replicas let wait is found at one look', async () => {
    const at = await url();
    const replicas = [await open(at), await open(at), await open(at)] as const;
    const runId = await newRun(replicas[0]);
    let taskId = 1;
    for (let batch = 0; batch < 10; batch += 1)
      for (const replica of replicas) {
        await replica.tasks.report(runId, { source: 'http', reports: submitted(taskId, 100), now: 1 });
        taskId += 100;
      }
    const { progress, tasks } = await seen(replicas[0], runId);
    expect([progress.workflow.submitted, tasks.totalSize]).toEqual([3_000, 3_000]);
  });

  test('whatever was answered is there after kill -9, at whatever moment', async () => {
    const at = await url();
    const store = await open(at);
    for (const acknowledged of [1, 9, 17]) {
      const runId = await newRun(store);
      const child = spawn(process.execPath, ['--input-type=module', '-e', reporter(at, runId)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let last = 0;
      for await (const line of createInterface({ input: child.stdout })) {
        last = Number(line);
        if (last === acknowledged) child.kill('SIGKILL');
      }
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      expect(child.signalCode).toBe('SIGKILL');
      // One more may have become durable, its answer lost; PostgreSQL may still be about it.
      await expect
        .poll(
          async () => {
            const { progress, tasks } = await seen(store, runId);
            const { workflow } = progress;
            return (
              tasks.totalSize === workflow.submitted &&
              [last * 100, (last + 1) * 100].includes(workflow.submitted)
            );
          },
          { timeout: 15_000 },
        )
        .toBe(true);
    }
  }, 60_000);
});

/** Reports a hundred tasks at a time until it is killed, and says which it knows to be kept. */
const reporter = (url: string, runId: string) => `
  import { openStore } from '${new URL('../open.ts', import.meta.url).pathname}';
  const store = await openStore({ url: '${url}' });
  for (let batch = 0; ; batch += 1) {
    const reports = Array.from({ length: 100 }, (_, index) =>
      ({ taskId: batch * 100 + index + 1, status: 'SUBMITTED', process: 'SAY' }));
    await store.tasks.report('${runId}', { source: 'http', reports, now: 1 });
    process.stdout.write(batch + 1 + '\\n');
  }`;
