/** Runs wait for a suspended cluster, and for their turn: nothing counts against them, nothing is decided, and they say why. */
import { describe, expect, test } from 'vitest';
import { AppError } from '#core/errors.ts';
import { steps } from '#test/support/launcher-steps.ts';
import { aRun, clusterError, fakeWorld } from '#test/support/launcher-world.ts';

const suspended = () => {
  throw clusterError('cluster_suspended');
};
const said = 'login.example.org: cluster_suspended';

describe('on a suspended cluster', () => {
  test('a new run is parked, and submitted when the cluster goes on', async () => {
    const world = fakeWorld();
    const { submit } = world.answers;
    world.answers.submit = suspended;
    world.put(aRun());
    for (let round = 0; round < 9; round += 1) await steps(world).submit(world.get());
    expect(world.get()).toMatchObject({
      phase: 'submit',
      status: 'SUBMITTED',
      jobState: null,
      failures: 0,
      messages: [said],
    });
    expect(world.get().dueAt).toBeGreaterThan(world.now() + 30_000);
    world.answers.submit = submit;
    await steps(world).submit(world.get());
    expect(world.get()).toMatchObject({ phase: 'follow', headJobId: '11', messages: [] });
  });

  test('one whose submission was under way is asked for again, not taken for unsent', async () => {
    const world = fakeWorld({ submit: suspended });
    world.put(aRun({ jobState: 'SUBMITTING' }));
    await steps(world).submit(world.get());
    expect(world.get()).toMatchObject({ phase: 'submit', jobState: 'SUBMITTING', messages: [said] });
  });

  test('a live run stays as it was last seen', async () => {
    const world = fakeWorld({ queue: suspended, progress: suspended });
    world.put(aRun({ phase: 'follow', headJobId: '11', headDir: '/w/a', status: 'RUNNING' }));
    for (let round = 0; round < 9; round += 1) await steps(world).follow([world.get()]);
    expect(world.get()).toMatchObject({ phase: 'follow', status: 'RUNNING', failures: 0, messages: [said] });
  });

  test('a cancellation waits too, and one of a run that was never submitted does not have to', async () => {
    const world = fakeWorld({ queue: suspended, submit: suspended });
    world.put(aRun({ phase: 'follow', headJobId: '11', headDir: '/w/a', cancelRequestedAt: 1 }));
    await steps(world).cancel(world.get());
    expect(world.get()).toMatchObject({ phase: 'cancel', messages: [`Not stopped yet: ${said}`] });
    world.put(aRun({ cancelRequestedAt: 1 }));
    await steps(world).submit(world.get());
    expect(world.get()).toMatchObject({ phase: 'done', status: 'CANCELLED' });
  });
});

describe('when the budget is used up', () => {
  const message = 'Waiting: 60 submissions a minute are allowed on managed identity hpc';

  test('a new run prepares and sends nothing until its turn comes, and says what it waits for', async () => {
    const world = fakeWorld({ turn: () => ({ message, retryAfterMs: 4_000 }) });
    world.put(aRun());
    for (let round = 0; round < 9; round += 1) await steps(world).submit(world.get());
    expect(world.commands).toEqual([]);
    expect(world.get()).toMatchObject({
      phase: 'submit',
      jobState: null,
      failures: 0,
      messages: [message],
      dueAt: world.now() + 4_000,
    });
    world.answers.turn = () => undefined;
    await steps(world).submit(world.get());
    expect(world.get()).toMatchObject({ phase: 'follow', messages: [] });
  });

  test('commands that waited too long are asked for again soon, without a failure', async () => {
    const busy = () => {
      throw new AppError('budget_exhausted', 503, message, { details: { retryAfterMs: 1_000 } });
    };
    const world = fakeWorld({ queue: busy, progress: busy, submit: busy });
    world.put(aRun({ phase: 'follow', headJobId: '11', headDir: '/w/a', status: 'RUNNING' }));
    await steps(world).follow([world.get()]);
    expect(world.get()).toMatchObject({ status: 'RUNNING', failures: 0, messages: [message] });
    expect(world.get().dueAt).toBe(world.now() + 1_000);
    world.put(aRun());
    await steps(world).submit(world.get());
    expect(world.get()).toMatchObject({ phase: 'submit', jobState: null, failures: 0, messages: [message] });
  });
});
