/** Where nothing may be run: host keys, refused keys, hosts out of reach, against a real sshd. */
import { execFileSync } from 'node:child_process';
import { createServer, type Server } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { AppError } from '#core/errors.ts';
import type { ClusterTarget } from '#core/ports/cluster-access.ts';
import type { Member } from '#test/support/member.ts';
import { asText, openSshTestbed, runScript, type SshTestbed } from '#test/support/ssh-testbed.ts';
import { freePort } from '#test/support/sshd.ts';
import { createTestSigner } from '#test/support/test-signer.ts';
import { forgetfulRefusedKeys } from './refused-keys.ts';

let bed: SshTestbed;
let alice: Member;
let bob: Member;

const host = { clusterKey: 'identity:1', hostName: '127.0.0.1' };

beforeAll(async () => {
  bed = await openSshTestbed({ logLevel: 'DEBUG2', hostKeyTypes: ['ed25519', 'ecdsa'] });
  alice = await bed.enrol({ label: 'alice' });
  bob = await bed.enrol({ label: 'bob' });
});
afterEach(() => bed.closeAccesses());
afterAll(() => bed.close());

describe('host keys', () => {
  test('promise 16: a changed host key is offered nothing, and both fingerprints are told', async () => {
    const access = bed.access();
    const other = createTestSigner();
    const before = alice.signer.signatures();
    const target = { ...alice.target, pins: [other.publicKey] };
    const logged = (await bed.sshd.log()).length;
    await expect(access.run(target, { argv: ['true'], timeoutMs: 5_000 })).rejects.toMatchObject({
      code: 'host_key_changed',
      status: 409,
      details: { pinned: [other.fingerprint], shown: [expect.stringMatching(/^SHA256:/)] },
    });
    expect(alice.signer.signatures()).toBe(before);
    expect(await bed.logSince(logged)).not.toContain('userauth-request');
  });

  test('promise 16: without a confirmed key nobody even connects', async () => {
    const access = bed.access();
    const logged = (await bed.sshd.log()).length;
    await expect(
      access.run({ ...alice.target, pins: [] }, { argv: ['true'], timeoutMs: 5_000 }),
    ).rejects.toMatchObject({ code: 'host_key_unconfirmed' });
    expect(await bed.logSince(logged)).toBe('');
  });

  test('the pin holds for the cluster, whatever name and address lead there; any pinned type will do', async () => {
    const access = bed.access({ resolve: async () => ['127.0.0.2', '127.0.0.1'] });
    const pins = bed.sshd.hostKeys.filter((key) => key.startsWith('ecdsa'));
    const target = { ...alice.target, hostName: 'login.cluster.example', pins };
    const result = await access.run(target, { argv: ['sh', '-c', 'echo $SSH_CONNECTION'], timeoutMs: 5_000 });
    expect(asText(result.stdout).trim()).toContain(` 127.0.0.1 ${bed.sshd.port}`);
  });

  test('a scan shows what the server has and offers nothing', async () => {
    const access = bed.access();
    const logged = (await bed.sshd.log()).length;
    const found = await access.scanHostKeys({ ...host, port: bed.sshd.port });
    expect(found.map((key) => key.publicKey).toSorted()).toEqual(bed.sshd.hostKeys.toSorted());
    expect(await bed.logSince(logged)).not.toContain('userauth-request');
    await expect(access.scanHostKeys({ ...host, port: await freePort() })).rejects.toMatchObject({
      code: 'host_unreachable',
    });
  });

  test('a target that has changed never meets its old channel', async () => {
    const access = bed.access();
    await runScript(access, alice, 'true');
    await expect(
      access.run({ ...alice.target, userName: bob.user.name }, { argv: ['true'], timeoutMs: 5_000 }),
    ).rejects.toMatchObject({ code: 'credential_refused' });
    expect(access.stats().open).toBe(0);
  });
});

describe('refusals', () => {
  test('promise 21: a refused key is offered twice and not again; another member is served meanwhile', async () => {
    const access = bed.access();
    const mallory = {
      ...alice,
      target: { ...alice.target, credentialKey: 'managed:999@1', signer: createTestSigner() },
    };
    for (let i = 0; i < 2; i += 1) {
      const [bad, good] = await Promise.allSettled([
        runScript(access, mallory, 'true'),
        runScript(access, bob, 'id -un'),
      ]);
      expect(bad).toMatchObject({
        reason: {
          code: 'credential_refused',
          message: expect.stringContaining(`${alice.user.name}'s authorized_keys`),
        },
      });
      expect(good).toMatchObject({ status: 'fulfilled' });
    }
    const logged = (await bed.sshd.log()).length;
    await expect(runScript(access, mallory, 'true')).rejects.toMatchObject({
      code: 'credential_blocked',
      status: 409,
    });
    expect(await bed.logSince(logged)).not.toContain('Connection from');
    expect((await runScript(access, alice, 'true')).exitCode).toBe(0);
    expect(access.stats().failures).toEqual({ credential_refused: 2 });
  });

  test('nor by the next process, nor for being let in elsewhere: only a check by hand, a change or an owner lifts it', async () => {
    const refusedKeys = forgetfulRefusedKeys();
    const late = await bed.enrol({ label: 'late' });
    await late.user.authorize([]);
    /** How often a key of theirs was offered, and what came of it. */
    const attempt = async (target: ClusterTarget) => {
      const access = bed.access({ refusedKeys });
      const logged = (await bed.sshd.log()).length;
      const code = await access.run(target, { argv: ['true'], timeoutMs: 10_000 }).then(
        () => 'let in',
        (error: AppError) => error.code,
      );
      await access.close();
      const offered = (await bed.logSince(logged)).match(
        new RegExp(`userauth-request for user ${late.user.name} .*method publickey`, 'g'),
      );
      return [code, offered ? 'offered' : 'not offered'];
    };
    const refused = ['credential_refused', 'offered'];
    const spared = ['credential_blocked', 'not offered'];
    for (const wanted of [refused, refused, spared, spared])
      expect(await attempt(late.target)).toEqual(wanted);
    // The same key stored anew is the same key; a check by hand tries it, and its failure changes nothing.
    expect(await attempt({ ...late.target, credentialKey: 'managed:5@2' })).toEqual(spared);
    const check = { of: late.target.credentialKey, byHand: true };
    const byHand = (n: number) => ({ ...late.target, credentialKey: `proof:${n}@1`, check });
    expect(await attempt(byHand(1))).toEqual(refused);
    expect(await attempt(late.target)).toEqual(spared);
    expect(await attempt({ ...byHand(2), check: { ...check, byHand: false } })).toEqual(spared);
    // Another key, another account: another try.
    expect(await attempt({ ...late.target, signer: createTestSigner() })).toEqual(refused);
    await late.user.authorize([late.signer.publicKey]);
    expect(await attempt(late.target)).toEqual(spared);
    expect(await attempt(byHand(3))).toEqual(['let in', 'offered']);
    expect(await attempt(late.target)).toEqual(['let in', 'offered']);

    await late.user.authorize([]);
    for (const wanted of [refused, refused, spared]) expect(await attempt(late.target)).toEqual(wanted);
    expect(await refusedKeys.forgetCluster('identity:0')).toBe(0);
    expect(await refusedKeys.forgetCluster(late.target.clusterKey)).toBe(1);
    expect(await attempt(late.target)).toEqual(refused);
  });

  test('a Linux user that does not exist, and a locked account, name both', async () => {
    const access = bed.access();
    await expect(
      access.run({ ...alice.target, userName: 'lknobody' }, { argv: ['true'], timeoutMs: 5_000 }),
    ).rejects.toMatchObject({
      code: 'credential_refused',
      message: expect.stringMatching(/lknobody.*the Linux user is right.*not locked/),
    });
    const locked = await bed.enrol({ label: 'locked' });
    execFileSync('usermod', ['-p', '!', locked.user.name]);
    await expect(runScript(access, locked, 'true')).rejects.toMatchObject({
      code: 'credential_refused',
      details: { userName: locked.user.name },
    });
  });

  test("a key that cannot be opened is the server's own error, not the cluster's", async () => {
    const access = bed.access();
    const broken = new AppError('sealed_value_broken', 500, 'The sealed key of credential 7 does not open.');
    const signer = { publicBlob: alice.signer.publicBlob, sign: () => Promise.reject(broken) };
    await expect(access.run({ ...alice.target, signer }, { argv: ['true'], timeoutMs: 5_000 })).rejects.toBe(
      broken,
    );
  });

  test.each(['rsa', 'ecdsa'] as const)('an %s key opens a channel', async (keyType) => {
    const member = await bed.enrol({ keyType });
    expect((await runScript(bed.access(), member, 'exit 9')).exitCode).toBe(9);
  });
});

describe('hosts that cannot be reached', () => {
  const servers: Server[] = [];
  const serve = async (onConnection: (write: (text: string) => void) => void): Promise<number> => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      onConnection((words) => socket.write(words));
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    return typeof address === 'object' && address ? address.port : 0;
  };
  afterAll(() => {
    for (const server of servers) server.close();
  });

  test('nobody listens: said with host and port, and not tried again at once', async () => {
    const access = bed.access();
    const target = { ...alice.target, port: await freePort() };
    const attempt = () => access.run(target, { argv: ['true'], timeoutMs: 5_000 });
    await expect(attempt()).rejects.toMatchObject({
      code: 'host_unreachable',
      message: expect.stringMatching(`127.0.0.1:${target.port} could not be reached: nothing accepts`),
    });
    const start = performance.now();
    await expect(attempt()).rejects.toMatchObject({
      code: 'host_unreachable',
      details: { retryAfterMs: expect.any(Number) },
    });
    expect(performance.now() - start).toBeLessThan(50);
  });

  test.each([
    ['says nothing', () => undefined],
    [
      'drips its banner',
      (write: (text: string) => void) => void setInterval(() => write('wait\r\n'), 100).unref(),
    ],
    [
      'talks without end',
      (write: (text: string) => void) =>
        void setInterval(() => write(`${'x'.repeat(60_000)}\r\n`), 20).unref(),
    ],
    [
      'is another kind of server',
      (write: (text: string) => void) => write('HTTP/1.1 400 Bad Request\r\n\r\n'),
    ],
  ])('promise 20: a server that %s has its limit', async (_, behaviour) => {
    const access = bed.access({ connectTimeoutMs: 1_000 });
    const target = { ...alice.target, port: await serve(behaviour) };
    const start = performance.now();
    await expect(access.run(target, { argv: ['true'], timeoutMs: 5_000 })).rejects.toMatchObject({
      code: 'host_unreachable',
    });
    expect(performance.now() - start).toBeLessThan(6_000);
  });

  test('promise 26: a special address is refused before anything connects', async () => {
    const access = bed.access({ allowedNetworks: [] });
    const logged = (await bed.sshd.log()).length;
    for (const hostName of ['localhost', '127.0.0.1', '::ffff:127.0.0.1']) {
      await expect(
        access.run({ ...alice.target, hostName }, { argv: ['true'], timeoutMs: 5_000 }),
      ).rejects.toMatchObject({ code: 'host_address_refused' });
      await expect(access.scanHostKeys({ ...host, hostName, port: bed.sshd.port })).rejects.toMatchObject({
        code: 'host_address_refused',
      });
    }
    expect(await bed.logSince(logged)).toBe('');
  });
});
