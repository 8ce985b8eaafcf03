/** Channels in company: sharing, closing and dying, against a real sshd. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Member } from '#test/support/member.ts';
import {
  asText,
  openSshTestbed,
  running,
  runScript,
  type SshTestbed,
  sshProcesses,
  until,
} from '#test/support/ssh-testbed.ts';
import type { SshEvent } from './stats.ts';

let bed: SshTestbed;
let alice: Member;
let bob: Member;

beforeAll(async () => {
  bed = await openSshTestbed({ logLevel: 'DEBUG2', hostKeyTypes: ['ed25519', 'ecdsa'] });
  alice = await bed.enrol({ label: 'alice' });
  bob = await bed.enrol({ label: 'bob' });
});
afterEach(() => bed.closeAccesses());
afterAll(() => bed.close());

describe('one channel', () => {
  test('promise 18: exactly one key is offered and nothing is forwarded, shared by all first users', async () => {
    const access = bed.access();
    const before = (await bed.sshd.log()).length;
    const results = await Promise.all(
      Array.from({ length: 10 }, () =>
        runScript(access, alice, 'id -un; env | grep -c "^SSH_AUTH_SOCK\\|^DISPLAY"'),
      ),
    );
    for (const result of results) expect(asText(result.stdout).trim()).toBe(`${alice.user.name}\n0`);
    expect(access.stats()).toMatchObject({ open: 1, opened: 1, commands: 10 });
    expect(access.stats().failures).toEqual({});
    const log = await bed.logSince(before);
    expect(log.match(/userauth-request for user \S+ service ssh-connection method publickey/g)).toHaveLength(
      2,
    );
    expect(new Set(log.match(/SHA256:[A-Za-z0-9+/]{43}/g))).toEqual(new Set([alice.signer.fingerprint]));
    expect(log).not.toMatch(/x11-req|auth-agent-req|tcpip-forward|method (password|keyboard-interactive)/);
  });

  test('nothing of it is on disk once it is open, nor in arguments or environment', async () => {
    const runtimeDir = join(bed.dir, 'private');
    const access = bed.access({ runtimeDir });
    await runScript(access, alice, 'true');
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
    const access = bed.access({ idleCloseMs: 150, onEvent: (event) => events.push(event) });
    await runScript(access, alice, 'sleep 0.4');
    expect(access.stats().open).toBe(1);
    await until(() => access.stats().open === 0, 3_000);
    await until(async () => (await alice.user.processes()).length === 0, 3_000);
    await runScript(access, alice, 'true');
    expect(events.map((event) => event.type)).toEqual(['opened', 'closed', 'opened']);
    expect(access.stats()).toMatchObject({ opened: 2, replaced: 0 });
  });

  test('close leaves no process and no file', async () => {
    const access = bed.access({ runtimeDir: join(bed.dir, 'closing') });
    const lost = expect(runScript(access, alice, 'sleep 34', { timeoutMs: 30_000 })).rejects.toMatchObject({
      code: 'channel_lost',
    });
    await runScript(access, bob, 'true');
    await until(async () => (await running(alice, 'sleep 34')).length > 0, 5_000);
    await access.close();
    await lost;
    expect(sshProcesses()).toEqual([]);
    expect(readdirSync(join(bed.dir, 'closing'))).toEqual([]);
    await expect(runScript(access, alice, 'true')).rejects.toMatchObject({ code: 'unavailable' });
  });

  test('what a killed server left behind is taken away', () => {
    const runtimeDir = join(bed.dir, 'stale');
    const gone = execFileSync('sh', ['-c', 'echo $$'], { encoding: 'utf8' }).trim();
    mkdirSync(join(runtimeDir, `ch-${gone}-abcdef`), { recursive: true });
    mkdirSync(join(runtimeDir, `ch-${process.pid}-abcdef`));
    bed.access({ runtimeDir });
    expect(readdirSync(runtimeDir)).toEqual([`ch-${process.pid}-abcdef`]);
  });
});

describe('closing and dying', () => {
  test('promise 13: channels of a credential close within 5 s, others live', async () => {
    const access = bed.access();
    const lost = expect(runScript(access, alice, 'sleep 31', { timeoutMs: 60_000 })).rejects.toMatchObject({
      code: 'channel_lost',
    });
    await runScript(access, bob, 'true');
    await until(async () => (await running(alice, 'sleep 31')).length > 0, 5_000);
    expect(access.closeChannels({ credential: alice.target.credentialKey.replace(/@.*/, '') })).toBe(1);
    await lost;
    await until(async () => (await alice.user.processes()).length === 0, 5_000);
    expect(access.stats()).toMatchObject({ open: 1, replaced: 0 });
    expect(access.closeChannels({ clusterKey: 'identity:0' })).toBe(0);
    expect(access.closeChannels({ clusterKey: bob.target.clusterKey })).toBe(1);
  });

  test('promise 13: a channel that is still opening is closed as well, and its command does not run', async () => {
    const access = bed.access();
    const mark = join(alice.user.home, 'ran');
    const attempt = expect(runScript(access, alice, `touch ${mark}`)).rejects.toMatchObject({
      code: 'session_ended',
      message: expect.stringContaining('nothing was run'),
    });
    await sleep(60);
    expect(access.closeChannels({})).toBe(1);
    await attempt;
    expect(existsSync(mark)).toBe(false);
  });

  test('kill -9 of ssh: the command is ended, one that may go on does, and the next one gets a new channel', async () => {
    const access = bed.access();
    const mark = join(alice.user.home, 'finished');
    const doomed = expect(
      runScript(access, alice, "trap '' TERM; sleep 32; sleep 32", { timeoutMs: 60_000 }),
    ).rejects.toMatchObject({ code: 'channel_lost' });
    const kept = expect(
      runScript(
        access,
        alice,
        `for i in 1 2 3 4 5 6 7 8 9 10; do echo line $i; sleep 0.3; done; echo done >${mark}`,
        { timeoutMs: 60_000, surviveDisconnect: true },
      ),
    ).rejects.toMatchObject({ code: 'channel_lost' });
    await until(async () => (await running(alice, 'sleep 32')).length > 0, 5_000);
    process.kill(sshProcesses()[0] ?? 0, 'SIGKILL');
    await Promise.all([doomed, kept]);
    expect(asText((await runScript(access, alice, 'echo new')).stdout).trim()).toBe('new');
    expect(access.stats().opened).toBe(2);
    await until(async () => (await running(alice, 'sleep 32')).length === 0, 5_000);
    await until(() => existsSync(mark), 8_000);
    await access.close();
    await until(async () => (await alice.user.processes()).length === 0, 3_000);
  });

  test('a command whose stdin was cut off does not act on half of it', async () => {
    const access = bed.access();
    const [begun, mark, gate] = ['begun', 'half', 'gate'].map((name) => join(alice.user.home, name)) as [
      string,
      string,
      string,
    ];
    // It reads nothing before the line is cut, so its stdin cannot be whole by then, however slow this machine is.
    const script = `: >${begun}; until [ -e ${gate} ]; do sleep 0.02; done; size=$(cat | wc -c); echo $size >${mark}`;
    const lost = expect(
      runScript(access, alice, script, {
        timeoutMs: 60_000,
        stdin: Buffer.alloc(3_000_000),
        surviveDisconnect: true,
      }),
    ).rejects.toMatchObject({ code: 'channel_lost' });
    await until(() => existsSync(begun), 20_000);
    process.kill(sshProcesses()[0] ?? 0, 'SIGKILL');
    await alice.user.write('gate', '');
    await lost;
    await until(async () => (await alice.user.processes()).length === 0, 20_000);
    expect(existsSync(mark)).toBe(false);
  });

  test('a channel that a site has closed is replaced in silence', async () => {
    const access = bed.access();
    await runScript(access, alice, 'true');
    process.kill(sshProcesses()[0] ?? 0, 'SIGKILL');
    await until(() => access.stats().open === 0, 2_000);
    expect((await runScript(access, alice, 'exit 3')).exitCode).toBe(3);
  });

  test('a channel that died unnoticed is asked before it is trusted, replaced and counted', async () => {
    const access = bed.access({ limits: { quietMs: 50, pingMs: 300 } });
    await runScript(access, alice, 'true');
    const helpers = await running(alice, 'latchkey-channel');
    for (const pid of helpers) process.kill(pid, 'SIGSTOP');
    await sleep(100);
    expect((await runScript(access, alice, 'exit 4')).exitCode).toBe(4);
    expect(access.stats()).toMatchObject({ replaced: 1, opened: 2 });
    for (const pid of helpers) process.kill(pid, 'SIGKILL');
  });

  test('a helper that does not answer within its time is given up', async () => {
    const access = bed.access({ limits: { graceMs: 300 } });
    await runScript(access, alice, 'true');
    const slow = expect(runScript(access, alice, 'sleep 33', { timeoutMs: 2_000 })).rejects.toMatchObject({
      code: 'channel_lost',
      message: expect.stringContaining('does not answer'),
    });
    await until(async () => (await running(alice, 'sleep 33')).length > 0, 5_000);
    for (const pid of await alice.user.processes()) process.kill(pid, 'SIGSTOP');
    await slow;
    for (const pid of await alice.user.processes()) process.kill(pid, 'SIGKILL');
    expect((await runScript(access, alice, 'exit 5')).exitCode).toBe(5);
  });

  test('the longest unused channel gives way at the limit', async () => {
    const access = bed.access({ limits: { channels: 1 } });
    await runScript(access, alice, 'true');
    await runScript(access, bob, 'true');
    await until(() => access.stats().open === 1, 3_000);
    const busy = runScript(access, bob, 'sleep 0.5');
    await expect(runScript(access, alice, 'true')).rejects.toMatchObject({ code: 'unavailable' });
    await busy;
  });
});
