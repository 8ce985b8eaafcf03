/** Promise 20: a far side that lies. A script stands in for ssh, so that it can say anything at all. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { createTestSigner } from '#test/support/test-signer.ts';
import { createClusterAccess } from './cluster-access.ts';

const dir = mkdtempSync(join(tmpdir(), 'latchkey-hostile-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const signer = createTestSigner();
const target = {
  clusterKey: 'identity:1',
  credentialKey: 'managed:1@1',
  hostName: '127.0.0.1',
  port: 22,
  userName: 'alice',
  pins: [signer.publicKey],
  signer,
};
let count = 0;

/** @param lies shell text that runs once the hello has been sent and a command has come in (its id is 1) */
const facing = (lies: string, beforeHello = '') => {
  count += 1;
  const sshProgram = join(dir, `ssh${count}`);
  const lines = [
    '#!/bin/bash',
    'while read -r line; do case $line in LK_A=*) eval "$line"; break ;; esac; done',
    beforeHello,
    'echo "H mux1 1 1 $LK_A$LK_B"',
    'while read -r line; do case $line in "R 1 "*) break ;; esac; done',
    lies,
    'exec sleep 20',
  ];
  writeFileSync(sshProgram, lines.join('\n'));
  chmodSync(sshProgram, 0o755);
  return createClusterAccess({
    runtimeDir: join(dir, `run${count}`),
    allowedNetworks: ['127.0.0.0/8'],
    sshProgram,
    connectTimeoutMs: 1_500,
    limits: { graceMs: 300 },
  });
};

describe('a far side that lies', () => {
  test('an honest one is believed', async () => {
    const access = facing('printf "O 1 3\\nabcZ 1 5 3 0 -\\n"');
    const result = await access.run(target, { argv: ['x'], timeoutMs: 2_000 });
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
    const access = facing(lies);
    const waits = sentence === 'more output' ? { onStdout: () => new Promise<void>(() => undefined) } : {};
    await expect(access.run(target, { argv: ['x'], timeoutMs: 700, ...waits })).rejects.toMatchObject({
      code: 'channel_lost',
      message: expect.stringMatching(sentence === 'connection ended' ? /ended/ : sentence),
    });
    await access.close();
    expect(access.stats()).toMatchObject({ open: 0, opened: 1, replaced: 0 });
  });

  test('endless noise before the hello is cut off', async () => {
    const access = facing('', 'yes "Welcome, welcome" | head -c 3000000');
    const start = process.memoryUsage().rss;
    await expect(access.run(target, { argv: ['x'], timeoutMs: 2_000 })).rejects.toMatchObject({
      code: 'session_ended',
      message: expect.stringContaining('more than 1 MB'),
    });
    expect(process.memoryUsage().rss - start).toBeLessThan(40 << 20);
    await access.close();
  });

  test('no hello at all ends in time; an ssh that is missing says so', async () => {
    const access = facing('', 'exec sleep 30');
    await expect(access.run(target, { argv: ['x'], timeoutMs: 2_000 })).rejects.toMatchObject({
      code: 'host_unreachable',
    });
    await access.close();
    const without = createClusterAccess({
      runtimeDir: join(dir, 'none'),
      allowedNetworks: ['127.0.0.0/8'],
      sshProgram: '/no/ssh',
    });
    await expect(without.run(target, { argv: ['x'], timeoutMs: 2_000 })).rejects.toThrow(
      /ssh could not be started/,
    );
    await without.close();
  });
});
