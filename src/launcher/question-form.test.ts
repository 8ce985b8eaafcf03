/** A scheduler that is too old for the best question says so once, not at every poll. */
import { expect, test } from 'vitest';
import type { SchedulerDriver } from '#core/ports/scheduler.ts';
import { aRun, fakeWorld } from '#test/support/launcher-world.ts';
import { createQueueView } from './queue-view.ts';

test('the form that worked is asked in from then on, for each cluster, until it fails', async () => {
  const { deps, put, get } = fakeWorld();
  const asked: string[] = [];
  let fails = false;
  const driver = {
    status: (_users: readonly string[], form = 'new') => {
      asked.push(form);
      return { argv: ['status'], timeoutMs: 1 };
    },
    parseStatus: () => {
      if (fails) throw new Error('no answer');
      return [];
    },
    formOf: () => 'old',
  } as unknown as SchedulerDriver;
  put(aRun());
  const view = createQueueView(deps);
  const target = await deps.targetFor(get().snapshot, 'follow');
  const ask = (clusterKey: string, since: number) =>
    view.ask(driver, { ...target, clusterKey }, [get()], { since, byMember: true });
  const later = () => deps.clock.now() + 1;
  await ask('identity:1', later());
  await ask('identity:1', later());
  await ask('identity:2', later());
  fails = true;
  await expect(ask('identity:1', later())).rejects.toThrow('no answer');
  await expect(ask('identity:1', later())).rejects.toThrow('no answer');
  expect(asked).toEqual(['new', 'old', 'new', 'old', 'new']);
});
