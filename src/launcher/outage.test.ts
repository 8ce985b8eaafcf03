/** A launch whose cluster cannot be reached: it waits as long as makes sense, and nothing has been submitted meanwhile. */
import { expect, test } from 'vitest';
import { AppError } from '#core/errors.ts';
import { steps } from '#test/support/launcher-steps.ts';
import { aRun, clusterError, fakeWorld } from '#test/support/launcher-world.ts';

const outage = (error: AppError) => {
  const state = { up: false };
  const world = fakeWorld();
  const { submit } = world.answers;
  world.answers.submit = () => {
    if (state.up) return submit();
    throw error;
  };
  world.put(aRun());
  /** Tries whenever it is time, until this has passed. @returns how often */
  const pass = async (ms: number): Promise<number> => {
    const end = world.now() + ms;
    let tries = 0;
    for (; world.get().phase === 'submit' && world.get().dueAt <= end; tries += 1) {
      world.advance(Math.max(0, world.get().dueAt - world.now()));
      await steps(world).submit(world.get());
    }
    world.advance(end - world.now());
    return tries;
  };
  return { world, state, pass };
};
const unreachable = () => clusterError('host_unreachable');

test('a login node that is started anew: the run waits, says since when and how long, and is submitted', async () => {
  const { world, state, pass } = outage(unreachable());
  const since = new Date(world.now()).toISOString().slice(11, 16);
  await pass(400_000);
  expect(world.get()).toMatchObject({ phase: 'submit', status: 'SUBMITTED', jobState: null });
  expect(world.get().messages).toEqual([
    expect.stringMatching(
      new RegExp(
        `^Waiting since ${since} UTC: login.example.org: host_unreachable Nothing has been submitted; it is tried again until \\d\\d:\\d\\d UTC\\.$`,
      ),
    ),
  ]);
  state.up = true;
  expect(await pass(25_000)).toBe(1);
  expect(world.get()).toMatchObject({
    phase: 'follow',
    headJobId: '11',
    messages: [],
    failures: 0,
  });
  expect(world.get().facts).toEqual({});
});

test('one that stays away for ten minutes: the run ends and says that nothing was submitted', async () => {
  const { world, pass } = outage(unreachable());
  const tries = await pass(599_000);
  expect(world.get().phase).toBe('submit');
  expect(tries).toBeGreaterThan(25);
  expect(tries).toBeLessThan(50);
  await pass(30_000);
  expect(world.get()).toMatchObject({
    status: 'FAILED',
    phase: 'done',
    errorMessage: 'login.example.org: host_unreachable It was tried for 10 min. Nothing was submitted.',
  });
});

test('the time during which its owners had stopped the cluster does not count', async () => {
  const { world, pass } = outage(unreachable());
  await pass(300_000);
  const { submit } = world.answers;
  world.answers.submit = () => {
    throw clusterError('cluster_suspended');
  };
  await pass(3_600_000);
  world.answers.submit = submit;
  await pass(500_000);
  expect(world.get().phase).toBe('submit');
  await pass(200_000);
  expect(world.get().phase).toBe('done');
});

test('cancelled while it waits: ends at once, and nothing is sent', async () => {
  const { world, pass } = outage(unreachable());
  await pass(60_000);
  const sent = world.commands.length;
  await steps(world).submit({ ...world.get(), cancelRequestedAt: world.now() });
  expect(world.get()).toMatchObject({ status: 'CANCELLED', phase: 'done' });
  expect(world.commands).toHaveLength(sent);
});

test.each([
  ['drops connections, as a ban list does', { dropped: true }, 'host_unreachable', [10, 20]],
  ['breaks during the login', { lost: true }, 'session_ended', [25, 50]],
  ['ends every session', {}, 'session_ended', [1, 1]],
] as const)('a host that %s is tried as long as makes sense', async (_, details, code, [least, most]) => {
  const { world, pass } = outage(new AppError(code, 502, 'no', { details }));
  const tries = await pass(700_000);
  expect(world.get()).toMatchObject({ status: 'FAILED', phase: 'done' });
  expect(tries).toBeGreaterThanOrEqual(least);
  expect(tries).toBeLessThanOrEqual(most);
});

test('promise 16: a changed host key that a run meets is noted for its cluster, at a submission as at a look', async () => {
  const changed = () => {
    throw clusterError('host_key_changed');
  };
  const world = fakeWorld({ submit: changed, queue: changed });
  world.put(aRun());
  await steps(world).submit(world.get());
  expect(world.get()).toMatchObject({ status: 'FAILED', phase: 'done' });
  expect(world.audits.filter((each) => each === 'noted host key change')).toHaveLength(1);
  world.put(aRun({ phase: 'follow', headJobId: '11', headDir: '/w/a', status: 'RUNNING' }));
  await steps(world).follow([world.get()]);
  expect(world.get()).toMatchObject({ status: 'RUNNING', phase: 'follow' });
  expect(world.audits.filter((each) => each === 'noted host key change')).toHaveLength(2);
});
