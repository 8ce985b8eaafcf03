/** Places are counted by steps: a member's many runs, followed in one, keep nobody's launch waiting. Leases go back together. */
import { expect, test } from 'vitest';
import type { Run } from '#core/runs.ts';
import { aRun, fakeWorld } from '#test/support/launcher-world.ts';
import { createLauncher } from './loop.ts';

test('a launch goes out although more runs than there are places wait for a cluster that does not answer', async () => {
  const world = fakeWorld();
  const followed = Array.from({ length: 5 }, (_, n) =>
    aRun({ id: `Follow00000${n}`, phase: 'follow', headJobId: '7', headDir: `/w/${n}`, status: 'RUNNING' }),
  );
  const launched = aRun({
    snapshot: { ...aRun().snapshot, linuxUser: 'bob' },
  });
  let due: Run[] = [...followed, launched];
  for (const run of due) world.put(run);
  const asked: number[] = [];
  const { clusters, store } = world.deps;
  const launcher = createLauncher(
    {
      ...world.deps,
      clusters: {
        ...clusters,
        run: (target, command) =>
          command.kind === 'submit' ? clusters.run(target, command) : new Promise(() => undefined),
      },
      store: {
        ...store,
        runs: {
          ...store.runs,
          leaseDue: async ({ limit }) => {
            asked.push(limit);
            const leased = due.slice(0, limit);
            due = due.slice(limit);
            return leased;
          },
          release: async () => undefined,
          releaseAll: async () => undefined,
        },
      },
    },
    { owner: 'test', limit: 3, tickMs: 3_600_000 },
  );
  await launcher.start();
  await expect.poll(() => world.get(launched.id).headJobId).toBe('11');
  expect(asked.slice(0, 3)).toEqual([3, 2, 1]);
  await launcher.stop(0);
});

test('what was worked on is given back before the next look, in one statement, and the rest at the end', async () => {
  const world = fakeWorld();
  const runs = ['Run00000000a', 'Run00000000b', 'Run00000000c'].map((id) => aRun({ id }));
  for (const run of runs) world.put(run);
  let due: Run[] = [];
  const calls: string[] = [];
  const launcher = createLauncher(
    {
      ...world.deps,
      store: {
        ...world.deps.store,
        runs: {
          ...world.deps.store.runs,
          leaseDue: async () => {
            calls.push('lease');
            return due.splice(0);
          },
          release: async (_owner, ids) => void calls.push(`release ${ids.map((id) => id.at(-1)).join('')}`),
          releaseAll: async () => undefined,
        },
      },
    },
    { owner: 'test', tickMs: 3_600_000 },
  );
  const submitted = (...of: Run[]) =>
    expect.poll(() => of.map(({ id }) => world.get(id).headJobId)).toEqual(of.map(() => '11'));
  const [first, second, third] = runs as [Run, Run, Run];
  due = [first, second];
  await launcher.start();
  await submitted(first, second);
  due = [third];
  launcher.wake();
  await submitted(third);
  await launcher.stop();
  expect(calls).toEqual(['lease', 'release ab', 'lease', 'release c']);
});
