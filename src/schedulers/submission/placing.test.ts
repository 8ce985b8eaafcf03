/** How a submission places its files: what it costs, what may lie in the way, in every shell. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type FakeCluster, fakeCluster } from '#test/support/far-side/fake-cluster.ts';
import type { LaunchOverrides } from '#test/support/far-side/launch.ts';
import { runCommand } from '#test/support/far-side/run-command.ts';
import { slurm } from '../slurm/slurm.ts';

let cluster: FakeCluster;
beforeEach(() => {
  cluster = fakeCluster();
});
afterEach(() => cluster.remove());

const submit = async (over?: LaunchOverrides) =>
  slurm.parseSubmit(await runCommand(slurm.submit(cluster.launch(over)), cluster.place));

const own = (name: string) => `.nf-Ab12Cd34Ef56.${name}`;
const hostile = `'"$(touch x)\`touch y\`\\ -n \u00fc\n$HOME\n-e %s %d\\n\r\n'\\''`;

test('an ordinary submission costs four processes', async () => {
  await submit();
  const programs =
    'cat id find mkdir stat flock date touch sync timeout rm mv ln chmod sed tr cut head tail readlink';
  for (const name of programs.split(' '))
    cluster.put(name, `echo ${name} >>"$FAKE/ran"; PATH=/usr/bin:/bin; exec ${name} "$@"`);
  cluster.put('sbatch', 'echo 17');
  cluster.put('timeout', 'echo timeout >>"$FAKE/ran"; exec /usr/bin/timeout "$@"');
  await submit({ runId: 'next', sessionId: 'another', launch: { configText: hostile, paramsText: '{}' } });
  expect(cluster.kept('ran').trim().split('\n').join(' ')).toBe('stat mkdir flock');
});

test('the submit command gets the umask of the login, and nothing to read', async () => {
  cluster.put('sbatch', 'umask >"$FAKE/umask"; cat; echo 17');
  const command = slurm.submit(cluster.launch());
  const argv = ['sh', '-c', 'umask 027; exec "$@"', 'sh', ...command.argv];
  const outcome = slurm.parseSubmit(await runCommand({ ...command, argv }, cluster.place));
  expect(outcome).toMatchObject({ kind: 'submitted', jobId: '17' });
  expect(cluster.kept('umask')).toMatch(/^0*27\n$/);
  expect(statSync(join(cluster.headDir, own('intent'))).mode & 0o777).toBe(0o600);
});

describe('what lies in the way', () => {
  test.each([
    ['a file', (path: string) => writeFileSync(path, 'old')],
    ['a link that leads elsewhere', (path: string) => symlinkSync('/nowhere/else', path)],
    ['a pipe', (path: string) => execFileSync('mkfifo', [path])],
  ])('%s is replaced', async (_, plant) => {
    mkdirSync(cluster.headDir, { recursive: true, mode: 0o700 });
    for (const name of ['nf-Ab12Cd34Ef56.config', own('env')]) plant(join(cluster.headDir, name));
    expect(await submit({ secretEnvironment: { A: 'b' } })).toMatchObject({ how: 'new' });
    expect(cluster.file(own('env'))).toContain("A='b'");
    expect(statSync(join(cluster.headDir, own('env'))).mode & 0o777).toBe(0o600);
    expect(cluster.file('nf-Ab12Cd34Ef56.config')).toContain('slurm');
  });

  test('a file that cannot be written is refused in the words of the disk, and nothing was begun', async () => {
    mkdirSync(join(cluster.headDir, 'nf-Ab12Cd34Ef56.config'), { recursive: true, mode: 0o700 });
    expect(await submit()).toMatchObject({
      kind: 'refused',
      reason: expect.stringMatching(/^Writing nf-Ab12Cd34Ef56.config in .* as .*directory/),
    });
    expect([cluster.jobs(), cluster.exists(own('intent'))]).toEqual([[], false]);
  });

  test('a record that cannot be written does not talk us out of a job', async () => {
    cluster.put('sbatch', `mkdir ${own('job')}; echo 17`);
    expect(await submit()).toMatchObject({ kind: 'submitted', how: 'new', jobId: '17' });
    cluster.put('squeue', 'echo 17');
    expect(await submit()).toMatchObject({ kind: 'submitted', how: 'found', jobId: '17' });
  });

  test('half a record is none', async () => {
    await submit();
    writeFileSync(join(cluster.headDir, own('job')), '99');
    expect(await submit()).toMatchObject({ how: 'found', jobId: '1' });
  });
});

/** Those of this machine, by their whole paths. */
const shells = spawnSync('sh', [
  '-c',
  'command -v dash; command -v bash; command -v ksh; command -v mksh; command -v busybox',
])
  .stdout.toString()
  .trim()
  .split('\n');

const told = shells.flatMap((shell) => [[shell, 'pipe'] as const, [shell, 'socket'] as const]);

test.each(told)('as told to %s through a %s', async (shell, kind) => {
  const command = slurm.submit(cluster.launch({ launch: { configText: hostile } }));
  const argv = [shell, ...(shell.endsWith('busybox') ? ['sh'] : []), ...command.argv.slice(1)];
  const send = async () =>
    slurm.parseSubmit(
      await runCommand(
        { ...command, argv },
        { ...cluster.place, ...(kind === 'socket' ? { stdin: kind } : {}) },
      ),
    );
  expect(await send()).toMatchObject({ kind: 'submitted', how: 'new' });
  expect(await send()).toMatchObject({ kind: 'submitted', how: 'recorded' });
  rmSync(join(cluster.headDir, own('job')));
  expect(await send()).toMatchObject({ kind: 'submitted', how: 'found' });
  expect(cluster.file('nf-Ab12Cd34Ef56.launch.config')).toBe(`${hostile}\n`);
});
