/** Datasets go before the submission, piece by piece; what is not in its place is not submitted with. */
import { expect, test } from 'vitest';
import { pieceBytes } from '#core/datasets.ts';
import { steps } from '#test/support/launcher-steps.ts';
import { aRun, clusterError, fakeWorld } from '#test/support/launcher-world.ts';

const { snapshot } = aRun();
const dataset = {
  ...{
    datasetId: 'D',
    version: 1,
    upload: 'u',
    sha256: 's',
    url: 'https://l.org/n/a.csv',
    path: 'datasets/a.csv',
  },
  size: pieceBytes * 2 + 1,
};
const run = aRun({ snapshot: { ...snapshot, datasets: [dataset] } });
const begin = (given: Parameters<typeof fakeWorld>[0]) => {
  const world = fakeWorld(given);
  world.put(run);
  return world;
};

test('all pieces, then the submission; fewer where the file is there already', async () => {
  let sent = 0;
  const world = begin({ placed: () => ({ kind: (sent += 1) === 3 ? 'placed' : 'more' }) });
  await steps(world).submit(world.get());
  expect(world.commands).toEqual([
    ['dataset', 'datasets/a.csv', '0/2'],
    ['dataset', 'datasets/a.csv', '1/2'],
    ['dataset', 'datasets/a.csv', '2/2'],
    ['submit'],
  ]);
  const again = begin({ placed: () => ({ kind: 'placed' }) });
  await steps(again).submit(again.get());
  expect(again.commands.map(([name]) => name)).toEqual(['dataset', 'submit']);
});

test('what refuses for good ends the run; one that was deleted meanwhile too', async () => {
  const refused = begin({ placed: () => ({ kind: 'refused', reason: 'No space left' }) });
  await steps(refused).submit(refused.get());
  expect(refused.get()).toMatchObject({ status: 'FAILED', errorMessage: 'No space left' });
  const deleted = begin({ piece: () => undefined });
  await steps(deleted).submit(deleted.get());
  expect(deleted.get()).toMatchObject({
    status: 'FAILED',
    errorMessage: 'A dataset of this run was deleted before it could be submitted: https://l.org/n/a.csv',
  });
  expect([...refused.commands, ...deleted.commands].flat()).not.toContain('submit');
});

test('where files lie is kept with the first piece: the clean-up policy finds them, whatever becomes of the run', async () => {
  const left = { headDir: '/w/alice/s', workDir: '/w' };
  let sent = 0;
  const refused = begin({
    placed: () => ({
      ...((sent += 1) === 1
        ? { kind: 'more' as const }
        : { kind: 'refused' as const, reason: 'No space left' }),
      left,
    }),
  });
  await steps(refused).submit(refused.get());
  expect(refused.get()).toMatchObject({ status: 'FAILED', ...left });
  const away = begin({ placed: () => ({ kind: 'unknown', reason: 'half', left }) });
  await steps(away).submit(away.get());
  expect(away.get()).toMatchObject({ phase: 'submit', ...left });
  away.put({ ...away.get(), cancelRequestedAt: 1 });
  await steps(away).submit(away.get());
  expect(away.get()).toMatchObject({ status: 'CANCELLED', ...left });
});

test('an outage is waited for, and nobody takes it for a submission', async () => {
  for (const placed of [
    () => ({ kind: 'unknown', reason: 'half' }) as const,
    () => {
      throw clusterError('channel_lost');
    },
  ]) {
    const world = begin({ placed });
    await steps(world).submit(world.get());
    expect(world.get()).toMatchObject({ phase: 'submit', jobState: null, failures: 1 });
    expect(world.commands.map(([name]) => name)).toEqual(['dataset']);
  }
});
