/** The traps that commands set, each against a real sshd. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RemoteCommand } from '#core/ports/cluster-access.ts';
import type { Member } from '#test/support/member.ts';
import {
  type Access,
  asText,
  openSshTestbed,
  runScript,
  type SshTestbed,
} from '#test/support/ssh-testbed.ts';

let bed: SshTestbed;
let access: Access;

const sh = (member: Member, script: string, more: Partial<RemoteCommand> = {}) =>
  runScript(access, member, script, more);

beforeAll(async () => {
  // MaxSessions 1: one session is all that a channel ever needs.
  bed = await openSshTestbed({ config: ['MaxSessions 1', 'RekeyLimit 30M'] });
  access = bed.access({ limits: { helloMs: 4_000, loginMs: 2_000 } });
});
afterAll(() => bed.close());

describe('commands', () => {
  let member: Member;
  beforeAll(async () => {
    member = await bed.enrol();
    await sh(member, 'true');
  });

  test.each([
    ['set -e; false; true', 1],
    ['exit 7', 7],
    ['if', 2],
    ['kill -9 $$', 137],
  ])('%s has its own status', async (script, status) => {
    expect((await sh(member, script)).exitCode).toBe(status);
  });

  test('a missing program is 127, one that may not be run 126', async () => {
    const missing = await access.run(member.target, { argv: ['/no/such program'], timeoutMs: 5_000 });
    // Said by a shell or by the helper itself, whoever the command was given to.
    expect([missing.exitCode, asText(missing.stderr)]).toEqual([
      127,
      expect.stringMatching(/\/no\/such program: (not found|No such file or directory)\n$/),
    ]);
    expect((await access.run(member.target, { argv: ['/etc'], timeoutMs: 5_000 })).exitCode).toBe(126);
  });

  test('stdin is empty unless given, and arrives byte for byte', async () => {
    expect(asText((await sh(member, 'cat; readlink /proc/self/fd/0')).stdout)).toBe('/dev/null\n');
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    expect(Buffer.from((await sh(member, 'cat', { stdin: bytes })).stdout).equals(bytes)).toBe(true);
  });

  test('frames of ours in the output are data', async () => {
    const forged = 'Z 1 0 0 0 -\nO 1 5\nH mux1 1 1 0\n';
    expect(asText((await sh(member, `printf '%s' '${forged}'`)).stdout)).toBe(forged);
  });

  test('binary output on both streams at once, 1 MB each', async () => {
    const result = await sh(member, 'head -c 1000000 /dev/urandom | tee /dev/stderr', {
      maxOutputBytes: 1 << 20,
    });
    expect(result.stdout).toHaveLength(1_000_000);
    expect(Buffer.from(result.stdout).equals(Buffer.from(result.stderr))).toBe(true);
  });

  test('a time limit ends the whole process group; who ignores TERM is killed', async () => {
    const start = performance.now();
    const stubborn = sh(member, "trap '' TERM; sh -c \"trap '' TERM; sleep 30\" & sleep 30; sleep 30", {
      timeoutMs: 300,
    });
    const hanging = sh(member, "echo begun; (trap '' TERM; exec sleep 30) & sleep 30", { timeoutMs: 300 });
    expect(await hanging).toMatchObject({ exitCode: 143, timedOut: true, stdout: Buffer.from('begun\n') });
    expect(performance.now() - start).toBeLessThan(1_500);
    expect(await stubborn).toMatchObject({ exitCode: 137, timedOut: true });
    expect(performance.now() - start).toBeLessThan(5_000);
    const left = await sh(member, 'ps -o args= -u "$(id -un)" | grep -c "[s]leep 30"');
    expect(asText(left.stdout)).toBe('0\n');
  });

  test('an abort ends the command early', async () => {
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 200);
    const result = await sh(member, 'sleep 30', { signal: abort.signal });
    expect([result.exitCode, result.timedOut]).toEqual([143, false]);
    const before = new AbortController();
    before.abort();
    await expect(sh(member, 'true', { signal: before.signal })).rejects.toThrow('nothing was run');
  });

  test('a background child neither delays the answer nor reaches the next one', async () => {
    const start = performance.now();
    const result = await sh(member, '(sleep 0.3; echo late; echo late >&2) & echo now');
    expect(asText(result.stdout)).toBe('now\n');
    expect(performance.now() - start).toBeLessThan(300);
    expect(asText((await sh(member, 'sleep 0.5; echo clean')).stdout)).toBe('clean\n');
  });

  test('a child that writes without end does not hold the answer', async () => {
    let begun = '';
    const result = await sh(member, 'yes & echo begun; sleep 0.1', {
      timeoutMs: 5_000,
      onStdout: (chunk) => {
        begun ||= asText(chunk).includes('begun') ? 'begun' : '';
      },
    });
    expect([result.exitCode, result.timedOut, begun]).toEqual([0, false, 'begun']);
  });

  test('a command that closes its streams and runs on is waited for', async () => {
    const cpu = () =>
      sh(member, 'cat /proc/$PPID/stat').then((found) => Number(asText(found.stdout).split(' ')[13]));
    const before = await cpu();
    const result = await sh(member, 'exec >&- 2>&-; sleep 1; exit 5');
    expect(result.exitCode).toBe(5);
    // Hundredths of a second: the helper must not have looked a thousand times.
    expect((await cpu()) - before).toBeLessThan(10);
  });

  test("words of 130 KB pass; a longer one is the command's failure, not the channel's", async () => {
    const word = 'w'.repeat(130_000);
    expect(
      asText((await access.run(member.target, { argv: ['printf', '%s', word], timeoutMs: 5_000 })).stdout),
    ).toBe(word);
    const long = await access.run(member.target, {
      argv: ['printf', '%s', 'w'.repeat(140_000)],
      timeoutMs: 5_000,
    });
    expect([long.exitCode, asText(long.stderr)]).toEqual([126, 'printf: Argument list too long\n']);
  });

  test('5 MB of stdin: taken, refused and left unread', async () => {
    const stdin = Buffer.alloc(5_000_000, 'abcdefg\n');
    const cat = await sh(member, 'cksum', { stdin });
    const wanted = await sh(member, 'yes abcdefg | head -c 5000000 | cksum');
    expect(asText(cat.stdout)).toBe(asText(wanted.stdout));
    expect((await sh(member, 'exec <&-; exit 4', { stdin })).exitCode).toBe(4);
    const [unread, beside] = await Promise.all([
      sh(member, 'sleep 1; exit 6', { stdin }),
      sh(member, 'echo beside'),
    ]);
    expect([unread.exitCode, asText(beside.stdout)]).toEqual([6, 'beside\n']);
  });

  test('too much output ends the command and is marked', async () => {
    const result = await sh(member, 'yes', { maxOutputBytes: 100_000 });
    expect([result.truncated, result.stdout.length, result.timedOut]).toEqual([true, 100_000, false]);
    const errors = await sh(member, 'yes >&2', { maxOutputBytes: 1_000 });
    expect([errors.truncated, errors.stderr.length]).toEqual([true, 1_000]);
  });

  test('50 MB stream past a rekey; a reader that fails ends the command', async () => {
    let bytes = 0;
    const result = await sh(member, 'head -c 50000000 /dev/zero', {
      onStdout: (chunk) => void (bytes += chunk.length),
    });
    expect([result.exitCode, bytes, result.stdout.length]).toEqual([0, 50_000_000, 0]);
    const failing = sh(member, 'yes', {
      // Longer than this test may last.
      timeoutMs: 120_000,
      onStdout: () => {
        throw new Error('disk full');
      },
    });
    await expect(failing).rejects.toThrow('disk full');
  });

  test('promise 20: a slow reader holds the far side back and nobody else', async () => {
    let taken = 0;
    const release = Promise.withResolvers<void>();
    const stream = sh(member, 'head -c 30000000 /dev/zero', {
      onStdout: async (chunk) => {
        taken += chunk.length;
        await release.promise;
      },
    });
    await sleep(500);
    const heap = process.memoryUsage().rss;
    expect(asText((await sh(member, 'echo beside')).stdout)).toBe('beside\n');
    await sleep(300);
    expect(process.memoryUsage().rss - heap).toBeLessThan(8 << 20);
    // One chunk is with the reader; the next one waits for it.
    expect(taken).toBeLessThanOrEqual(65_536);
    release.resolve();
    expect((await stream).exitCode).toBe(0);
    expect(taken).toBe(30_000_000);
  });

  test('promise 20: memory stays flat over a stream of 200 MB', async () => {
    const start = process.memoryUsage();
    let most = 0;
    let bytes = 0;
    await sh(member, 'head -c 200000000 /dev/zero', {
      timeoutMs: 60_000,
      onStdout(chunk) {
        bytes += chunk.length;
        const now = process.memoryUsage();
        most = Math.max(most, now.rss - start.rss, now.arrayBuffers - start.arrayBuffers);
      },
    });
    expect(bytes).toBe(200_000_000);
    // What has been read lies about until 64 MB of it make Node tidy up.
    expect(most).toBeLessThan(100 << 20);
  });

  test('eight at once answer in the order of their work', async () => {
    const order: number[] = [];
    const delays = [7, 6, 5, 4, 3, 2, 1, 0];
    await Promise.all(
      delays.map(async (d) => void order.push((await sh(member, `sleep 0.${d}; exit ${d}`)).exitCode)),
    );
    expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  test('the list of processes shows neither our text nor the nonce', async () => {
    const seen = await sh(member, 'ps -ww -o args= -u "$(id -un)"');
    expect(asText(seen.stdout)).toContain('latchkey-channel');
    expect(asText(seen.stdout)).not.toMatch(/BEGIN|syswrite|[0-9a-f]{24}/);
  });

  test('a process limit is a clear error, and the channel lives', async () => {
    const limited = await bed.enrol();
    await limited.user.write('.bashrc', 'ulimit -u 6\n');
    const results = await Promise.allSettled(Array.from({ length: 12 }, () => sh(limited, 'exec sleep 0.5')));
    const failed = results.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
    expect(failed.length).toBeGreaterThan(0);
    for (const error of failed)
      expect(error).toMatchObject({ code: 'unavailable', message: expect.stringContaining('a limit there') });
    expect((await access.run(limited.target, { argv: ['true'], timeoutMs: 5_000 })).exitCode).toBe(0);
  });
});
