/** Tasks and their counters: on both databases. */
import { expect, test } from 'vitest';
import type { Store } from '#core/ports/store.ts';
import type { TaskBatch } from '#core/ports/task-store.ts';
import { noProgress } from '#core/progress.ts';
import type { TaskReport, TaskStatus } from '#core/tasks.ts';
import { addUser, aRun, onBothDatabases } from '#test/support/databases.ts';

const all = { max: 100, offset: 0 };

const withRun = async (store: Store) => {
  const { id: userId } = await addUser(store);
  const run = aRun(userId, { phase: 'follow', status: 'RUNNING' });
  await store.runs.insert(run);
  const tell = (reports: TaskReport[], given: Partial<TaskBatch> = {}) =>
    store.tasks.report(run.id, { source: 'http', reports, now: 5_000, ...given });
  return { run, tell };
};

const task = (taskId: number, status: TaskStatus, values: Partial<TaskReport> = {}): TaskReport => ({
  taskId,
  status,
  process: 'SAY',
  name: `SAY (${taskId})`,
  cpus: 2,
  memory: 1_000,
  executor: 'slurm',
  ...values,
});
const done = { realtime: 3_000, pcpu: 50, peakRss: 500, rchar: 7, wchar: 8, volCtxt: 1, invCtxt: 2 };

onBothDatabases(({ open }) => {
  test('a task comes back as it was merged, with every field', async () => {
    const store = await open();
    const { run, tell } = await withRun(store);
    const given = task(1, 'COMPLETED', {
      ...done,
      module: ['gcc', 'java'],
      pmem: 0.3,
      submit: 1_795_372_817_933,
      workdir: '/work/ab/cd',
      script: 'echo ö\n',
      rss: 2 ** 50,
    });
    expect(await tell([given])).toBe(true);
    const found = await store.tasks.find(run.id, 1);
    expect(found).toMatchObject(given);
    expect(found?.exit).toBeNull();
    expect(await store.tasks.find(run.id, 2)).toBeUndefined();
    expect(await store.tasks.find('other', 1)).toBeUndefined();
  });

  test('counters are those of the tasks, whatever way the tasks took', async () => {
    const store = await open();
    const { run, tell } = await withRun(store);
    await store.tasks.nameProcesses(run.id, ['SAY', 'MERGE', 'SAY']);
    await tell([task(1, 'SUBMITTED'), task(2, 'RUNNING'), task(3, 'RUNNING'), task(2, 'RUNNING')]);
    await tell([task(3, 'COMPLETED', done), task(1, 'RUNNING'), task(3, 'RUNNING')]);
    await tell([task(4, 'FAILED', { errorAction: 'RETRY', process: 'ELSE' }), task(5, 'CACHED', done)]);
    const { workflow, processes } = await store.tasks.progress(run.id);
    expect(processes.map(({ process }) => process)).toEqual(['SAY', 'MERGE', 'ELSE']);
    expect(workflow).toEqual({
      ...noProgress(),
      running: 2,
      loadTasks: 2,
      loadCpus: 4,
      loadMemory: 2_000,
      peakTasks: 2,
      peakCpus: 4,
      peakMemory: 2_000,
      succeeded: 1,
      failed: 1,
      retries: 1,
      cached: 1,
      cpus: 2,
      cpuTime: 6_000,
      cpuLoad: 1_500,
      memoryRss: 500,
      memoryReq: 1_000,
      readBytes: 7,
      writeBytes: 8,
      volCtxSwitch: 1,
      invCtxSwitch: 2,
      executors: ['slurm'],
      cachedTime: 6_000,
      updatedAt: 5_000,
      lastReportAt: 5_000,
    });
    expect(processes[0]).toMatchObject({ running: 2, succeeded: 1, cached: 1, peakTasks: 2 });
    expect(processes[1]).toEqual({ process: 'MERGE', ...noProgress() });
    expect(processes[2]).toMatchObject({ failed: 1, retries: 1 });
  });

  test('a batch of any size, and a task whose process becomes known later', async () => {
    const store = await open();
    const { run, tell } = await withRun(store);
    await tell(Array.from({ length: 250 }, (_, index) => task(index + 1, 'SUBMITTED', { process: null })));
    await tell([{ taskId: 250, status: 'SUBMITTED', process: 'OTHER' }]);
    const { workflow, processes } = await store.tasks.progress(run.id);
    expect(workflow.submitted).toBe(250);
    expect(processes.map(({ process, submitted }) => [process, submitted])).toEqual([
      ['SAY', 249],
      ['OTHER', 1],
    ]);
  });

  test('who lost the lease writes nothing; of an unknown run nothing is written', async () => {
    const store = await open();
    const { run, tell } = await withRun(store);
    await store.runs.leaseDue({ owner: 'a', now: 9_000, leaseMs: 1_000, limit: 1 });
    expect(await tell([task(1, 'RUNNING')], { fence: 0 })).toBe(false);
    expect(await store.tasks.find(run.id, 1)).toBeUndefined();
    expect(await tell([task(1, 'RUNNING')], { fence: 1 })).toBe(true);
    expect(await store.tasks.report('nobody', { source: 'log', reports: [task(1, 'RUNNING')], now: 1 })).toBe(
      false,
    );
  });

  test('at the end open tasks are aborted, those never submitted go, and later reports still count', async () => {
    const store = await open();
    const { run, tell } = await withRun(store);
    await tell([task(1, 'NEW'), task(2, 'SUBMITTED'), task(3, 'RUNNING'), task(4, 'COMPLETED', done)]);
    await store.runs.update(run.id, { phase: 'done', completedAt: 8_000 }, 8_000);
    for (let again = 0; again < 2; again += 1) await store.tasks.closeAll(run.id, 9_000);
    const statuses = async () =>
      (await store.tasks.list(run.id, all)).rows.map(({ taskId, status }) => [taskId, status]);
    expect(await statuses()).toEqual([
      [2, 'ABORTED'],
      [3, 'ABORTED'],
      [4, 'COMPLETED'],
    ]);
    expect((await store.tasks.find(run.id, 3))?.complete).toBe(8_000);
    await tell([task(3, 'COMPLETED', { complete: 7_000 })], { source: 'trace' });
    await tell([task(2, 'RUNNING'), task(5, 'RUNNING'), task(6, 'NEW')]);
    expect(await statuses()).toEqual([
      [2, 'ABORTED'],
      [3, 'COMPLETED'],
      [4, 'COMPLETED'],
      [5, 'ABORTED'],
    ]);
    const { workflow } = await store.tasks.progress(run.id);
    expect(workflow).toMatchObject({ aborted: 2, succeeded: 2, running: 0, pending: 0, loadCpus: 0 });
  });

  test('lists are searched, filtered, sorted with unknown values last, and paged', async () => {
    const store = await open();
    const { run, tell } = await withRun(store);
    await tell([
      task(1, 'RUNNING', { name: 'SAY (Ä%1)', hash: 'ab/123456', duration: 30 }),
      task(2, 'FAILED', { duration: null, nativeId: '4711', process: 'MERGE' }),
      task(10, 'COMPLETED', { duration: 5 }),
    ]);
    const ids = async (query: Partial<Parameters<Store['tasks']['list']>[1]>) => {
      const { rows, totalSize } = await store.tasks.list(run.id, { ...all, ...query });
      return [rows.map(({ taskId }) => taskId), totalSize];
    };
    expect(await ids({})).toEqual([[1, 2, 10], 3]);
    expect(await ids({ descending: true })).toEqual([[10, 2, 1], 3]);
    expect(await ids({ sortBy: 'duration' })).toEqual([[10, 1, 2], 3]);
    expect(await ids({ sortBy: 'duration', descending: true })).toEqual([[1, 10, 2], 3]);
    expect(await ids({ search: 'ä%' })).toEqual([[1], 1]);
    expect(await ids({ search: '4711' })).toEqual([[2], 1]);
    expect(await ids({ search: 'AB/12' })).toEqual([[1], 1]);
    expect(await ids({ statuses: ['RUNNING', 'FAILED'] })).toEqual([[1, 2], 2]);
    expect(await ids({ process: 'MERGE' })).toEqual([[2], 1]);
    expect(await ids({ max: 1, offset: 1 })).toEqual([[2], 3]);
  });

  test('a run of 10,000 tasks is counted right, from whatever page it is looked at', {
    timeout: 120_000,
  }, async () => {
    const store = await open();
    const { run, tell } = await withRun(store);
    const total = 10_000;
    const all10k = (status: TaskStatus, values: Partial<TaskReport> = {}) =>
      Array.from({ length: total }, (_, index) =>
        task(index + 1, status, { process: `P${index % 7}`, ...values }),
      );
    await tell(all10k('SUBMITTED'));
    await tell(all10k('COMPLETED', done).toReversed(), { source: 'trace' });
    await tell(all10k('RUNNING'));
    const { workflow, processes } = await store.tasks.progress(run.id);
    expect(workflow).toMatchObject({ succeeded: total, submitted: 0, running: 0, cpuTime: total * 6_000 });
    expect(processes.map(({ succeeded }) => succeeded)).toEqual([1429, 1429, 1429, 1429, 1428, 1428, 1428]);
    const last = await store.tasks.list(run.id, { max: 10, offset: total - 5 });
    expect(last.rows.map(({ taskId }) => taskId)).toEqual([9996, 9997, 9998, 9999, 10000]);
    expect(last.totalSize).toBe(total);
    expect(await store.tasks.measured(run.id)).toHaveLength(total);
  });
});
