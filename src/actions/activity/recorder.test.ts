/** Counting who uses which cluster: few writes, nothing twice, memory that ends. */
import { expect, test } from 'vitest';
import type { ActivityStore } from '#core/ports/activity.ts';
import { createUseRecorder } from './recorder.ts';

const hourMs = 3_600_000;

const world = (more: { most?: number; everyMs?: number } = {}) => {
  let now = 1_000 * hourMs;
  let broken = false;
  const written: Parameters<ActivityStore['add']>[0][] = [];
  const pruned: number[] = [];
  const warned: string[] = [];
  const recorder = createUseRecorder({
    store: {
      activity: {
        add: async (uses) => {
          if (broken) throw new Error('no database');
          written.push(uses.map((use) => ({ ...use })));
        },
        prune: async (hour) => void pruned.push(hour),
        of: async () => [],
      },
    },
    clock: { now: () => now },
    log: { warn: (_fields, message) => void warned.push(message) },
    ...more,
  });
  const later = (ms: number): void => {
    now += ms;
  };
  const fail = (does: boolean): void => {
    broken = does;
  };
  return { recorder, written, pruned, warned, later, fail };
};
const alice = { clusterKey: 'identity:7', member: 3, reader: false };

test('a thousand commands are one row; reader and shared keys are nobody, other hosts are not counted', async () => {
  const { recorder, written } = world();
  for (let index = 0; index < 1_000; index += 1) recorder.note(alice, 'status');
  recorder.note({ ...alice, reader: true }, 'status');
  recorder.note({ clusterKey: 'identity:7', reader: false }, 'refusal');
  recorder.note({ clusterKey: 'compute-env:4kG', reader: false }, 'status');
  await recorder.flush();
  await recorder.flush();
  const row = { identityId: 7, hour: 1_000 };
  expect(written).toEqual([
    [
      { ...row, userId: 0, bearer: 'reader', what: 'status', number: 1 },
      { ...row, userId: 0, bearer: 'shared', what: 'refusal', number: 1 },
      { ...row, userId: 3, bearer: 'member', what: 'status', number: 1_000 },
    ],
  ]);
});

test('what could not be written is written later, once; said once', async () => {
  const { recorder, written, warned, fail } = world();
  fail(true);
  recorder.note(alice, 'logs');
  await recorder.flush();
  recorder.note(alice, 'logs');
  await recorder.flush();
  expect([written, warned.length]).toEqual([[], 1]);
  fail(false);
  await recorder.stop();
  await recorder.stop();
  expect(written.map((rows) => rows.map(({ number }) => number))).toEqual([[2]]);
});

test('old hours go, at most once an hour', async () => {
  const { recorder, pruned, later } = world();
  await recorder.flush();
  await recorder.flush();
  later(hourMs);
  await recorder.flush();
  expect(pruned).toEqual([976, 977]);
});

test('more different counts than fit are left out, those that are known go on', async () => {
  const { recorder, written } = world({ most: 2 });
  for (const member of [1, 2, 3, 1]) recorder.note({ ...alice, member }, 'status');
  await recorder.flush();
  expect(written[0]?.map(({ userId, number }) => [userId, number])).toEqual([
    [1, 2],
    [2, 1],
  ]);
});

test('it writes by itself', async () => {
  const { recorder, written } = world({ everyMs: 5 });
  recorder.start();
  recorder.note(alice, 'status');
  await expect.poll(() => written.length, { timeout: 10_000 }).toBe(1);
  await recorder.stop();
});
