/** What a look costs: most show nothing new, and those of a member are one write. */
import { expect, test } from 'vitest';
import { steps } from '#test/support/launcher-steps.ts';
import { aJob, aRun, fakeWorld } from '#test/support/launcher-world.ts';

test('a look that shows nothing new is one write for all, of their next time alone', async () => {
  const names = ['Run000000001', 'Run000000002', 'Run000000003'];
  const jobs = names.map((id, n) => aJob({ jobId: String(11 + n), jobName: `nf-${id}` }));
  const world = fakeWorld({ queue: () => jobs });
  const runs = names.map((id, n) =>
    aRun({
      phase: 'follow',
      headDir: '/w/a',
      id,
      headJobId: String(11 + n),
      status: 'RUNNING',
      jobState: n === 2 ? 'PENDING' : 'RUNNING',
      startedAt: world.now(),
      messages: n === 1 ? ['no longer so'] : [],
    }),
  );
  for (const run of runs) world.put(run);
  const { updateAllFenced } = world.deps.store.runs;
  const written: [string[], string[]][] = [];
  world.deps.store.runs.updateAllFenced = async (all, patch, now) => {
    written.push([all.map(({ id }) => id), Object.keys(patch)]);
    return updateAllFenced(all, patch, now);
  };
  await steps(world).follow(runs);
  expect(written).toEqual([
    [[names[0]], ['dueAt']],
    [[names[1]], ['messages', 'dueAt']],
    [[names[2]], ['jobState', 'dueAt']],
  ]);
  written.length = 0;
  world.advance(2_000);
  await steps(world).follow(names.map((id) => world.get(id)));
  expect(written).toEqual([[names, ['dueAt']]]);
  expect([...world.readings.values()].map(({ statusAt }) => statusAt)).toEqual(names.map(() => world.now()));
});
