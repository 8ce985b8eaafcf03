/** Jump hosts, verified and logged in to like targets (promise 17), against several real sshds. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { ClusterTarget, LoginHost } from '#core/ports/cluster-access.ts';
import type { Member } from '#test/support/member.ts';
import { asText, openSshTestbed, type SshTestbed } from '#test/support/ssh-testbed.ts';
import { type Sshd, startSshd } from '#test/support/sshd.ts';
import { createTestSigner } from '#test/support/test-signer.ts';

let bed: SshTestbed;
let outer: Sshd;
let inner: Sshd;
let alice: Member;
let bob: Member;

beforeAll(async () => {
  bed = await openSshTestbed({ logLevel: 'VERBOSE' });
  [outer, inner] = await Promise.all([startSshd(), startSshd()]);
  alice = await bed.enrol({ label: 'alice' });
  bob = await bed.enrol({ label: 'bob' });
});
afterEach(() => bed.closeAccesses());
afterAll(async () => {
  await bed.close();
  await outer.stop();
  await inner.stop();
});

const hop = (sshd: Sshd, { target }: Member = alice): LoginHost => ({
  hostName: sshd.host,
  port: sshd.port,
  userName: target.userName,
  pins: sshd.hostKeys,
  signer: target.signer,
});
const over = (through: LoginHost[], more: Partial<ClusterTarget> = {}): ClusterTarget => ({
  ...alice.target,
  through,
  ...more,
});
const script = (target: ClusterTarget, text = 'id -un') =>
  bed.access().run(target, { argv: ['sh', '-c', text], timeoutMs: 20_000 });
const acceptedBy = async (sshd: Sshd, from = 0): Promise<string[]> =>
  [...(await sshd.log()).slice(from).matchAll(/Accepted publickey for (\S+) .*(SHA256:\S+)/g)].map(
    ([, user = '', print = '']) => `${user} ${print}`,
  );

describe('jump hosts', () => {
  test('one: the same key opens both, and both see who it is', async () => {
    const from = (await outer.log()).length;
    const result = await script(over([hop(outer)]));
    expect(asText(result.stdout).trim()).toBe(alice.user.name);
    expect(await acceptedBy(outer, from)).toEqual([`${alice.user.name} ${alice.signer.fingerprint}`]);
  });

  test('two in a row, the second under another account with a key of its own: each host is offered its key alone', async () => {
    const from = await Promise.all([outer, inner].map(async (sshd) => (await sshd.log()).length));
    const result = await script(over([hop(outer), hop(inner, bob)]));
    expect(asText(result.stdout).trim()).toBe(alice.user.name);
    expect(await acceptedBy(outer, from[0])).toEqual([`${alice.user.name} ${alice.signer.fingerprint}`]);
    expect(await acceptedBy(inner, from[1])).toEqual([`${bob.user.name} ${bob.signer.fingerprint}`]);
    expect((await inner.log()).slice(from[1])).not.toContain(alice.signer.fingerprint);
  });

  test('promise 17: a jump host that shows another key is offered nothing, and named', async () => {
    const other = createTestSigner();
    const from = (await outer.log()).length;
    const way = [{ ...hop(outer), pins: [other.publicKey] }];
    await expect(script(over(way))).rejects.toMatchObject({
      code: 'host_key_changed',
      details: { port: outer.port, pinned: [other.fingerprint] },
    });
    expect((await outer.log()).slice(from)).not.toMatch(/publickey/);
  });

  test('a target that shows another key behind a jump host is offered nothing', async () => {
    const other = createTestSigner();
    const from = (await bed.sshd.log()).length;
    await expect(script(over([hop(outer)], { pins: [other.publicKey] }))).rejects.toMatchObject({
      code: 'host_key_changed',
      details: { port: bed.sshd.port },
    });
    expect(await bed.logSince(from)).not.toMatch(/publickey/);
  });

  test('without a pin for a jump host nothing is dialled', async () => {
    await expect(script(over([{ ...hop(outer), pins: [] }]))).rejects.toMatchObject({
      code: 'host_key_unconfirmed',
      details: { port: outer.port },
    });
  });

  test('who refused the key is told: the jump host or the target', async () => {
    const stranger = createTestSigner();
    const atJump = script(over([{ ...hop(outer), signer: stranger }]));
    await expect(atJump).rejects.toMatchObject({ code: 'credential_refused', details: { port: outer.port } });
    const atTarget = script(over([hop(outer)], { signer: stranger, credentialKey: 'managed:99@1' }));
    await expect(atTarget).rejects.toMatchObject({
      code: 'credential_refused',
      details: { port: bed.sshd.port },
    });
  });

  test('a jump host that is down, and a target that it cannot reach', async () => {
    const closed = await startSshd();
    await closed.stop();
    await expect(script(over([hop(closed)]))).rejects.toMatchObject({
      code: 'host_unreachable',
      details: { port: closed.port },
    });
    await expect(script(over([hop(outer)], { port: closed.port }))).rejects.toMatchObject({
      code: 'host_unreachable',
      message: expect.stringContaining('the jump host before it could not open the way'),
    });
  });

  test('a name that only the jump host may know is looked up there', async () => {
    // Longer than a label may be: no name server is asked, which may take its time.
    const hostName = `${'x'.repeat(64)}.example`;
    await expect(script(over([hop(outer)], { hostName }))).rejects.toMatchObject({
      code: 'host_unreachable',
      message: expect.stringMatching(/check that its name is known there/),
      details: { host: hostName },
    });
  });

  test('promise 26: addresses behind a jump host are checked too', async () => {
    // Where the jump host is said to be, anything may be dialled.
    const access = bed.access({
      allowedNetworks: [],
      resolve: async () => ['10.255.255.1'],
      connectTimeoutMs: 500,
    });
    for (const hostName of ['127.0.0.1', '169.254.169.254', '::1', 'localhost', 'a.localhost'])
      await expect(
        access.run(over([{ ...hop(outer), hostName: 'jump.example.org' }], { hostName }), {
          argv: ['true'],
          timeoutMs: 1_000,
        }),
        hostName,
      ).rejects.toMatchObject({ code: 'host_address_refused' });
  });

  test('promise 13: with the key of a jump host goes the channel over it, and what runs there', async () => {
    const access = bed.access();
    const way = over([{ ...hop(outer, bob), credentialKey: 'managed:77@3' }]);
    const sleeping = access.run(way, { argv: ['sleep', '60'], timeoutMs: 90_000 });
    const ended = expect(sleeping).rejects.toMatchObject({ code: 'channel_lost' });
    await access.run(way, { argv: ['true'], timeoutMs: 20_000 });
    await access.run(bob.target, { argv: ['true'], timeoutMs: 20_000 });
    expect(access.closeChannels({ credential: 'managed:7' })).toBe(0);
    const closedAt = Date.now();
    expect(access.closeChannels({ credential: 'managed:77' })).toBe(1);
    await ended;
    await expect
      .poll(() => outer.log(), { timeout: 5_000 })
      .toMatch(/(Disconnected from|Connection closed by) user/);
    expect(Date.now() - closedAt).toBeLessThan(5_000);
    expect(access.stats().open).toBe(1);
  });

  test('another way is another channel', async () => {
    const access = bed.access();
    const run = (target: ClusterTarget) => access.run(target, { argv: ['true'], timeoutMs: 20_000 });
    await run(over([hop(outer)]));
    await run(over([hop(outer)]));
    await run(over([hop(inner)]));
    expect(access.stats().opened).toBe(2);
  });
});
