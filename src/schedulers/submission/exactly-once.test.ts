/** One launch is one job: interrupted, repeated, at once, without an answer. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type FakeCluster, fakeCluster } from '#test/support/far-side/fake-cluster.ts';
import type { LaunchOverrides } from '#test/support/far-side/launch.ts';
import { runCommand, startCommand } from '#test/support/far-side/run-command.ts';
import { slurm } from '../slurm/slurm.ts';

let cluster: FakeCluster;
beforeEach(() => {
  cluster = fakeCluster();
});
afterEach(() => cluster.remove());

const submit = async (over?: LaunchOverrides) =>
  slurm.parseSubmit(await runCommand(slurm.submit(cluster.launch(over)), cluster.place));

const own = (name: string) => `.nf-Ab12Cd34Ef56.${name}`;

describe('after a submission that was cut off', () => {
  const begun = (secondsAgo: number) => {
    mkdirSync(cluster.headDir, { recursive: true });
    const since = Date.now() / 1000 - secondsAgo;
    writeFileSync(join(cluster.headDir, own('intent')), '');
    utimesSync(join(cluster.headDir, own('intent')), since, since);
  };

  test('a query that fails is "unknown", never "none"', async () => {
    begun(5);
    cluster.put('squeue', 'echo "slurm_load_jobs error: Unable to contact slurm controller" >&2; exit 1');
    expect(await submit()).toMatchObject({
      kind: 'unknown',
      reason: expect.stringContaining('Unable to contact'),
    });
    cluster.put('squeue', 'echo "squeue: error: Invalid user: me" >&2; exit 0');
    expect(await submit()).toMatchObject({
      kind: 'unknown',
      reason: expect.stringContaining('Invalid user'),
    });
    expect(cluster.jobs()).toEqual([]);
  });

  test('accounting is asked for jobs that have left the queue, and must answer', async () => {
    begun(4000);
    cluster.put('sacct', 'echo "$@" >"$FAKE/sacct.words"; echo 23');
    expect(await submit({ accounting: true })).toMatchObject({ how: 'found', jobId: '23' });
    expect(cluster.kept('sacct.words')).toMatch(/--name nf-Ab12Cd34Ef56 .*-S now-\d+minutes/);
    begun(4000);
    rmSync(join(cluster.headDir, own('job')));
    cluster.put('sacct', 'echo "sacct: error: slurmdbd is away"; exit 1');
    expect(await submit({ accounting: true })).toMatchObject({
      kind: 'unknown',
      reason: expect.stringContaining('slurmdbd is away'),
    });
  });

  test('accounting knows of none: submitted anew', async () => {
    begun(4000);
    expect(await submit({ accounting: true })).toMatchObject({ kind: 'submitted', how: 'new' });
  });

  test('without accounting, longer ago than the queue remembers: a person decides', async () => {
    begun(4000);
    const outcome = await submit();
    expect(outcome).toMatchObject({
      kind: 'unknown',
      reason: expect.stringMatching(/66 minutes ago.*remove .*\.intent/),
    });
    expect(cluster.jobs()).toEqual([]);
  });

  test('a job that has begun is known by its claim', async () => {
    begun(4000);
    execFileSync('ln', ['-s', '99', own('claim')], { cwd: cluster.headDir });
    expect(await submit()).toMatchObject({ kind: 'submitted', how: 'found', jobId: '99' });
  });
});

test('two at once: one submits', async () => {
  // While the first is on its way nobody can see a job of it yet.
  const sbatch = join(cluster.dir, 'bin/sbatch');
  writeFileSync(sbatch, readFileSync(sbatch, 'utf8').replace('\n', '\nsleep 0.5\n'), { mode: 0o755 });
  const outcomes = await Promise.all([submit(), submit(), submit()]);
  expect(outcomes.map(({ kind }) => kind)).toEqual(['submitted', 'submitted', 'submitted']);
  expect(cluster.jobs()).toHaveLength(1);
});

test('without file locks an intent holds others off', async () => {
  cluster.put('flock', 'exit 71');
  cluster.put('sbatch', 'echo "sbatch: error: Socket timed out" >&2; exit 1');
  await submit();
  expect(await submit()).toMatchObject({
    kind: 'unknown',
    reason: expect.stringContaining('still be going on'),
  });
  // Longer than any submission lives.
  const since = Date.now() / 1000 - 211;
  utimesSync(join(cluster.headDir, own('intent')), since, since);
  expect(await submit()).toMatchObject({ reason: expect.stringContaining('timed out') });
});

test('a submit command that hangs is ended by the channel: nothing is held, and its job is looked for', async () => {
  cluster.put('sbatch', 'ln -s nf-Ab12Cd34Ef56 "$FAKE/jobs/7"; touch "$FAKE/hangs"; sleep 60');
  const { result, kill } = startCommand(slurm.submit(cluster.launch()), cluster.place);
  await expect.poll(() => existsSync(join(cluster.dir, 'hangs'))).toBe(true);
  kill();
  expect(slurm.parseSubmit({ ...(await result), timedOut: true })).toMatchObject({ kind: 'unknown' });
  expect(await submit()).toMatchObject({ kind: 'submitted', how: 'found', jobId: '7' });
});

test('promise 22: killed at random moments and sent again, there is one job', {
  timeout: 60_000,
}, async () => {
  let cut = 0;
  for (let trial = 0; trial < 30; trial += 1) {
    const runId = `t${trial}`;
    const command = slurm.submit(cluster.launch({ runId }));
    for (let round = 0; round < 2; round += 1) {
      const { result, kill } = startCommand(command, cluster.place);
      await sleep(5 + Math.random() * 55);
      kill();
      if (slurm.parseSubmit(await result).kind === 'unknown') cut += 1;
    }
    const outcome = slurm.parseSubmit(await runCommand(command, cluster.place));
    expect(outcome).toMatchObject({ kind: 'submitted' });
    expect(cluster.jobs(`nf-${runId}`)).toEqual([outcome.kind === 'submitted' && outcome.jobId]);
  }
  expect(cut).toBeGreaterThan(10);
});
