/** What becomes of a run's pipeline secrets, here and on its cluster, step by step. */
import { describe, expect, test } from 'vitest';
import { AppError } from '#core/errors.ts';
import { steps } from '#test/support/launcher-steps.ts';
import { aRun, clusterError, fakeWorld } from '#test/support/launcher-world.ts';

describe('secrets', () => {
  const asked = { launch: { pipeline: '/p', userSecrets: ['KEY'] } };
  const followed = { ...asked, phase: 'follow' as const, headJobId: '11', headDir: '/w/alice/session-1' };

  test('are destroyed here once the submission is settled, and not before', async () => {
    const world = fakeWorld({ submit: () => ({ kind: 'unknown', reason: 'busy' }) });
    world.put(aRun(asked));
    await steps(world).submit(world.get());
    expect(world.destroyed).toEqual([]);
    world.answers.submit = fakeWorld().answers.submit;
    await steps(world).submit(world.get());
    expect(world.get().phase).toBe('follow');
    expect(world.destroyed).toEqual(['runs Run000000001']);
  });

  test('that do not open end the run before anything is sent', async () => {
    const world = fakeWorld({
      secrets: () => {
        throw new AppError('sealed_value_broken', 500, 'The sealed secrets are missing');
      },
    });
    world.put(aRun(asked));
    await steps(world).submit(world.get());
    expect(world.get()).toMatchObject({ status: 'FAILED', errorMessage: 'The sealed secrets are missing' });
    expect(world.commands).toEqual([]);
    expect(world.destroyed).toEqual(['runs Run000000001']);
  });

  test('are removed from the cluster before a run is over; an outage keeps it', async () => {
    const world = fakeWorld({
      queue: () => [],
      left: () => {
        throw clusterError('host_unreachable');
      },
    });
    world.put(aRun(followed));
    await steps(world).follow([world.get()]);
    expect(world.get()).toMatchObject({ phase: 'follow', failures: 1 });
    world.answers.left = () => null;
    await steps(world).follow([world.get()]);
    expect(world.get()).toMatchObject({ phase: 'done', status: 'SUCCEEDED', errorMessage: null });
    expect(world.commands.filter(([name]) => name === 'forget')).toHaveLength(2);
  });

  test('that cannot be removed are named at the end of the run', async () => {
    const world = fakeWorld({ queue: () => [], left: () => 'They are left in /w.' });
    world.put(aRun(followed));
    await steps(world).follow([world.get()]);
    expect(world.get()).toMatchObject({ status: 'SUCCEEDED', errorMessage: 'They are left in /w.' });
  });

  test('whose key is gone are named too, for nobody can remove them any more', async () => {
    const world = fakeWorld();
    world.deps.targetFor = () => Promise.reject(new AppError('not_found', 404, 'The key has been deleted.'));
    world.put(aRun({ ...followed, phase: 'cancel', cancelRequestedAt: 1 }));
    await steps(world).cancel(world.get());
    expect(world.get().errorMessage).toContain('Its secrets may still lie in /w/alice/session-1');
  });

  test('cost a run that has none nothing', async () => {
    const world = fakeWorld({ queue: () => [] });
    world.put(aRun({ ...followed, launch: { pipeline: '/p' } }));
    await steps(world).follow([world.get()]);
    expect(world.commands.filter(([name]) => name === 'forget')).toEqual([]);
    expect(world.destroyed).toEqual([]);
  });
});
