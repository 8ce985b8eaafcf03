/** Clusters whose disks are full or closed, whose clocks are wrong and whose logins talk: each told in its own words. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type FakeCluster, fakeCluster } from '#test/support/far-side/fake-cluster.ts';
import type { LaunchOverrides } from '#test/support/far-side/launch.ts';
import { runCommand, startCommand } from '#test/support/far-side/run-command.ts';
import { parseRemains, readRemains } from '../files/remains.ts';
import { slurm } from '../slurm/slurm.ts';

let cluster: FakeCluster;
const mounts: string[] = [];
beforeEach(() => {
  cluster = fakeCluster();
});
afterEach(() => {
  for (const mount of mounts.splice(0)) execFileSync('umount', ['-l', mount]);
  cluster.remove();
});

const mount = (path: string, size: string): string => {
  mkdirSync(path, { recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=755`, 'tmpfs', path]);
  mounts.push(path);
  return path;
};
const fill = (path: string): void => {
  try {
    execFileSync('sh', ['-c', 'cat /dev/zero >"$0/full"', path], { stdio: 'ignore' });
  } catch {
    // That it ends with an error is what was wanted.
  }
};
const submit = async (over?: LaunchOverrides) =>
  slurm.parseSubmit(await runCommand(slurm.submit(cluster.launch(over)), cluster.place));
const runId = 'Ab12Cd34Ef56';
const begin = () =>
  startCommand(
    { argv: ['bash', join(cluster.headDir, `nf-${runId}.launcher.sh`)], timeoutMs: 0 },
    { ...cluster.place, env: { ...cluster.place.env, SLURM_JOB_ID: '1' } },
  ).result;
const remains = async () =>
  parseRemains(await runCommand(readRemains({ runId, headDir: cluster.headDir }), cluster.place));

describe.runIf(process.getuid?.() === 0)('disks', () => {
  test('a full disk: refused in its words, and nothing submitted', async () => {
    const work = mount(join(cluster.dir, 'work'), '16k');
    fill(work);
    expect(await submit()).toMatchObject({
      kind: 'refused',
      reason: expect.stringMatching(/No space left on device/),
    });
    expect(cluster.jobs()).toEqual([]);
    rmSync(join(work, 'full'));
  });

  test('a read-only file system: refused in its words, and nothing submitted', async () => {
    const work = mount(join(cluster.dir, 'work'), '1m');
    execFileSync('mount', ['-o', 'remount,ro', work]);
    expect(await submit()).toMatchObject({
      kind: 'refused',
      reason: expect.stringMatching(/Read-only file system/),
    });
    expect(cluster.jobs()).toEqual([]);
  });

  test('a read-only, full home does not matter where the work directory is elsewhere', async () => {
    execFileSync('mount', ['--bind', cluster.home, cluster.home]);
    mounts.push(cluster.home);
    execFileSync('mount', ['-o', 'remount,ro,bind', cluster.home]);
    expect(await submit()).toMatchObject({ kind: 'submitted', how: 'new' });
  });

  test('a disk that fills up while the job waits: the launcher says so and starts no Nextflow', async () => {
    const work = mount(join(cluster.dir, 'work'), '512k');
    expect(await submit()).toMatchObject({ kind: 'submitted' });
    fill(work);
    const { stdout } = await begin();
    expect(existsSync(join(cluster.dir, 'words'))).toBe(false);
    expect(Buffer.from(stdout).toString()).toMatch(/Nothing can be written in|Only 0 MB are free in/);
    // The message itself may not fit any more; that the run did not succeed is seen without it.
    expect((await remains()).exitStatus).not.toBe(0);
    rmSync(join(work, 'full'));
  });
});

test('a work directory that is gone when the job begins is named, and Nextflow is not started', async () => {
  expect(await submit({ snapshot: { launchDir: join(cluster.dir, 'launch') } })).toMatchObject({
    kind: 'submitted',
  });
  rmSync(join(cluster.dir, 'work'), { recursive: true });
  const found = execFileSync('find', [cluster.dir, '-name', `nf-${runId}.launcher.sh`])
    .toString()
    .trim();
  await startCommand(
    { argv: ['bash', found], timeoutMs: 0 },
    { ...cluster.place, env: { ...cluster.place.env, SLURM_JOB_ID: '1' } },
  ).result;
  expect(existsSync(join(cluster.dir, 'words'))).toBe(false);
  const message = execFileSync('cat', [found.replace('.launcher.sh', '.message')]).toString();
  expect(message).toMatch(/The directory .*work does not exist on the node .*compute nodes share/);
});

describe('a clock that is an hour off', () => {
  test.each([-3_600, 3_600])(
    '%i s: what was submitted is found again, and accounting is asked for the right time',
    async (off) => {
      cluster.put(
        'date',
        `case $* in +%s) echo $(($(/usr/bin/date +%s) + ${off})) ;; *) exec /usr/bin/date "$@" ;; esac`,
      );
      expect(await submit()).toMatchObject({ kind: 'submitted', how: 'new' });
      expect(await submit()).toMatchObject({ kind: 'submitted', how: 'recorded' });
      rmSync(join(cluster.headDir, `.nf-${runId}.job`));
      expect(await submit()).toMatchObject({ kind: 'submitted', how: 'found' });
      expect(cluster.jobs()).toHaveLength(1);

      cluster.put('sacct', 'printf "%s\\n" "$@" >"$FAKE/asked"');
      await runCommand(slurm.accounting(['1'], Date.now()), cluster.place);
      // By the cluster's own clock the job was submitted at most an hour before or after ours says.
      const [, minutes] = /^now-(\d+)minutes$/m.exec(cluster.kept('asked')) ?? [];
      expect(Number(minutes)).toBeGreaterThanOrEqual(off > 0 ? off / 60 + 60 : 59);
    },
  );
});

test('modules and profiles that talk on stdout disturb no answer', async () => {
  cluster.put(
    'module',
    'echo "Loading nextflow/24.10 ..."; echo "latchkey: outcome refused"; echo "latchkey: end"',
  );
  const sbatch = execFileSync('cat', [join(cluster.dir, 'bin/sbatch')]).toString();
  writeFileSync(
    join(cluster.dir, 'bin/sbatch'),
    sbatch.replace('\n', '\necho "Lmod: loading slurm/22.05"\nmodule >&2\n'),
    { mode: 0o755 },
  );
  expect(await submit()).toMatchObject({ kind: 'submitted', jobId: '1' });
  expect(await submit()).toMatchObject({ kind: 'submitted', how: 'recorded', jobId: '1' });
});
