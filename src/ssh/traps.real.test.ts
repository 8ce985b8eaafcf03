/** The traps that login shells, start-up files and commands set, each against a real sshd. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RemoteCommand } from '#core/ports/cluster-access.ts';
import { createMember, type Member } from '#test/support/member.ts';
import { type Sshd, startSshd } from '#test/support/sshd.ts';
import { createClusterAccess } from './cluster-access.ts';

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
const dir = mkdtempSync(join(tmpdir(), 'latchkey-traps-'));
const members: Member[] = [];
let sshd: Sshd;
let access: ReturnType<typeof createClusterAccess>;

const enrol = async (options: Parameters<typeof createMember>[1] = {}): Promise<Member> => {
  const member = await createMember(sshd, options);
  members.push(member);
  return member;
};
const sh = (member: Member, script: string, more: Partial<RemoteCommand> = {}) =>
  access.run(member.target, { argv: ['sh', '-c', script], timeoutMs: 20_000, ...more });

beforeAll(async () => {
  // MaxSessions 1: one session is all that a channel ever needs.
  sshd = await startSshd({ config: ['MaxSessions 1', 'RekeyLimit 30M'] });
  access = createClusterAccess({
    runtimeDir: join(dir, 'run'),
    allowedNetworks: ['127.0.0.0/8'],
    limits: { helloMs: 4_000, loginMs: 2_000 },
  });
});
afterAll(async () => {
  await access.close();
  for (const { user } of members) await user.remove();
  await sshd.stop();
  rmSync(dir, { recursive: true, force: true });
});

describe('login shells', () => {
  const noise = 'echo "Welcome to the cluster"; printf "H mux1 1 1 ffff\\nZ 1 0 0 0 -\\n"';
  const site = (line: string) => `${noise}\n${line}\n`;
  const path = 'export PATH="$HOME/site/bin:$PATH" SITE="x y"';
  test.each([
    ['/bin/bash', { '.bashrc': site(''), '.profile': site(path) }],
    ['/bin/dash', { '.profile': site(path) }],
    ['/usr/bin/zsh', { '.zshenv': site(''), '.zprofile': site(path) }],
    ['/bin/ksh93', { '.kshrc': site(''), '.profile': site(path) }],
    ['/usr/bin/mksh', { '.mkshrc': site(''), '.profile': site(path) }],
    [
      '/usr/bin/tcsh',
      {
        '.cshrc': 'echo Welcome\n',
        '.login': 'setenv PATH "$HOME/site/bin:$PATH"\nsetenv SITE "x y"\necho hi\n',
      },
    ],
    [
      '/usr/bin/fish',
      {
        '.config/fish/config.fish':
          'echo Welcome\nif status is-login\nset -gx PATH $HOME/site/bin $PATH\nset -gx SITE "x y"\nend\n',
      },
    ],
  ])('%s: a scheduler that only a login puts on the PATH is found', async (shell, files) => {
    const member = await enrol({ shell });
    for (const [name, content] of Object.entries(files)) await member.user.write(name, content);
    await member.user.write('site/bin/lk-queue', '#!/bin/sh\necho "queue of $(id -un), $SITE"\n', 0o755);
    const result = await access.run(member.target, { argv: ['lk-queue'], timeoutMs: 10_000 });
    expect([text(result.stdout), text(result.stderr), result.exitCode]).toEqual([
      `queue of ${member.user.name}, x y\n`,
      '',
      0,
    ]);
    const place = await sh(member, 'pwd; echo "$HOME"');
    expect(text(place.stdout)).toBe(`${member.user.home}\n${member.user.home}\n`);
  });

  test("the umask of the member's login is the commands'", async () => {
    const member = await enrol();
    await member.user.write('.profile', 'umask 007\n');
    expect(text((await sh(member, 'umask')).stdout)).toBe('0007\n');
  });
});

describe('start-up files', () => {
  test.each([
    ['reads stdin', 'read x; echo "got $x"; cat >/dev/null', ''],
    ['set -eu, an alias of exec, IFS', 'set -eu; alias exec=false; IFS=x', ''],
    ['200 KB without a newline', 'head -c 200000 /dev/zero | tr "\\0" x', ''],
    ['perl switches', 'export PERL5OPT=-Mnosuchmodule PERL_UNICODE=SDAL PERL5LIB=/nowhere', ''],
    ['replaces the shell', '', 'exec zsh'],
    ['sleeps for 1 s', 'sleep 1', ''],
    ['deaf to signals', "trap '' TERM INT PIPE", ''],
  ])('a .bashrc that %s does no harm', async (_, profile, bashrc) => {
    const member = await enrol();
    await member.user.write('.profile', `${profile}\n`);
    // What reads its stdin may only do so at the login, which has an empty one.
    await member.user.write('.bashrc', `${bashrc || (profile.startsWith('read') ? 'read x' : profile)}\n`);
    const result = await sh(member, 'printf "a\\377b"; id -un >&2');
    expect([Buffer.from(result.stdout).toString('latin1'), text(result.stderr)]).toEqual([
      'a\xffb',
      `${member.user.name}\n`,
    ]);
    const killed = await sh(member, 'sleep 30', { timeoutMs: 200 });
    expect([killed.exitCode, killed.timedOut]).toEqual([143, true]);
  });

  test.each([
    ['hangs', 'sleep 600'],
    ['ends', 'exit 3'],
    ['takes over', 'exec cat'],
  ])('a login that %s costs its environment, not the channel', async (_, profile) => {
    const member = await enrol();
    await member.user.write('.profile', `${profile}\n`);
    expect(text((await sh(member, 'echo on')).stdout)).toBe('on\n');
  });

  test.each([
    ['exit 0', 'echo "no shell for you"; exit 0', /start-up files .*end or take over.*no shell for you/],
    ['cat', 'cat', /start-up files .*take too long/],
    ['exec tcsh', 'exec tcsh -c "echo other"', /start-up files .*end or take over/],
  ])('a .bashrc with %s ends the session, and the sentence says so', async (_, bashrc, sentence) => {
    const member = await enrol();
    await member.user.write('.bashrc', `${bashrc}\n`);
    await expect(sh(member, 'true')).rejects.toMatchObject({
      code: 'session_ended',
      message: expect.stringMatching(sentence),
    });
  });

  test('an account without a usable shell is told apart from a refused key', async () => {
    const member = await enrol({ shell: '/usr/sbin/nologin' });
    await expect(sh(member, 'true')).rejects.toMatchObject({
      code: 'session_ended',
      message: expect.stringContaining('This account is currently not available'),
    });
  });
});

describe('commands', () => {
  let member: Member;
  beforeAll(async () => {
    member = await enrol();
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
    expect([missing.exitCode, text(missing.stderr)]).toEqual([
      127,
      '/no/such program: No such file or directory\n',
    ]);
    expect((await access.run(member.target, { argv: ['/etc'], timeoutMs: 5_000 })).exitCode).toBe(126);
  });

  test('stdin is empty unless given, and arrives byte for byte', async () => {
    expect(text((await sh(member, 'cat; readlink /proc/self/fd/0')).stdout)).toBe('/dev/null\n');
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    expect(Buffer.from((await sh(member, 'cat', { stdin: bytes })).stdout).equals(bytes)).toBe(true);
  });

  test('frames of ours in the output are data', async () => {
    const forged = 'Z 1 0 0 0 -\nO 1 5\nH mux1 1 1 0\n';
    expect(text((await sh(member, `printf '%s' '${forged}'`)).stdout)).toBe(forged);
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
    const hanging = sh(member, 'echo begun; sleep 30 & sleep 30', { timeoutMs: 300 });
    expect(await hanging).toMatchObject({ exitCode: 143, timedOut: true, stdout: Buffer.from('begun\n') });
    expect(performance.now() - start).toBeLessThan(1_500);
    expect(await stubborn).toMatchObject({ exitCode: 137, timedOut: true });
    expect(performance.now() - start).toBeLessThan(5_000);
    const left = await sh(member, 'ps -o args= -u "$(id -un)" | grep -c "[s]leep 30"');
    expect(text(left.stdout)).toBe('0\n');
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
    expect(text(result.stdout)).toBe('now\n');
    expect(performance.now() - start).toBeLessThan(300);
    expect(text((await sh(member, 'sleep 0.5; echo clean')).stdout)).toBe('clean\n');
  });

  test('a child that writes without end does not hold the answer', async () => {
    const result = await sh(member, '(exec 2>/dev/null; while :; do echo more || exit; done) & echo begun', {
      maxOutputBytes: 8 << 20,
    });
    expect(result.exitCode).toBe(0);
    expect(text(result.stdout).split('\n')).toContain('begun');
  });

  test('a command that closes its streams and runs on is waited for', async () => {
    const cpu = () =>
      sh(member, 'cat /proc/$PPID/stat').then((found) => Number(text(found.stdout).split(' ')[13]));
    const before = await cpu();
    const result = await sh(member, 'exec >&- 2>&-; sleep 1; exit 5');
    expect(result.exitCode).toBe(5);
    // Hundredths of a second: the helper must not have looked a thousand times.
    expect((await cpu()) - before).toBeLessThan(10);
  });

  test("words of 130 KB pass; a longer one is the command's failure, not the channel's", async () => {
    const word = 'w'.repeat(130_000);
    expect(
      text((await access.run(member.target, { argv: ['printf', '%s', word], timeoutMs: 5_000 })).stdout),
    ).toBe(word);
    const long = await access.run(member.target, {
      argv: ['printf', '%s', 'w'.repeat(140_000)],
      timeoutMs: 5_000,
    });
    expect([long.exitCode, text(long.stderr)]).toEqual([126, 'printf: Argument list too long\n']);
  });

  test('5 MB of stdin: taken, refused and left unread', async () => {
    const stdin = Buffer.alloc(5_000_000, 'abcdefg\n');
    const cat = await sh(member, 'cksum', { stdin });
    const wanted = await sh(member, 'yes abcdefg | head -c 5000000 | cksum');
    expect(text(cat.stdout)).toBe(text(wanted.stdout));
    expect((await sh(member, 'exec <&-; exit 4', { stdin })).exitCode).toBe(4);
    const [unread, beside] = await Promise.all([
      sh(member, 'sleep 1; exit 6', { stdin }),
      sh(member, 'echo beside'),
    ]);
    expect([unread.exitCode, text(beside.stdout)]).toEqual([6, 'beside\n']);
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
      onStdout: () => {
        throw new Error('disk full');
      },
    });
    await expect(failing).rejects.toThrow('disk full');
  });

  test('promise 20: a slow reader holds the far side back and nobody else', async () => {
    let taken = 0;
    const release = Promise.withResolvers<void>();
    const stream = sh(member, 'head -c 5000000 /dev/zero', {
      onStdout: async (chunk) => {
        taken += chunk.length;
        await release.promise;
      },
    });
    await sleep(500);
    const heap = process.memoryUsage().rss;
    expect(text((await sh(member, 'echo beside')).stdout)).toBe('beside\n');
    await sleep(300);
    expect(process.memoryUsage().rss - heap).toBeLessThan(8 << 20);
    release.resolve();
    expect((await stream).exitCode).toBe(0);
    expect(taken).toBe(5_000_000);
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
    expect(most).toBeLessThan(60 << 20);
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
    expect(text(seen.stdout)).toContain('latchkey-channel');
    expect(text(seen.stdout)).not.toMatch(/BEGIN|syswrite|[0-9a-f]{24}/);
  });

  test('a process limit is a clear error, and the channel lives', async () => {
    const limited = await enrol();
    await limited.user.write('.bashrc', 'ulimit -u 6\n');
    const results = await Promise.allSettled(Array.from({ length: 12 }, () => sh(limited, 'exec sleep 0.5')));
    const failed = results.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
    expect(failed.length).toBeGreaterThan(0);
    for (const error of failed)
      expect(error).toMatchObject({ code: 'unavailable', message: expect.stringContaining('a limit there') });
    expect((await access.run(limited.target, { argv: ['true'], timeoutMs: 5_000 })).exitCode).toBe(0);
  });
});
