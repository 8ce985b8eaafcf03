import { expect, test } from 'vitest';
import { AppError } from '#core/errors.ts';
import { createTestSigner } from '#test/support/test-signer.ts';
import type { Channel } from './channel.ts';
import { patiently } from './patience.ts';

const signer = createTestSigner();
const target = {
  clusterKey: 'identity:1',
  credentialKey: 'managed:1@1',
  hostName: 'hpc.example',
  port: 22,
  userName: 'alice',
  pins: [],
  signer,
};
const dropped = () => new AppError('host_unreachable', 502, 'closed early', { details: { dropped: true } });

/** @param answers what each try meets; when they are used up it is let in */
const world = (answers: unknown[]) => {
  let now = 0;
  let tried = 0;
  const waits: number[] = [];
  const open = patiently(
    async () => {
      tried += 1;
      const answer = answers.shift();
      if (answer) throw answer;
      return {} as Channel;
    },
    { now: () => now },
    { wait: async (ms: number) => void waits.push(ms), random: () => 1 },
  );
  return {
    open: () =>
      open(
        target,
        new AbortController().signal,
        () => undefined,
        () => undefined,
      ),
    waits,
    tried: () => tried,
    later: (ms: number) => (now += ms),
  };
};

test('a busy host is asked again, with longer waits', async () => {
  const here = world([dropped(), dropped(), dropped()]);
  await here.open();
  expect([here.tried(), here.waits]).toEqual([4, [400, 800, 1600]]);
});

test('one that drops everything is asked once a try from then on, for ten minutes', async () => {
  const here = world(Array.from({ length: 20 }, dropped));
  await expect(here.open()).rejects.toThrow('closed early');
  expect(here.tried()).toBe(5);
  for (let i = 0; i < 3; i += 1) await expect(here.open()).rejects.toThrow('closed early');
  expect(here.tried()).toBe(8);
  here.later(10 * 60_000 + 1);
  await expect(here.open()).rejects.toThrow('closed early');
  expect(here.tried()).toBe(13);
});

test('a refusal, and a host out of reach, are not asked again', async () => {
  for (const code of ['credential_refused', 'host_unreachable'] as const) {
    const here = world([new AppError(code, 502, 'no')]);
    await expect(here.open()).rejects.toThrow('no');
    expect(here.tried()).toBe(1);
  }
});

test('whoever calls it off does not wait', async () => {
  const open = patiently(
    async () => {
      throw dropped();
    },
    { now: () => 0 },
  );
  const caller = new AbortController();
  const outcome = open(
    target,
    caller.signal,
    () => undefined,
    () => undefined,
  );
  caller.abort(new Error('called off'));
  await expect(outcome).rejects.toThrow('called off');
});
