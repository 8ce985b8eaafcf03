/** Which keys are not offered any more, and what is said of them. */
import { expect, test } from 'vitest';
import { AppError } from '#core/errors.ts';
import type { ClusterTarget } from '#core/ports/cluster-access.ts';
import type { Channel } from './channel.ts';
import { createRefusedKeys, forgetfulRefusedKeys } from './refused-keys.ts';

const keyed = (letter: string) => ({
  publicBlob: Buffer.from(letter),
  sign: async () => new Uint8Array(),
});
const target: ClusterTarget = {
  clusterKey: 'identity:1',
  credentialKey: 'managed:1@1',
  hostName: 'hpc.example',
  port: 22,
  userName: 'alice',
  pins: [],
  signer: keyed('a'),
  member: 12,
};
const gate = { hostName: 'gate.example', port: 2222, userName: 'ali', pins: [], signer: keyed('g') };

const setUp = () => {
  const store = forgetfulRefusedKeys();
  const keys = createRefusedKeys(store, { now: () => 1 });
  const attempt = async (
    on: ClusterTarget,
    refusedBy?: Pick<ClusterTarget, 'hostName' | 'port' | 'userName'>,
  ) => {
    const where = refusedBy && { details: { ...refusedBy, host: refusedBy.hostName } };
    const opened = await keys
      .sparing(async () => {
        if (where) throw new AppError('credential_refused', 502, 'refused', where);
        return {} as Channel;
      })(
        on,
        new AbortController().signal,
        () => {},
        () => {},
      )
      .then(
        () => undefined,
        (error: AppError) => error,
      );
    return opened;
  };
  const log = async (...how: Parameters<typeof attempt>) => (await attempt(...how))?.code ?? 'open';
  const refuse = (on: ClusterTarget, by: typeof gate | ClusterTarget = on) => log(on, by);
  const state = (on: ClusterTarget) =>
    keys.admit(on).then(
      () => 'admitted',
      (error: AppError) => error.message,
    );
  return {
    store,
    refuse,
    refusal: (on: ClusterTarget) => attempt(on, on),
    open: (on: ClusterTarget) => log(on),
    state,
  };
};

test('a refusal tells how many it makes, and whether the key is offered again', async () => {
  const { refusal } = setUp();
  expect([await refusal(target), await refusal(target)]).toMatchObject([
    { code: 'credential_refused', message: 'refused', details: { refusals: 1, resting: false } },
    { code: 'credential_refused', message: 'refused', details: { refusals: 2, resting: true } },
  ]);
});

test('promise 21: the second refusal blocks that key there, for good, and no other', async () => {
  const { refuse, state } = setUp();
  await refuse(target);
  expect(await state(target)).toBe('admitted');
  await refuse(target);
  expect(await state(target)).toBe(
    "hpc.example has refused alice's key 2 times, so it is not offered again until it is changed or checked by hand. " +
      'Correct the account or replace the key, then check it: POST /identities/1/credentials/12/verify. ' +
      'If the site had an outage, an owner lets the keys of all members be offered again: POST /identities/1/resume.',
  );
  expect(await refuse(target)).toBe('credential_blocked');
  for (const changed of [
    { signer: keyed('b') },
    { userName: 'alice2' },
    { hostName: 'hpc2.example' },
    { port: 23 },
    { clusterKey: 'identity:2' },
    { through: [gate] },
  ])
    expect(await state({ ...target, ...changed })).toBe('admitted');
});

test('a success in between makes a fresh start', async () => {
  const { refuse, open, state } = setUp();
  await refuse(target);
  await open(target);
  await refuse(target);
  expect(await state(target)).toBe('admitted');
});

test('of a way over a jump host it is the refused key that counts, on every way that begins so', async () => {
  const { refuse, state, store } = setUp();
  const way = { ...target, through: [{ ...gate, credentialKey: 'managed:9@2' }] };
  for (const _ of [1, 2]) await refuse(way, gate);
  expect(await state(way)).toContain("gate.example:2222 has refused ali's key 2 times");
  expect(await state({ ...way, signer: keyed('b') })).toContain('gate.example');
  expect(await state({ ...way, through: [{ ...gate, signer: keyed('h') }] })).toBe('admitted');
  expect(await store.forgetCluster('identity:1')).toBe(1);
  expect(await state(way)).toBe('admitted');
});

test('a key that is not stored is tried by hand alone, and nothing is kept of it', async () => {
  const { refuse, state } = setUp();
  const candidate = { ...target, credentialKey: 'proof:1@1', check: { of: 'candidate@0', byHand: true } };
  for (const _ of [1, 2, 3]) expect(await refuse(candidate)).toBe('credential_refused');
  expect(await state(target)).toBe('admitted');
});

test('a check by hand offers a key that rests; where it is let in, so is everybody else', async () => {
  const { refuse, open, state } = setUp();
  for (const _ of [1, 2]) await refuse(target);
  const check = { of: target.credentialKey, byHand: false };
  expect(await open({ ...target, credentialKey: 'proof:1@1', check })).toBe('credential_blocked');
  const byHand = { ...target, credentialKey: 'proof:2@1', check: { ...check, byHand: true } };
  expect(await refuse(byHand)).toBe('credential_refused');
  expect(await open(target)).toBe('credential_blocked');
  expect(await open(byHand)).toBe('open');
  expect(await state(target)).toBe('admitted');
});

test.each([
  [{ clusterKey: 'compute-env:4k', credentialKey: 'workspace:7x@1' }, 'POST /credentials/7x/validate.'],
  [{ credentialKey: 'reader:1@1' }, 'POST /identities/1/status-reader/verify.'],
])('where it can be checked is said: %o', async (given, path) => {
  const { refuse, state } = setUp();
  const other = { ...target, ...given };
  for (const _ of [1, 2]) await refuse(other);
  expect(await state(other)).toContain(path);
});
