/** The test cluster itself: if this fails, what the other end-to-end tests say means nothing. */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, inject, test } from 'vitest';
import { attachCluster } from '#test/support/cluster.ts';

const cluster = attachCluster(inject('cluster'));

const accounted = async (name: string, fields: readonly string[], wanted: RegExp) => {
  for (let round = 0; round < 100; round += 1) {
    const rows = await cluster.slurm.sacct('JobName', 'State', ...fields);
    const found = rows.filter((row) => row['JobName'] === name);
    if (found.length > 0 && found.every((row) => wanted.test(row['State'] ?? ''))) return found;
    await sleep(200);
  }
  throw new Error(`no job ${name} has come to ${wanted}`);
};

describe.each(['alice', 'bob', 'tina', 'finn'])('%s', (label) => {
  const user = cluster.user(label);

  test('logs in with a key of its own and submits under its own account', async () => {
    const name = `smoke-${label}`;
    const command = `sbatch --parsable -J ${name} -p compute -o /dev/null --wrap 'id -un > ~/ran-as'`;
    const submitted = await cluster.login(label, command);
    // tcsh says first that there is no terminal.
    expect(submitted).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^\d+\n$/m) });
    const jobs = await accounted(name, ['JobID', 'User', 'Partition', 'Account'], /^COMPLETED/);
    expect(jobs).toMatchObject([
      {
        JobID: submitted.stdout.trim().split('\n').at(-1),
        User: user.name,
        Partition: 'compute',
        Account: 'lab',
      },
    ]);
    expect(await readFile(join(user.home, 'ran-as'), 'utf8')).toBe(`${user.name}\n`);
  });

  test('shares the work directory with the group', async () => {
    expect((await cluster.login(label, `mkdir ${cluster.facts.workDir}/by-${label}`)).stderr).toBe('');
    const made = await stat(join(cluster.facts.workDir, `by-${label}`));
    expect(made).toMatchObject({ uid: user.uid });
    expect(made.mode & 0o7777).toBe(0o2770);
  });
});

test('Slurm is reachable only with what a login gives', async () => {
  const { stdout } = await cluster.login(
    'alice',
    'env -u SLURM_CONF squeue 2>&1; squeue -h --me && echo reached',
  );
  expect(stdout).toMatch(/error[\s\S]*reached\n$/);
});

test('Nextflow runs two tasks on Slurm as the member', async () => {
  const bob = cluster.user('bob');
  const launchDir = join(bob.home, 'launch');
  await bob.write('launch/site.config', `process.executor = 'slurm'\nprocess.queue = 'compute'\n`);
  const head = [
    `nextflow -c site.config -log nextflow.log run ${cluster.facts.pipelines.twoTasks}`,
    `-ansi-log false -work-dir ${cluster.facts.workDir}/bob --outdir out --greeting 12345`,
  ].join(' ');
  const script = `cd ~/launch && sbatch --wait -J head-bob -p head -o head.out --wrap '${head}'`;
  const ended = await cluster.login('bob', script);
  expect(ended.exitCode, await readFile(join(launchDir, 'head.out'), 'utf8').catch(() => ended.stderr)).toBe(
    0,
  );
  expect(await readFile(join(launchDir, 'out/count.txt'), 'utf8')).toBe(`5\n${bob.name}\n`);
  const tasks = await accounted('nf-COUNT', ['User', 'Partition'], /^COMPLETED/);
  expect(tasks).toMatchObject([{ User: bob.name, Partition: 'compute' }]);
});
