/** What is counted of a cluster's use, against a real sshd. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { CommandKind } from '#core/ports/cluster-access.ts';
import { openSshTestbed, type SshTestbed } from '#test/support/ssh-testbed.ts';
import { createTestSigner } from '#test/support/test-signer.ts';
import type { OnUse } from './use.ts';

let bed: SshTestbed;

beforeAll(async () => {
  bed = await openSshTestbed({ logLevel: 'VERBOSE' });
});
afterEach(() => bed.closeAccesses());
afterAll(() => bed.close());

const counting = () => {
  const uses: [Parameters<OnUse>[0], string][] = [];
  const access = bed.access({ onUse: (whose, what) => void uses.push([whose, what]) });
  return { access, uses, kinds: () => uses.map(([, what]) => what) };
};

test('a login and what went over it are counted by kind and member, as sshd saw it', async () => {
  const { target: known } = await bed.enrol({ label: 'alice' });
  const target = { ...known, member: 5 };
  const { access, uses, kinds } = counting();
  const from = (await bed.sshd.log()).length;
  const run = (argv: string[], kind?: CommandKind) =>
    access.run(target, { argv, timeoutMs: 30_000, ...(kind && { kind }) });
  await run(['true'], 'status');
  await run(['false'], 'logs');
  await run(['true']);
  expect(kinds()).toEqual(['connection', 'status', 'logs', 'other']);
  expect(new Set(uses.map(([whose]) => JSON.stringify(whose)))).toEqual(
    new Set([JSON.stringify({ clusterKey: target.clusterKey, member: 5, reader: false })]),
  );
  expect((await bed.logSince(from)).match(/Accepted publickey/g)).toHaveLength(1);
});

test('a refused login is counted as what it is; what rests after two of them connects and counts no more', async () => {
  const { target: known } = await bed.enrol({ label: 'bob' });
  const target = { ...known, signer: createTestSigner() };
  const { access, kinds } = counting();
  const command = { argv: ['true'], timeoutMs: 30_000 };
  for (const code of ['credential_refused', 'credential_refused', 'credential_blocked'])
    await expect(access.run(target, command)).rejects.toMatchObject({ code });
  expect(kinds()).toEqual(['refusal', 'refusal']);
});

test('a host that shows another key is neither a connection nor a refusal', async () => {
  const { target } = await bed.enrol({ label: 'carol' });
  const { access, kinds } = counting();
  const pins = [createTestSigner().publicKey];
  await expect(access.run({ ...target, pins }, { argv: ['true'], timeoutMs: 30_000 })).rejects.toMatchObject({
    code: 'host_key_changed',
  });
  expect(kinds()).toEqual([]);
});
