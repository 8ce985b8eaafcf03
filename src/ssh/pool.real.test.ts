/** Channels in company: sharing, closing, dying, refusing, each against a real sshd. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { AppError } from '#core/errors.ts';
import { createMember, type Member } from '#test/support/member.ts';
import { freePort, type Sshd, startSshd } from '#test/support/sshd.ts';
import { createTestSigner } from '#test/support/test-signer.ts';
import { type ClusterAccessOptions, createClusterAccess } from './cluster-access.ts';
import type { SshEvent } from './pool.ts';

type Access = ReturnType<typeof createClusterAccess>;

const dir = mkdtempSync(join(tmpdir(), 'latchkey-pool-'));
const members: Member[] = [];
let sshd: Sshd;
let alice: Member;
let bob: Member;
const opened: Access[] = [];

const newAccess = (options: Partial<ClusterAccessOptions> = {}): Access => {
  const access = createClusterAccess({
    runtimeDir: join(dir, `run${opened.length}`),
    allowedNetworks: ['127.0.0.0/8'],
    ...options,
  });
  opened.push(access);
  return access;
};
const run = (access: Access, member: Member, script: string, timeoutMs = 10_000, more: object = {}) =>
  access.run(member.target, { argv: ['sh', '-c', script], timeoutMs, ...more });
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString().trim();
const enrol = async (label: string): Promise<Member> => {
  const member = await createMember(sshd, { label });
  members.push(member);
  return member;
};

/** Our own child processes that are `ssh`. */
const sshProcesses = (): number[] =>
  readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8')
    .trim()
    .split(' ')
    .filter((pid) => pid && readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'ssh')
    .map(Number);
const running = async (member: Member, word: string): Promise<number[]> =>
  (await member.user.processes()).filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(word);
    } catch {
      return false;
    }
  });
const until = async (holds: () => Promise<boolean> | boolean, limitMs: number): Promise<number> => {
  const start = performance.now();
  while (!(await holds())) {
    if (performance.now() - start > limitMs) throw new Error(`not so within ${limitMs} ms`);
    await sleep(20);
  }
  return performance.now() - start;
};

beforeAll(async () => {
  sshd = await startSshd({ logLevel: 'DEBUG2', hostKeyTypes: ['ed25519', 'ecdsa'] });
  alice = await enrol('alice');
  bob = await enrol('bob');
});
afterEach(async () => {
  await Promise.all(opened.map((access) => access.close()));
});
afterAll(async () => {
  for (const { user } of members) await user.remove();
  await sshd.stop();
  rmSync(dir, { recursive: true, force: true });
});

describe('one channel', () => {
  test('promise 18: exactly one key is offered and nothing is forwarded, shared by all first users', async () => {
    const access = newAccess();
    const before = (await sshd.log()).length;
    const results = await Promise.all(
      Array.from({ length: 10 }, () =>
        run(access, alice, 'id -un; env | grep -c "^SSH_AUTH_SOCK\\|^DISPLAY"'),
      ),
    );
    for (const result of results) expect(text(result.stdout)).toBe(`${alice.user.name}\n0`);
    expect(access.stats()).toMatchObject({ open: 1, opened: 1, commands: 10, failures: {} });
    const log = (await sshd.log()).slice(before);
    expect(log.match(/userauth-request for user \S+ service ssh-connection method publickey/g)).toHaveLength(
      2,
    );
    expect(new Set(log.match(/SHA256:[A-Za-z0-9+/]{43}/g))).toEqual(new Set([alice.signer.fingerprint]));
    expect(log).not.toMatch(/x11-req|auth-agent-req|tcpip-forward|method (password|keyboard-interactive)/);
  });

  test('nothing of it is on disk once it is open, nor in arguments or environment', async () => {
    const runtimeDir = join(dir, 'private');
    const access = newAccess({ runtimeDir });
    await run(access, alice, 'true');
    expect(statSync(runtimeDir).mode & 0o777).toBe(0o700);
    await until(() => readdirSync(runtimeDir).length === 0, 2_000);
    const [pid] = sshProcesses();
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    expect(words.slice(0, 2).concat(words.slice(3))).toEqual(
      [
        'ssh',
        '-T',
        join(runtimeDir, words[3]?.split('/').slice(-2).join('/') ?? ''),
        'target',
        'exec /bin/sh',
        '',
      ].toSpliced(2, 0),
    );
    expect(readFileSync(`/proc/${pid}/environ`, 'utf8')).toBe(
      'PATH=/usr/local/bin:/usr/bin:/bin\0SHELL=/bin/sh\0',
    );
  });

  test('closes when idle, and opens again', async () => {
    const events: SshEvent[] = [];
    const access = newAccess({ idleCloseMs: 150, onEvent: (event) => events.push(event) });
    await run(access, alice, 'sleep 0.4');
    expect(access.stats().open).toBe(1);
    await until(() => access.stats().open === 0, 3_000);
    await until(async () => (await alice.user.processes()).length === 0, 3_000);
    await run(access, alice, 'true');
    expect(events.map((event) => event.type)).toEqual(['opened', 'closed', 'opened']);
    expect(access.stats()).toMatchObject({ opened: 2, replaced: 0 });
  });

  test('close leaves no process and no file', async () => {
    const access = newAccess({ runtimeDir: join(dir, 'closing') });
    const lost = expect(run(access, alice, 'sleep 34', 30_000)).rejects.toMatchObject({
      code: 'channel_lost',
    });
    await run(access, bob, 'true');
    await until(async () => (await running(alice, 'sleep\x0034')).length > 0, 5_000);
    await access.close();
    await lost;
    expect(sshProcesses()).toEqual([]);
    expect(readdirSync(join(dir, 'closing'))).toEqual([]);
    await expect(run(access, alice, 'true')).rejects.toMatchObject({ code: 'unavailable' });
  });

  test('what a killed server left behind is taken away', () => {
    const runtimeDir = join(dir, 'stale');
    const gone = execFileSync('sh', ['-c', 'echo $$'], { encoding: 'utf8' }).trim();
    mkdirSync(join(runtimeDir, `ch-${gone}-abcdef`), { recursive: true });
    mkdirSync(join(runtimeDir, `ch-${process.pid}-abcdef`));
    newAccess({ runtimeDir });
    expect(readdirSync(runtimeDir)).toEqual([`ch-${process.pid}-abcdef`]);
  });
});

describe('closing and dying', () => {
  test('promise 13: channels of a credential close within 5 s, others live', async () => {
    const access = newAccess();
    const lost = expect(run(access, alice, 'sleep 31', 60_000)).rejects.toMatchObject({
      code: 'channel_lost',
    });
    await run(access, bob, 'true');
    await until(async () => (await running(alice, 'sleep\x0031')).length > 0, 5_000);
    expect(access.closeChannels({ credential: alice.target.credentialKey.replace(/@.*/, '') })).toBe(1);
    await lost;
    await until(async () => (await alice.user.processes()).length === 0, 5_000);
    expect(access.stats()).toMatchObject({ open: 1, replaced: 0 });
    expect(access.closeChannels({ clusterKey: 'identity:0' })).toBe(0);
    expect(access.closeChannels({ clusterKey: bob.target.clusterKey })).toBe(1);
  });

  test('promise 13: a channel that is still opening is closed as well, and its command does not run', async () => {
    const access = newAccess();
    const mark = join(alice.user.home, 'ran');
    const attempt = expect(run(access, alice, `touch ${mark}`)).rejects.toMatchObject({
      code: 'session_ended',
      message: expect.stringContaining('nothing was run'),
    });
    await sleep(60);
    expect(access.closeChannels({})).toBe(1);
    await attempt;
    expect(existsSync(mark)).toBe(false);
  });

  test('kill -9 of ssh: the command is ended, one that may go on does, and the next one gets a new channel', async () => {
    const access = newAccess();
    const mark = join(alice.user.home, 'finished');
    const doomed = expect(
      run(access, alice, "trap '' TERM; sleep 32; sleep 32", 60_000),
    ).rejects.toMatchObject({ code: 'channel_lost' });
    const kept = expect(
      run(
        access,
        alice,
        `for i in 1 2 3 4 5 6 7 8 9 10; do echo line $i; sleep 0.3; done; echo done >${mark}`,
        60_000,
        { surviveDisconnect: true },
      ),
    ).rejects.toMatchObject({ code: 'channel_lost' });
    await until(async () => (await running(alice, 'sleep\x0032')).length > 0, 5_000);
    process.kill(sshProcesses()[0] ?? 0, 'SIGKILL');
    await Promise.all([doomed, kept]);
    expect(text((await run(access, alice, 'echo new')).stdout)).toBe('new');
    expect(access.stats().opened).toBe(2);
    await until(async () => (await running(alice, 'sleep\x0032')).length === 0, 5_000);
    await until(() => existsSync(mark), 8_000);
    await access.close();
    await until(async () => (await alice.user.processes()).length === 0, 3_000);
  });

  test('a command whose stdin was cut off does not act on half of it', async () => {
    const access = newAccess();
    const mark = join(alice.user.home, 'half');
    const script = `sleep 1; size=$(cat | wc -c); echo $size >${mark}`;
    const lost = expect(
      run(access, alice, script, 60_000, { stdin: Buffer.alloc(3_000_000), surviveDisconnect: true }),
    ).rejects.toMatchObject({ code: 'channel_lost' });
    await until(async () => (await running(alice, 'half')).length > 0, 5_000);
    process.kill(sshProcesses()[0] ?? 0, 'SIGKILL');
    await lost;
    await until(async () => (await alice.user.processes()).length === 0, 3_000);
    expect(existsSync(mark)).toBe(false);
  });

  test('a channel that a site has closed is replaced in silence', async () => {
    const access = newAccess();
    await run(access, alice, 'true');
    process.kill(sshProcesses()[0] ?? 0, 'SIGKILL');
    await until(() => access.stats().open === 0, 2_000);
    expect((await run(access, alice, 'exit 3')).exitCode).toBe(3);
  });

  test('a channel that died unnoticed is asked before it is trusted, replaced and counted', async () => {
    const access = newAccess({ limits: { quietMs: 50, pingMs: 300 } });
    await run(access, alice, 'true');
    const helpers = await running(alice, 'latchkey-channel');
    for (const pid of helpers) process.kill(pid, 'SIGSTOP');
    await sleep(100);
    expect((await run(access, alice, 'exit 4')).exitCode).toBe(4);
    expect(access.stats()).toMatchObject({ replaced: 1, opened: 2 });
    for (const pid of helpers) process.kill(pid, 'SIGKILL');
  });

  test('a helper that does not answer within its time is given up', async () => {
    const access = newAccess({ limits: { graceMs: 300 } });
    await run(access, alice, 'true');
    const slow = expect(run(access, alice, 'sleep 33', 2_000)).rejects.toMatchObject({
      code: 'channel_lost',
      message: expect.stringContaining('does not answer'),
    });
    await until(async () => (await running(alice, 'sleep\x0033')).length > 0, 5_000);
    for (const pid of await alice.user.processes()) process.kill(pid, 'SIGSTOP');
    await slow;
    for (const pid of await alice.user.processes()) process.kill(pid, 'SIGKILL');
    expect((await run(access, alice, 'exit 5')).exitCode).toBe(5);
  });

  test('the longest unused channel gives way at the limit', async () => {
    const access = newAccess({ limits: { channels: 1 } });
    await run(access, alice, 'true');
    await run(access, bob, 'true');
    await until(() => access.stats().open === 1, 3_000);
    const busy = run(access, bob, 'sleep 0.5');
    await expect(run(access, alice, 'true')).rejects.toMatchObject({ code: 'unavailable' });
    await busy;
  });
});

describe('host keys', () => {
  test('promise 16: a changed host key is offered nothing, and both fingerprints are told', async () => {
    const access = newAccess();
    const other = createTestSigner();
    const before = alice.signer.signatures();
    const target = { ...alice.target, pins: [other.publicKey] };
    const logged = (await sshd.log()).length;
    await expect(access.run(target, { argv: ['true'], timeoutMs: 5_000 })).rejects.toMatchObject({
      code: 'host_key_changed',
      status: 409,
      details: { pinned: [other.fingerprint], shown: [expect.stringMatching(/^SHA256:/)] },
    });
    expect(alice.signer.signatures()).toBe(before);
    expect((await sshd.log()).slice(logged)).not.toContain('userauth-request');
  });

  test('promise 16: without a confirmed key nobody even connects', async () => {
    const access = newAccess();
    const logged = (await sshd.log()).length;
    await expect(
      access.run({ ...alice.target, pins: [] }, { argv: ['true'], timeoutMs: 5_000 }),
    ).rejects.toMatchObject({ code: 'host_key_unconfirmed' });
    expect((await sshd.log()).slice(logged)).toBe('');
  });

  test('the pin holds for the cluster, whatever name and address lead there; any pinned type will do', async () => {
    const access = newAccess({ resolve: async () => ['127.0.0.2', '127.0.0.1'] });
    const pins = sshd.hostKeys.filter((key) => key.startsWith('ecdsa'));
    const target = { ...alice.target, hostName: 'login.cluster.example', pins };
    const result = await access.run(target, { argv: ['sh', '-c', 'echo $SSH_CONNECTION'], timeoutMs: 5_000 });
    expect(text(result.stdout)).toContain(` 127.0.0.1 ${sshd.port}`);
  });

  test('a scan shows what the server has and offers nothing', async () => {
    const access = newAccess();
    const logged = (await sshd.log()).length;
    const found = await access.scanHostKeys('127.0.0.1', sshd.port);
    expect(found.map((key) => key.publicKey).toSorted()).toEqual(sshd.hostKeys.toSorted());
    expect((await sshd.log()).slice(logged)).not.toContain('userauth-request');
    await expect(access.scanHostKeys('127.0.0.1', await freePort())).rejects.toMatchObject({
      code: 'host_unreachable',
    });
  });

  test('a target that has changed never meets its old channel', async () => {
    const access = newAccess();
    await run(access, alice, 'true');
    await expect(
      access.run({ ...alice.target, userName: bob.user.name }, { argv: ['true'], timeoutMs: 5_000 }),
    ).rejects.toMatchObject({ code: 'credential_refused' });
    expect(access.stats().open).toBe(0);
  });
});

describe('refusals', () => {
  test('promise 21: a refused key is offered twice and not again; another member is served meanwhile', async () => {
    const access = newAccess();
    const mallory = {
      ...alice,
      target: { ...alice.target, credentialKey: 'managed:999@1', signer: createTestSigner() },
    };
    for (let i = 0; i < 2; i += 1) {
      const [bad, good] = await Promise.allSettled([
        run(access, mallory, 'true'),
        run(access, bob, 'id -un'),
      ]);
      expect(bad).toMatchObject({
        reason: {
          code: 'credential_refused',
          message: expect.stringContaining(`${alice.user.name}'s authorized_keys`),
        },
      });
      expect(good).toMatchObject({ status: 'fulfilled' });
    }
    const logged = (await sshd.log()).length;
    await expect(run(access, mallory, 'true')).rejects.toMatchObject({
      code: 'credential_blocked',
      status: 409,
    });
    expect((await sshd.log()).slice(logged)).not.toContain('Connection from');
    expect((await run(access, alice, 'true')).exitCode).toBe(0);
    expect(access.stats().failures).toEqual({ credential_refused: 2 });
    access.closeChannels({ credential: 'managed:999' });
    await expect(run(access, mallory, 'true')).rejects.toMatchObject({ code: 'credential_refused' });
  });

  test('a Linux user that does not exist, and a locked account, name both', async () => {
    const access = newAccess();
    await expect(
      access.run({ ...alice.target, userName: 'lknobody' }, { argv: ['true'], timeoutMs: 5_000 }),
    ).rejects.toMatchObject({
      code: 'credential_refused',
      message: expect.stringMatching(/lknobody.*the Linux user is right.*not locked/),
    });
    const locked = await enrol('locked');
    execFileSync('usermod', ['-p', '!', locked.user.name]);
    await expect(run(access, locked, 'true')).rejects.toMatchObject({
      code: 'credential_refused',
      details: { userName: locked.user.name },
    });
  });

  test("a key that cannot be opened is the server's own error, not the cluster's", async () => {
    const access = newAccess();
    const broken = new AppError('sealed_value_broken', 500, 'The sealed key of credential 7 does not open.');
    const signer = { publicBlob: alice.signer.publicBlob, sign: () => Promise.reject(broken) };
    await expect(access.run({ ...alice.target, signer }, { argv: ['true'], timeoutMs: 5_000 })).rejects.toBe(
      broken,
    );
  });

  test.each(['rsa', 'ecdsa'] as const)('an %s key opens a channel', async (keyType) => {
    const member = await createMember(sshd, { keyType });
    members.push(member);
    expect((await run(newAccess(), member, 'exit 9')).exitCode).toBe(9);
  });
});

describe('hosts that cannot be reached', () => {
  const servers: Server[] = [];
  const serve = async (onConnection: (write: (text: string) => void) => void): Promise<number> => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      onConnection((text) => socket.write(text));
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
    const access = newAccess();
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
    const access = newAccess({ connectTimeoutMs: 1_000 });
    const target = { ...alice.target, port: await serve(behaviour) };
    const start = performance.now();
    await expect(access.run(target, { argv: ['true'], timeoutMs: 5_000 })).rejects.toMatchObject({
      code: 'host_unreachable',
    });
    expect(performance.now() - start).toBeLessThan(6_000);
  });

  test('promise 26: a special address is refused before anything connects', async () => {
    const access = newAccess({ allowedNetworks: [] });
    const logged = (await sshd.log()).length;
    for (const hostName of ['localhost', '127.0.0.1', '::ffff:127.0.0.1']) {
      await expect(
        access.run({ ...alice.target, hostName }, { argv: ['true'], timeoutMs: 5_000 }),
      ).rejects.toMatchObject({ code: 'host_address_refused' });
      await expect(access.scanHostKeys(hostName, sshd.port)).rejects.toMatchObject({
        code: 'host_address_refused',
      });
    }
    expect((await sshd.log()).slice(logged)).toBe('');
  });
});

describe('a cluster without perl', () => {
  test('the plain shell runs commands one after the other, isolated and limited', async () => {
    const events: SshEvent[] = [];
    const access = newAccess({ usePerl: false, onEvent: (event) => events.push(event) });
    await alice.user.write('.profile', 'export SITE="x y"\necho noise\n');
    const first = await run(access, alice, 'echo "$SITE"; echo err >&2; exit 3');
    expect([text(first.stdout), text(first.stderr), first.exitCode]).toEqual(['x y', 'err', 3]);
    expect(events[0]).toMatchObject({ type: 'opened', what: 'seq1' });
    const bytes = Buffer.from(Array.from({ length: 512 }, (_, i) => i % 256));
    const [echoed, again] = await Promise.all([
      run(access, alice, 'cat', 10_000, { stdin: bytes }),
      run(access, alice, 'cat; umask; pwd'),
    ]);
    expect(Buffer.from(echoed.stdout).equals(bytes)).toBe(true);
    expect(text(again.stdout)).toBe(`0022\n${alice.user.home}`);
    expect(await run(access, alice, 'sleep 30', 300)).toMatchObject({ timedOut: true });
    expect(
      await run(access, alice, 'head -c 100000 /dev/zero', 5_000, { maxOutputBytes: 5_000 }),
    ).toMatchObject({ truncated: true });
    const words = ["a'b", '', '-n', '$(id)', 'x\ny', '*'];
    const printed = await access.run(alice.target, {
      argv: ['printf', '%s|', ...words, Buffer.from([0xfe, 0x80])],
      timeoutMs: 5_000,
    });
    expect(Buffer.from(printed.stdout).toString('latin1')).toBe(`${words.join('|')}|\xfe\x80|`);
  });
});
