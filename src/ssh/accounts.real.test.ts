/** The traps that login shells and start-up files set, each against a real sshd. */
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
import type { SshEvent } from './stats.ts';

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

describe('what a login exports', () => {
  test('functions of bash and variables of odd names reach commands', async () => {
    const member = await bed.enrol({ shell: '/bin/bash' });
    await member.user.write('.profile', 'module() { echo "loads $1"; }\nexport -f module\n');
    const result = await access.run(member.target, {
      argv: ['bash', '-c', 'module nextflow'],
      timeoutMs: 10_000,
    });
    expect([asText(result.stdout), asText(result.stderr)]).toEqual(['loads nextflow\n', '']);
  });

  test.each(['lk_n', 'lk_l', 'n'])('a variable %s is not one of ours', async (name) => {
    const member = await bed.enrol();
    await member.user.write('.profile', `export ${name}=mine\n`);
    const result = await access.run(member.target, {
      argv: ['/usr/bin/printenv', name],
      timeoutMs: 10_000,
    });
    expect(asText(result.stdout)).toBe('mine\n');
  });
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
    const member = await bed.enrol({ shell });
    for (const [name, content] of Object.entries(files)) await member.user.write(name, content);
    await member.user.write('site/bin/lk-queue', '#!/bin/sh\necho "queue of $(id -un), $SITE"\n', 0o755);
    const result = await access.run(member.target, { argv: ['lk-queue'], timeoutMs: 10_000 });
    expect([asText(result.stdout), asText(result.stderr), result.exitCode]).toEqual([
      `queue of ${member.user.name}, x y\n`,
      '',
      0,
    ]);
    const place = await sh(member, 'pwd; echo "$HOME"');
    expect(asText(place.stdout)).toBe(`${member.user.home}\n${member.user.home}\n`);
  });

  test("the umask of the member's login is the commands'", async () => {
    const member = await bed.enrol();
    await member.user.write('.profile', 'umask 007\n');
    expect(asText((await sh(member, 'umask')).stdout)).toBe('0007\n');
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
    const member = await bed.enrol();
    await member.user.write('.profile', `${profile}\n`);
    // What reads its stdin may only do so at the login, which has an empty one.
    await member.user.write('.bashrc', `${bashrc || (profile.startsWith('read') ? 'read x' : profile)}\n`);
    const result = await sh(member, 'printf "a\\377b"; id -un >&2');
    expect([Buffer.from(result.stdout).toString('latin1'), asText(result.stderr)]).toEqual([
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
    const member = await bed.enrol();
    await member.user.write('.profile', `${profile}\n`);
    expect(asText((await sh(member, 'echo on')).stdout)).toBe('on\n');
  });

  test.each([
    ['exit 0', 'echo "no shell for you"; exit 0', /start-up files .*end or take over.*no shell for you/],
    ['cat', 'cat', /start-up files .*take too long/],
    ['exec tcsh', 'exec tcsh -c "echo other"', /start-up files .*end or take over/],
    // Not what ssh says when it refuses a key.
    ['a forbidden directory', 'cd /root || exit 1', /start-up files .*end or take over.*Permission denied/],
    // Else one member could block a cluster for everybody.
    [
      'the words of a changed host key',
      'echo "REMOTE HOST IDENTIFICATION HAS CHANGED! Host key verification failed." >&2; exit 255',
      /start-up files .*end or take over/,
    ],
  ])('a .bashrc with %s ends the session, and the sentence says so', async (_, bashrc, sentence) => {
    const member = await bed.enrol();
    await member.user.write('.bashrc', `${bashrc}\n`);
    await expect(sh(member, 'true')).rejects.toMatchObject({
      code: 'session_ended',
      message: expect.stringMatching(sentence),
    });
  });

  test('an account without a usable shell is told apart from a refused key', async () => {
    const member = await bed.enrol({ shell: '/usr/sbin/nologin' });
    await expect(sh(member, 'true')).rejects.toMatchObject({
      code: 'session_ended',
      message: expect.stringContaining('This account is currently not available'),
    });
  });
});

describe('a cluster without perl', () => {
  test('the plain shell runs commands one after the other, isolated and limited', async () => {
    const events: SshEvent[] = [];
    const alice = await bed.enrol();
    const plain = bed.access({ usePerl: false, onEvent: (event) => events.push(event) });
    await alice.user.write('.profile', 'export SITE="x y"\necho noise\n');
    const first = await runScript(plain, alice, 'echo "$SITE"; echo err >&2; exit 3');
    expect([asText(first.stdout).trim(), asText(first.stderr).trim(), first.exitCode]).toEqual([
      'x y',
      'err',
      3,
    ]);
    expect(events[0]).toMatchObject({ type: 'opened', what: 'seq1' });
    const bytes = Buffer.from(Array.from({ length: 512 }, (_, i) => i % 256));
    const [echoed, again] = await Promise.all([
      runScript(plain, alice, 'cat', { timeoutMs: 10_000, stdin: bytes }),
      runScript(plain, alice, 'cat; umask; pwd'),
    ]);
    expect(Buffer.from(echoed.stdout).equals(bytes)).toBe(true);
    expect(asText(again.stdout).trim()).toBe(`0022\n${alice.user.home}`);
    expect(await runScript(plain, alice, 'sleep 30', { timeoutMs: 300 })).toMatchObject({ timedOut: true });
    expect(
      await runScript(plain, alice, 'head -c 100000 /dev/zero', { timeoutMs: 5_000, maxOutputBytes: 5_000 }),
    ).toMatchObject({ truncated: true });
    const words = ["a'b", '', '-n', '$(id)', 'x\ny', '*'];
    const printed = await plain.run(alice.target, {
      argv: ['printf', '%s|', ...words, Buffer.from([0xfe, 0x80])],
      timeoutMs: 5_000,
    });
    expect(Buffer.from(printed.stdout).toString('latin1')).toBe(`${words.join('|')}|\xfe\x80|`);
  });
});
