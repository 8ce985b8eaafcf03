/** Places are counted by steps: a member's many runs, followed in one, keep nobody's launch waiting. */
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
