/** Runs started by hand that say nothing. */
import { expect, test } from 'vitest';
import { nowhere } from '#core/runs.ts';
import { aRun, fakeWorld } from '#test/support/launcher-world.ts';
import { createRunWriter } from './run-writer.ts';
import { createSilenceStep } from './silence.ts';

const minute = 60_000;

const handRun = () => {
  const world = fakeWorld();
  const run = aRun({ phase: 'report', status: 'RUNNING', snapshot: nowhere, createdAt: world.now() });
  world.put(run);
  const step = createSilenceStep(world.deps, createRunWriter(world.deps));
  return { world, look: () => step(world.get()) };
};

test('a run that has reported lately is left alone until it could be silent', async () => {
  const { world, look } = handRun();
  world.advance(3 * minute);
  world.hear();
  const heardAt = world.now();
  world.advance(3 * minute);
  await look();
  expect(world.get()).toMatchObject({ status: 'RUNNING', phase: 'report', dueAt: heardAt + 5 * minute });
});

test('after minutes of silence people are told since when; after days it is closed, and says why', async () => {
  const { world, look } = handRun();
  world.hear();
  const since = new Date(world.now()).toISOString();
  world.advance(5 * minute);
  await look();
  expect(world.get()).toMatchObject({
    status: 'UNKNOWN',
    phase: 'report',
    messages: [expect.stringContaining(since)],
  });
  expect(world.audits).toEqual([]);
  world.advance(72 * 60 * minute);
  await look();
  expect(world.get()).toMatchObject({
    status: 'FAILED',
    phase: 'done',
    errorMessage: expect.stringContaining(since),
  });
  expect(world.audits).toEqual(['workflow_completed']);
  expect(world.commands).toEqual([]);
  expect(world.tokensEnded).toEqual([world.get().id]);
});

test('one that never spoke is silent since it was registered', async () => {
  const { world, look } = handRun();
  world.advance(6 * minute);
  await look();
  expect(world.get().status).toBe('UNKNOWN');
});
