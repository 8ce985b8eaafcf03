/** The line that a status reader's key is bound to: what it lets through, and that every login shell takes it. */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { boundKeyLine } from '#core/authorized-keys.ts';
import { drivers } from '../drivers.ts';
import { slurm } from '../slurm/slurm.ts';

const home = mkdtempSync(join(tmpdir(), 'latchkey-reader-'));
const squeue = join(home, 'squeue');
writeFileSync(
  squeue,
  `#!/bin/sh
printf '%s\\n' "$*" >>${home}/asked
env | grep '^SQUEUE' >>${home}/bent
printf 'latchkey-slurm-job|%s|alice|RUNNING|None|head|%s\\n' 11 'nf-Run000000001 ' 12 'nf-Run000000001-' 13 other
`,
);
chmodSync(squeue, 0o755);
writeFileSync(join(home, '.profile'), `PATH=${home}:$PATH; export SQUEUE_USERS=bob\n`);
afterAll(() => rmSync(home, { recursive: true, force: true }));

const say = (command: string, input: string, shell = '/bin/sh') =>
  spawnSync(shell, ['-c', command], { input, encoding: 'utf8', env: { HOME: home, PATH: '/usr/bin:/bin' } });

const hello = 'hello abc def\n';

describe.each([...drivers.values()].map((driver) => [driver.executor, driver] as const))(
  '%s',
  (_, driver) => {
    const { readerCommand } = driver;
    const inner = readerCommand.replace(/^exec \/bin\/sh -l -c '/, '').replace(/'$/, '');

    test('is one line that every login shell and an authorized_keys file can hold', () => {
      expect(readerCommand).toMatch(/^exec \/bin\/sh -l -c '[^']+'$/);
      // csh takes "!" for an event and fish "\\" for one backslash, in single quotes too.
      for (const odd of ['\n', '\r', '\\\\', "\\'", '!']) expect(inner.includes(odd) && odd).toBe(false);
      const line = boundKeyLine('ssh-ed25519 AAAA', 'latchkey:identity-1:reader', readerCommand);
      const [, bound = ''] = /^restrict,command="((?:[^"\\]|\\.)*)" ssh-ed25519 AAAA \S+$/.exec(line) ?? [];
      expect(bound.replaceAll('\\"', '"')).toBe(readerCommand);
      expect(line.length).toBeLessThan(4_096);
    });

    test.each(
      ['/bin/dash', '/bin/bash', '/bin/ksh', '/bin/zsh', '/usr/bin/fish', '/usr/bin/tcsh'].filter(existsSync),
    )('answers who it is under %s', (shell) => {
      const { stdout } = say(readerCommand, `${hello}who 7\n`, shell);
      const me = spawnSync('sh', ['-c', 'echo "$(id -un) $(id -u)"'], { encoding: 'utf8' }).stdout.trim();
      expect(stdout).toMatch(/^H stat1 \d+ \d+ abcdef\n/);
      expect(stdout).toContain(`O 7 ${me.length}\n${me}Z 7 0 ${me.length} 0 -\n`);
    });

    test.each([
      'sh 1 -c id',
      'jobs 1 a;id',
      'jobs 1 $(id)',
      'jobs 1 `id`',
      'jobs 1 -a',
      'jobs 1 a --help',
      'jobs 1 a|id',
      'jobs 1',
      'jobs x alice',
      'jobs 1;id alice',
      'who -1',
      'R 1 30 0 9 0',
    ])('ends at "%s" without an answer', (words) => {
      const { stdout, status } = say(readerCommand, `${hello}${words}\nwho 9\n`);
      expect(stdout).toMatch(/^H stat1 \d+ \d+ abcdef\n$/);
      expect(status).toBe(1);
    });

    test('a helper for commands finds nobody there', () => {
      const { stdout, status } = say(readerCommand, '\nexec 2>/dev/null\ncommand -v perl\n');
      expect({ stdout, status }).toEqual({ stdout: '', status: 1 });
    });
  },
);

test('Slurm: head jobs of the users, in the form of the status command, whatever the login sets', () => {
  const { stdout } = say(slurm.readerCommand, `${hello}jobs 3 alice,bob\n`);
  const body = /O 3 \d+\n([^]*)Z 3 0/.exec(stdout)?.[1] ?? '';
  const result = { exitCode: 0, stderr: Buffer.alloc(0), timedOut: false, truncated: false };
  expect(slurm.parseStatus({ ...result, stdout: Buffer.from(body) })).toMatchObject([
    { jobId: '11', jobName: 'nf-Run000000001', linuxUser: 'alice', state: 'running' },
  ]);
  expect(readFileSync(join(home, 'asked'), 'utf8')).toMatch(
    /^-h -t all -u alice,bob -o latchkey-slurm-job\|/,
  );
  expect(readFileSync(join(home, 'bent'), 'utf8')).toBe('');
});
