/** Promise 20: a far side that lies, behind a real handshake and login, so that it can say anything at all. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { type HostileOptions, type HostileServer, startHostileServer } from '#test/support/hostile-server.ts';
import { createTestSigner } from '#test/support/test-signer.ts';
import { createClusterAccess } from './cluster-access.ts';

const dir = mkdtempSync(join(tmpdir(), 'latchkey-hostile-'));
const servers: HostileServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const signer = createTestSigner();
const target = {
  clusterKey: 'identity:1',
  credentialKey: 'managed:1@1',
  hostName: '127.0.0.1',
  userName: 'alice',
  signer,
};
let count = 0;

/** @param lies shell text that runs once the hello has been sent and a command has come in (its id is 1) */
const facing = async (lies: string, beforeHello = '', options: HostileOptions = {}) => {
  count += 1;
  const lines = [
    'while read -r line; do case $line in LK_A=*) eval "$line"; break ;; esac; done',
    beforeHello,
    'echo "H mux1 1 1 $LK_A$LK_B"',
    'while read -r line; do case $line in "R 1 "*) break ;; esac; done',
    lies,
    'exec sleep 20',
  ];
  const server = await startHostileServer({ session: lines.join('\n'), ...options });
  servers.push(server);
  const access = createClusterAccess({
    runtimeDir: join(dir, `run${count}`),
    allowedNetworks: ['127.0.0.0/8'],
    connectTimeoutMs: 1_500,
    limits: { graceMs: 300, helloMs: 3_000 },
  });
  const there = { ...target, port: server.port, pins: [server.hostKey] };
  return {
    access,
    server,
    run: (timeoutMs: number, more = {}) => access.run(there, { argv: ['x'], timeoutMs, ...more }),
  };
};

describe('a far side that lies', () => {
  test('an honest one is believed', async () => {
    const { access, run } = await facing('printf "O 1 3\\nabcZ 1 5 3 0 -\\n"');
    const result = await run(2_000);
    expect([result.exitCode, Buffer.from(result.stdout).toString()]).toEqual([5, 'abc']);
    await access.close();
  });

  test.each([
    ['answers for a command that was never sent', 'printf "Z 2 0 0 0 -\\n"', 'not running'],
    ['counts wrongly', 'printf "O 1 3\\nabcZ 1 0 4 0 -\\n"', 'add up'],
    ['sends a frame above the limit', 'printf "O 1 32769\\n"', '32769'],
    ['sends text', 'echo "Connection to hpc closed by timeout"', 'malformed frame'],
    ['sends nothing but a blank line', 'echo', 'no frame'],
    ['sends a header without end', 'head -c 5000 /dev/zero | tr "\\0" O', 'header'],
    [
      'sends more than it was granted',
      'while printf "O 1 32768\\n"; do head -c 32768 /dev/zero; done',
      'more output',
    ],
    ['dies', 'kill -9 $$', 'connection ended'],
    ['falls silent', '', 'does not answer'],
    ['stops in the middle of a frame', 'printf "O 1 100\\nabc"', 'does not answer'],
  ])('one that %s loses the channel', async (_, lies, sentence) => {
    const { access, run } = await facing(lies);
    const waits = sentence === 'more output' ? { onStdout: () => new Promise<void>(() => undefined) } : {};
    await expect(run(700, waits)).rejects.toMatchObject({
      code: 'channel_lost',
      message: expect.stringMatching(sentence === 'connection ended' ? /ended/ : sentence),
    });
    await access.close();
    expect(access.stats()).toMatchObject({ open: 0, opened: 1, replaced: 0 });
  });

  test('endless noise before the hello is cut off', async () => {
    const { access, run } = await facing('', 'yes "Welcome, welcome" | head -c 3000000');
    const start = process.memoryUsage().rss;
    await expect(run(2_000)).rejects.toMatchObject({
      code: 'session_ended',
      message: expect.stringContaining('more than 1 MB'),
    });
    expect(process.memoryUsage().rss - start).toBeLessThan(40 << 20);
    await access.close();
  });

  test('no hello at all ends in time; an ssh that is missing says so', async () => {
    const { access, run } = await facing('', 'exec sleep 30');
    await expect(run(2_000)).rejects.toMatchObject({ code: 'session_ended' });
    await access.close();
    const without = createClusterAccess({
      runtimeDir: join(dir, 'none'),
      allowedNetworks: ['127.0.0.0/8'],
      sshProgram: '/no/ssh',
    });
    await expect(
      without.run({ ...target, port: 22, pins: [signer.publicKey] }, { argv: ['x'], timeoutMs: 2_000 }),
    ).rejects.toThrow(/ssh could not be started/);
    await without.close();
  });

  test('promise 18: a host that lets anybody in is given no command', async () => {
    const before = signer.signatures();
    const { access, run, server } = await facing('printf "Z 1 0 0 0 -\\n"', '', { login: 'none' });
    await expect(run(2_000)).rejects.toMatchObject({
      code: 'session_ended',
      message: expect.stringMatching(/let alice in without asking for a key.*nothing was run/s),
    });
    expect(server.count).toMatchObject({ logins: 1 });
    expect(signer.signatures()).toBe(before);
    await access.close();
  });
});
