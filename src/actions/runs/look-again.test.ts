import { expect, test } from 'vitest';
import type { Run } from '#core/runs.ts';
import { aRun } from '#test/support/launcher-world.ts';
import { createLookAgain } from './look-again.ts';

const asked = async (patch: Partial<Run>): Promise<unknown[]> => {
  const seen: unknown[] = [];
  const look = createLookAgain({
    store: { runs: { update: async (...update) => void seen.push(update) } },
    clock: { now: () => 100_000 },
    wake: () => void seen.push('woken'),
  });
  const quiet = { phase: 'follow', status: 'RUNNING', updatedAt: 80_000, dueAt: 128_000 } as const;
  await look(aRun({ ...quiet, ...patch }));
  return seen;
};

test('a quiet run is looked at because somebody does', async () => {
  expect(await asked({})).toEqual([['Run000000001', { dueAt: 100_000 }, 100_000], 'woken']);
});

test.each([
  ['seen just now', { updatedAt: 97_000 }],
  ['about to be seen', { dueAt: 101_500 }],
  ['waiting in the queue', { status: 'SUBMITTED' }],
  ['left alone after a failure', { failures: 1 }],
  ['being stopped', { phase: 'cancel' }],
  ['over', { phase: 'done', status: 'SUCCEEDED' }],
] as const)('not one that is %s', async (_, patch) => {
  expect(await asked(patch)).toEqual([]);
});
