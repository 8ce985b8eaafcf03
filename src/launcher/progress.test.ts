/** The pace of reading, and what becomes of what was read, step by step. */
import { expect, test } from 'vitest';
import type { RunNews } from '#core/ports/progress.ts';
import type { Run } from '#core/runs.ts';
import { aJob, aRun, clusterError, fakeWorld, someRemains } from '#test/support/launcher-world.ts';
import { createCancelStep } from './cancel.ts';
import { createFollowStep } from './follow.ts';
import { createRunWriter } from './run-writer.ts';

const running = (patch: Partial<Run> = {}): Run =>
  aRun({
    phase: 'follow',
    status: 'RUNNING',
    jobState: 'RUNNING',
    headJobId: '11',
    headDir: '/w/a',
    ...patch,
  });

const started = { taskId: 1, status: 'RUNNING' } as const;
const completed = { taskId: 1, status: 'COMPLETED' } as const;
const at = (offset: number): RunNews['mark'] => ({
  log: { inode: '5', offset },
  trace: { inode: '0', offset: 0 },
});

const world = (...given: Parameters<typeof fakeWorld>) => {
  const made = fakeWorld(...given);
  const writer = createRunWriter(made.deps);
  const names = () => made.commands.map(([name]) => name);
  return {
    ...made,
    names,
    follow: createFollowStep(made.deps, writer),
    cancel: createCancelStep(made.deps, writer),
  };
};

test('what the files say is in the table within the step, and the mark moves with it', async () => {
  const here = world({
    progress: () => ({ Run000000001: { log: [started], mark: at(70), facts: { profile: 'x' } } }),
  });
  here.put(running({ startedAt: 999_000, facts: { commitId: 'abc' } }));
  await here.follow([here.get()]);
  expect(here.tasks()).toEqual({ 1: 'RUNNING' });
  expect(here.readings.get('Run000000001')).toMatchObject({ mark: at(70), newsAt: here.now() });
  expect(here.get().facts).toEqual({ commitId: 'abc', profile: 'x' });
});

test('the files are read every two seconds while things change, the queue is asked at its own pace', async () => {
  let id = 0;
  const here = world({ progress: () => ({ Run000000001: { log: [{ ...started, taskId: (id += 1) }] } }) });
  here.put(running({ startedAt: 0 }));
  for (let look = 0; look < 30; look += 1) {
    await here.follow([here.get()]);
    expect(here.get().dueAt - here.now()).toBeLessThanOrEqual(2_000);
    here.advance(here.get().dueAt - here.now());
  }
  expect(here.names().filter((name) => name === 'progress')).toHaveLength(30);
  expect(here.names().filter((name) => name === 'status').length).toBeLessThanOrEqual(3);
});

test('without news the files are read every four seconds, for a state is seen within five, and more often after some', async () => {
  const here = world();
  here.put(running({ startedAt: 900_000 }));
  const pauses: number[] = [];
  for (let look = 0; look < 400; look += 1) {
    await here.follow([here.get()]);
    pauses.push(here.get().dueAt - here.now());
    here.advance(here.get().dueAt - here.now());
  }
  expect(pauses.slice(0, 60).every((pause) => pause <= 2_000)).toBe(true);
  expect(pauses.slice(-3)).toEqual([4_000, 4_000, 4_000]);
  here.answers.progress = () => ({ Run000000001: { trace: [completed] } });
  await here.follow([here.get()]);
  expect(here.get().dueAt - here.now()).toBeLessThanOrEqual(2_000);
});

test('one command for all runs of a member; those that wait in the queue have nothing to read', async () => {
  const here = world({
    queue: () =>
      [1, 2, 3].map((number) =>
        aJob({
          jobId: `${number}`,
          jobName: `nf-R${number}`,
          ...(number === 3 ? { state: 'pending', nativeState: 'PENDING' } : {}),
        }),
      ),
  });
  const runs = [1, 2, 3].map((number) =>
    running({ id: `R${number}`, headJobId: `${number}`, ...(number === 3 ? { status: 'SUBMITTED' } : {}) }),
  );
  for (const run of runs) here.put(run);
  await here.follow(runs);
  expect(here.commands).toEqual([
    ['progress', 'R1', 'R2'],
    ['status', 'alice'],
  ]);
});

test('what did not fit is read on at once', async () => {
  const here = world({ progress: () => ({ Run000000001: { log: [started], more: true } }) });
  here.put(running());
  await here.follow([here.get()]);
  expect(here.get().dueAt).toBe(here.now());
});

test('an exit status in the files: the queue is asked without waiting for its turn', async () => {
  const here = world();
  here.put(running({ startedAt: 0 }));
  await here.follow([here.get()]);
  here.answers.progress = () => ({ Run000000001: { ended: true } });
  here.answers.queue = () => [];
  here.advance(2_000);
  await here.follow([here.get()]);
  expect(here.get()).toMatchObject({ phase: 'done', status: 'SUCCEEDED' });
});

test('at the end the files are read to theirs, and what is still open was aborted', async () => {
  const pieces = [
    { log: [started, { taskId: 2, status: 'RUNNING' as const }], mark: at(10) },
    { trace: [completed], mark: at(20) },
  ];
  const here = world({
    queue: () => [],
    remains: () => someRemains({ exitStatus: null }),
    accounting: () => [aJob({ state: 'node-failure', nativeState: 'NODE_FAIL' })],
    progress: () => ({ Run000000001: pieces.shift() ?? {} }),
  });
  here.put(running({ status: 'SUBMITTED' }));
  await here.follow([here.get()]);
  expect(here.get()).toMatchObject({ phase: 'done', status: 'FAILED' });
  expect(here.tasks()).toEqual({ 1: 'COMPLETED', 2: 'ABORTED' });
  expect(here.names().filter((name) => name === 'progress')).toHaveLength(3);
});

test('very long files take several steps, and the run is not over before', async () => {
  let offset = 0;
  const here = world({
    queue: () => [],
    progress: () => ({
      Run000000001: { log: [{ ...started, taskId: (offset += 1) }], mark: at(Math.min(offset, 40)) },
    }),
  });
  here.put(running());
  for (let step = 0; step < 2; step += 1) {
    await here.follow([here.get()]);
    expect(here.get()).toMatchObject({ phase: 'follow', dueAt: here.now() });
  }
  await here.follow([here.get()]);
  expect(here.get().phase).toBe('done');
  expect(Object.keys(here.tasks())).toHaveLength(41);
});

test('cancelled: the last words of the files count as well', async () => {
  const here = world({
    queue: () => [],
    progress: () => ({
      Run000000001: {
        trace: [
          { taskId: 1, status: 'ABORTED' },
          { taskId: 2, status: 'COMPLETED' },
        ],
      },
    }),
    remains: () => someRemains({ exitStatus: 1 }),
  });
  here.put(running({ phase: 'cancel', cancelRequestedAt: 1 }));
  await here.cancel(here.get());
  expect(here.get()).toMatchObject({ phase: 'done', status: 'CANCELLED' });
  expect(here.tasks()).toEqual({ 1: 'ABORTED', 2: 'COMPLETED' });
});

test('lines that know a task by its directory find the one that was told of before', async () => {
  const here = world({
    progress: () => ({ Run000000001: { log: [{ taskId: 4, status: 'NEW', hash: 'ab/123456' }] } }),
  });
  here.put(running());
  await here.follow([here.get()]);
  here.advance(2_000);
  here.answers.progress = () => ({
    Run000000001: { logByHash: ['ab/123456', 'ff/000000'].map((hash) => ({ hash, status: 'SUBMITTED' })) },
  });
  await here.follow([here.get()]);
  expect(here.tasks()).toEqual({ 4: 'SUBMITTED' });
});

test('why a task failed is told after its end, by its directory, and finds it all the same', async () => {
  const failed = { status: 'FAILED', hash: 'ab/123456' } as const;
  const here = world({ progress: () => ({ Run000000001: { log: [{ taskId: 4, ...failed }] } }) });
  const seen: unknown[] = [];
  const { report } = here.deps.store.tasks;
  here.deps.store.tasks.report = async (runId, batch) => {
    seen.push(batch.reports);
    return report(runId, batch);
  };
  here.put(running());
  await here.follow([here.get()]);
  here.advance(2_000);
  here.answers.progress = () => ({
    Run000000001: { logByHash: [{ ...failed, errorMessage: 'Missing output' }] },
  });
  await here.follow([here.get()]);
  expect(seen).toContainEqual([{ taskId: 4, ...failed, errorMessage: 'Missing output' }]);
});

test('an answer in another shape is no news and ends nothing; a lost channel is told as such', async () => {
  const here = world({
    progress: () => {
      throw new Error('no stat there');
    },
  });
  here.put(running());
  await here.follow([here.get()]);
  expect(here.get()).toMatchObject({ status: 'RUNNING', failures: 0, messages: [] });
  here.answers.progress = () => {
    throw clusterError('channel_lost');
  };
  await here.follow([here.get()]);
  await here.follow([here.get()]);
  expect(here.get()).toMatchObject({
    status: 'RUNNING',
    failures: 2,
    messages: [expect.stringContaining('unknown for now')],
  });
});

test('promise 29: whoever lost the lease writes no task and moves no mark', async () => {
  const here = world({ progress: () => ({ Run000000001: { log: [started], mark: at(70) } }) });
  here.put(running({ fence: 2 }));
  await here.follow([running({ fence: 1 })]);
  expect(here.tasks()).toEqual({});
  expect(here.readings.get('Run000000001')?.mark).not.toEqual(at(70));
});

test('how much ran at once is told to the table as Nextflow counted it', async () => {
  const peaks = { at: 5, tasks: 7, cpus: 14, memory: 1_024 };
  const here = world({ progress: () => ({ Run000000001: { peaks } }) });
  const seen: unknown[] = [];
  const { report } = here.deps.store.tasks;
  here.deps.store.tasks.report = async (runId, batch) => {
    seen.push(batch.counted);
    return report(runId, batch);
  };
  here.put(running());
  await here.follow([here.get()]);
  expect(seen).toEqual([
    { instant: 5, pending: 0, peakTasks: 7, peakCpus: 14, peakMemory: 1_024, processes: [] },
  ]);
});
