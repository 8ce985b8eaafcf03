import { describe, expect, test } from 'vitest';
import type { RunStore } from '#core/ports/store.ts';
import { steps } from '#test/support/launcher-steps.ts';
import { aJob, aRun, clusterError, fakeWorld, someRemains } from '#test/support/launcher-world.ts';

describe('submit', () => {
  test('a run that was submitted is followed, and the use of the key is on record', async () => {
    const world = fakeWorld();
    world.put(aRun());
    await steps(world).submit(aRun());
    expect(world.get()).toMatchObject({
      phase: 'follow',
      headJobId: '11',
      headDir: '/w/alice/session-1',
      failures: 0,
    });
    expect(world.audits).toEqual(['managed_credentials_used', 'workflow_submitted']);
  });

  test('the intent is durable before the command is sent', async () => {
    const world = fakeWorld();
    world.put(aRun());
    let seen: string | null = null;
    world.answers.submit = () => {
      seen = world.get().jobState;
      return { kind: 'unknown', reason: 'busy' };
    };
    await steps(world).submit(aRun());
    expect(seen).toBe('SUBMITTING');
    expect(world.get()).toMatchObject({ phase: 'submit', jobState: 'SUBMITTING', failures: 1 });
    expect(world.get().dueAt).toBeGreaterThan(world.now());
  });

  test('refused by the scheduler: where its files lie is noted, so that they go by policy', async () => {
    const left = { headDir: '/w/alice/s', workDir: '/w' };
    const world = fakeWorld({ submit: () => ({ kind: 'refused', reason: 'invalid partition', left }) });
    world.put(aRun());
    await steps(world).submit(world.get());
    expect(world.get()).toMatchObject({ status: 'FAILED', errorMessage: 'invalid partition', ...left });
  });

  test('a refused key ends the run with its sentence at once', async () => {
    const world = fakeWorld({
      submit: () => {
        throw clusterError('credential_refused');
      },
    });
    world.put(aRun());
    await steps(world).submit(aRun());
    expect(world.get()).toMatchObject({
      status: 'FAILED',
      phase: 'done',
      errorMessage: 'login.example.org: credential_refused',
    });
    expect(world.commands).toHaveLength(1);
  });

  test('promise 22: once the answer was lost, no failure ends the run: the far side is asked again', async () => {
    let round = 0;
    const world = fakeWorld({
      submit: () => {
        round += 1;
        if (round === 1) throw clusterError('channel_lost');
        if (round < 9) throw clusterError('host_unreachable');
        return { kind: 'submitted', jobId: '11', how: 'recorded', headDir: '/w/a', workDir: '/w' };
      },
    });
    world.put(aRun());
    for (let i = 0; i < 8; i += 1) {
      await steps(world).submit(world.get());
      expect(world.get()).toMatchObject({ phase: 'submit', status: 'SUBMITTED', jobState: 'SUBMITTING' });
    }
    await steps(world).submit(world.get());
    expect(world.get()).toMatchObject({ phase: 'follow', headJobId: '11' });
  });

  test('promise 22: whatever was sent before is said to be, so that its job is looked for', async () => {
    const world = fakeWorld({ submit: () => ({ kind: 'unknown', reason: 'busy' }) });
    world.put(aRun({ createdAt: world.now() - 61_500 }));
    await steps(world).submit(world.get());
    await steps(world).submit(world.get());
    expect(world.submitted.map(({ sentSecondsAgo }) => sentSecondsAgo)).toEqual([null, 62]);
  });

  test('promise 29: whoever lost the lease writes nothing and sends nothing', async () => {
    const world = fakeWorld();
    world.put(aRun({ fence: 2 }));
    await steps(world).submit(aRun({ fence: 1 }));
    expect(world.get()).toMatchObject({ jobState: null, phase: 'submit' });
    expect(world.commands).toEqual([]);
  });

  test('cancelled before anything was sent: ends without touching the cluster', async () => {
    const world = fakeWorld();
    const run = aRun({ cancelRequestedAt: 5 });
    world.put(run);
    await steps(world).submit(run);
    expect(world.get()).toMatchObject({ status: 'CANCELLED', phase: 'done' });
    expect(world.commands).toEqual([]);
  });
});

describe('follow', () => {
  const followed = (patch = {}) =>
    aRun({ phase: 'follow', headJobId: '11', headDir: '/w/a', workDir: '/w', ...patch });

  test('one status command for all runs of a member', async () => {
    const world = fakeWorld({
      queue: () => [
        aJob(),
        aJob({
          jobId: '12',
          jobName: 'nf-Run000000002',
          state: 'pending',
          nativeState: 'PENDING',
          reason: 'Resources',
        }),
      ],
    });
    const runs = [followed(), followed({ id: 'Run000000002', headJobId: '12' })];
    for (const run of runs) world.put(run);
    await steps(world).follow(runs);
    expect(world.commands).toEqual([['status', 'alice']]);
    expect(world.get()).toMatchObject({ status: 'RUNNING', startedAt: world.now(), messages: [] });
    expect(world.get('Run000000002')).toMatchObject({
      status: 'SUBMITTED',
      messages: ['Waiting in the queue: Resources'],
    });
  });

  test('a change that cannot be kept of one run does not keep the others waiting', async () => {
    const world = fakeWorld({
      queue: () => [aJob(), aJob({ jobId: '12', jobName: 'nf-Run000000002' })],
    });
    const { transaction } = world.deps.store;
    let transactions = 0;
    const refuses: Pick<RunStore, 'updateFenced' | 'updateAllFenced'> = {
      ...world.deps.store.runs,
      updateAllFenced: async (all, ...rest) => {
        if (all.some(({ id }) => id === 'Run000000001')) throw new Error('not this one');
        return world.deps.store.runs.updateAllFenced(all, ...rest);
      },
    };
    world.deps.store.transaction = (work) => {
      transactions += 1;
      return transaction((tables) => work({ ...tables, runs: refuses } as never));
    };
    const runs = [followed(), followed({ id: 'Run000000002', headJobId: '12' })];
    for (const run of runs) world.put(run);
    await steps(world).follow(runs);
    expect(world.get()).toMatchObject({ status: 'SUBMITTED', failures: 1 });
    expect(world.get('Run000000002')).toMatchObject({ status: 'RUNNING', failures: 0 });
    expect(transactions).toBe(4);
  });

  test('a failed status command is "unknown", never "finished"', async () => {
    const world = fakeWorld({
      queue: () => {
        throw new Error('squeue: error');
      },
    });
    world.put(followed({ status: 'RUNNING' }));
    for (let i = 0; i < 20; i += 1) await steps(world).follow([world.get()]);
    expect(world.get()).toMatchObject({ status: 'RUNNING', phase: 'follow', failures: 20 });
    expect(world.get().messages[0]).toContain('unknown for now: squeue: error');
  });

  test('a refused key is not offered again at once: short outages of a site end by themselves', async () => {
    const refused = () => {
      throw clusterError('credential_refused');
    };
    const world = fakeWorld({ progress: refused });
    world.put(aRun({ phase: 'follow', headJobId: '11', headDir: '/w/a', status: 'RUNNING' }));
    await steps(world).follow([world.get()]);
    expect(world.commands).toHaveLength(1);
    expect(world.get()).toMatchObject({
      status: 'RUNNING',
      dueAt: world.now() + 600_000,
      messages: [expect.stringContaining('credential_refused')],
    });
  });

  test('a job that left the queue ends by its exit file', async () => {
    const world = fakeWorld({ queue: () => [] });
    world.put(followed());
    await steps(world).follow([world.get()]);
    expect(world.commands.map(([name]) => name)).toEqual(['status', 'accounting', 'progress', 'remains']);
    expect(world.get()).toMatchObject({ status: 'SUCCEEDED', phase: 'done', exitStatus: 0 });
    expect(world.audits).toEqual(['workflow_completed']);
  });

  test('an exit file that is missing is looked for again before anything is concluded', async () => {
    const world = fakeWorld({ queue: () => [], remains: () => someRemains() });
    world.put(followed());
    for (let i = 0; i < 3; i += 1) {
      await steps(world).follow([world.get()]);
      expect(world.get().phase).toBe('follow');
    }
    await steps(world).follow([world.get()]);
    expect(world.get()).toMatchObject({ status: 'FAILED', phase: 'done' });
    expect(world.get().errorMessage).toContain('no longer known');
  });

  test('a job of the same number and another name is another job, in the queue as in accounting', async () => {
    const world = fakeWorld({
      queue: () => [aJob({ jobName: 'nf-Run000000009' })],
      accounting: () => [aJob({ jobName: 'other', state: 'cancelled', nativeState: 'CANCELLED' })],
      remains: () => someRemains(),
    });
    world.put(followed());
    for (let i = 0; i < 4; i += 1) await steps(world).follow([world.get()]);
    expect(world.commands.filter(([name]) => name === 'accounting')).toHaveLength(4);
    expect(world.get()).toMatchObject({ status: 'FAILED', phase: 'done', startedAt: null });
    expect(world.get().errorMessage).toContain('no longer known');
  });

  test('accounting that tells no names is believed by the number', async () => {
    const ended = aJob({ jobName: '', state: 'time-limit', nativeState: 'TIMEOUT' });
    const world = fakeWorld({ queue: () => [], accounting: () => [ended], remains: () => someRemains() });
    world.put(followed());
    await steps(world).follow([world.get()]);
    expect(world.get().errorMessage).toContain('wall-clock limit');
  });

  test('tasks whose head job has gone are removed from the queue, other jobs are not', async () => {
    const world = fakeWorld({
      queue: () => [
        aJob({ jobId: '11', state: 'node-failure', nativeState: 'NODE_FAIL' }),
        aJob({ jobId: '20', jobName: 'nf-Run000000001-SAY-1' }),
        aJob({ jobId: '21', jobName: 'nf-Run000000009-SAY-1' }),
        aJob({ jobId: '22', jobName: 'somebody' }),
      ],
      remains: () => someRemains(),
    });
    world.put(followed());
    await steps(world).follow([world.get()]);
    expect(world.commands).toContainEqual(['remove', '20']);
    expect(world.get()).toMatchObject({ status: 'FAILED' });
    expect(world.get().errorMessage).toContain('node failed or it was preempted');
  });
});

describe('cancel', () => {
  const cancelled = (world: ReturnType<typeof fakeWorld>, patch = {}) =>
    aRun({ phase: 'follow', headJobId: '11', headDir: '/w/a', cancelRequestedAt: world.now(), ...patch });

  test('Nextflow is told first, the head job removed after its time to clean up', async () => {
    const world = fakeWorld();
    world.put(cancelled(world));
    await steps(world).cancel(world.get());
    expect(world.commands.at(-1)).toEqual(['interrupt', '11']);
    await steps(world).cancel(world.get());
    expect(world.commands.at(-1)).toEqual(['status', 'alice']);
    world.advance(31_000);
    await steps(world).cancel(world.get());
    expect(world.commands.at(-1)).toEqual(['remove', '11']);
    world.answers.queue = () => [aJob({ jobId: '20', jobName: 'nf-Run000000001-SAY-1' })];
    world.answers.remains = () => someRemains({ exitStatus: 1 });
    await steps(world).cancel(world.get());
    expect(world.commands).toContainEqual(['remove', '20']);
    expect(world.get()).toMatchObject({ status: 'CANCELLED', phase: 'done' });
  });

  test('a head job that still waits is simply removed', async () => {
    const world = fakeWorld({ queue: () => [aJob({ state: 'pending', nativeState: 'PENDING' })] });
    world.put(cancelled(world));
    await steps(world).cancel(world.get());
    expect(world.commands).toEqual([
      ['status', 'alice'],
      ['remove', '11'],
    ]);
  });

  test('a job of the same number and another name is neither told nor removed', async () => {
    for (const state of ['pending', 'running'] as const) {
      const world = fakeWorld({ queue: () => [aJob({ jobName: 'somebody', state })] });
      world.put(cancelled(world));
      await steps(world).cancel(world.get());
      expect(world.commands.map(([name]) => name)).toEqual(['status', 'progress', 'remains']);
      expect(world.get()).toMatchObject({ phase: 'done' });
    }
  });

  test('a submission whose answer was lost is settled before it is stopped', async () => {
    const world = fakeWorld();
    world.put(cancelled(world, { phase: 'cancel', headJobId: null, headDir: null, jobState: 'SUBMITTING' }));
    await steps(world).cancel(world.get());
    expect(world.get()).toMatchObject({ phase: 'cancel', headJobId: '11' });
    expect(world.submitted).toMatchObject([{ sentSecondsAgo: expect.any(Number) }]);
    await steps(world).cancel(world.get());
    expect(world.commands.at(-1)).toEqual(['interrupt', '11']);
  });

  test('a run that finished all the same while it was being cancelled has succeeded', async () => {
    const world = fakeWorld({ queue: () => [] });
    world.put(cancelled(world));
    await steps(world).cancel(world.get());
    expect(world.get()).toMatchObject({ status: 'SUCCEEDED', phase: 'done' });
  });
});
