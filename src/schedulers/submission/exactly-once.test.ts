/** One launch is one job: interrupted, repeated, at once, without an answer. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type FakeCluster, fakeCluster } from '#test/support/far-side/fake-cluster.ts';
import type { LaunchOverrides } from '#test/support/far-side/launch.ts';
import { runCommand, startCommand } from '#test/support/far-side/run-command.ts';
import { gridEngine } from '../grid-engine/grid-engine.ts';
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
    expect(await submit()).toMatchObject({ how: 'found', jobId: '23' });
    expect(cluster.kept('sacct.words')).toMatch(/--name nf-Ab12Cd34Ef56 .*-S now-\d+minutes/);
    begun(4000);
    rmSync(join(cluster.headDir, own('job')));
    cluster.put('sacct', 'echo "sacct: error: slurmdbd is away"; exit 1');
    expect(await submit()).toMatchObject({
      kind: 'unknown',
      reason: expect.stringContaining('slurmdbd is away'),
    });
  });

  test('accounting knows of none: submitted anew', async () => {
    begun(4000);
    expect(await submit()).toMatchObject({ kind: 'submitted', how: 'new' });
  });

  test.each([
    ['says so', 'echo "Slurm accounting storage is disabled" >&2; exit 1'],
    ['has no command for it', 'exit 127'],
  ])(
    'a cluster without accounting that %s, longer ago than the queue remembers: a person decides',
    async (_, sacct) => {
      begun(4000);
      cluster.put('sacct', sacct);
      const outcome = await submit();
      expect(outcome).toMatchObject({
        kind: 'unknown',
        reason: expect.stringMatching(/66 minutes ago.*remove .*\.intent/),
      });
      expect(cluster.jobs()).toEqual([]);
    },
  );

  test('Grid Engine whose accounting file cannot be read knows of no ended job: a person decides', async () => {
    cluster.put('qstat', "echo '<job_info></job_info>'");
    cluster.put('qacct', 'echo "/opt/sge/default/common/accounting: No such file or directory" >&2; exit 1');
    begun(40);
    const outcome = gridEngine.parseSubmit(
      await runCommand(
        gridEngine.submit(cluster.launch({ snapshot: { platform: 'uge-platform' } })),
        cluster.place,
      ),
    );
    expect(outcome).toMatchObject({ kind: 'unknown', reason: expect.stringContaining('without accounting') });
  });

  test('a job that has begun is known by its claim', async () => {
    begun(4000);
    execFileSync('ln', ['-s', '99', own('claim')], { cwd: cluster.headDir });
    expect(await submit()).toMatchObject({ kind: 'submitted', how: 'found', jobId: '99' });
  });
});

describe('sent before, and nothing in the directory tells of it', () => {
  test('its job is looked for', async () => {
    execFileSync('ln', ['-s', 'nf-Ab12Cd34Ef56', join(cluster.dir, 'jobs', '7')]);
    expect(await submit({ sentSecondsAgo: 20 })).toMatchObject({
      kind: 'submitted',
      how: 'found',
      jobId: '7',
    });
    expect(cluster.jobs()).toEqual(['7']);
  });

  test('by the age that the server knows, also in accounting', async () => {
    cluster.put('sacct', 'echo "$@" >"$FAKE/sacct.words"; echo 23');
    expect(await submit({ sentSecondsAgo: 6_000 })).toMatchObject({ how: 'found', jobId: '23' });
    expect(cluster.kept('sacct.words')).toContain('-S now-220minutes');
  });

  test('a query that fails is "unknown"', async () => {
    cluster.put('squeue', 'echo "slurm_load_jobs error: Unable to contact slurm controller" >&2; exit 1');
    expect(await submit({ sentSecondsAgo: 20 })).toMatchObject({ kind: 'unknown' });
    expect(cluster.jobs()).toEqual([]);
  });

  test('there is none, with and without accounting: it is submitted at once', async () => {
    cluster.put('sleep', 'echo >"$FAKE/slept"');
    cluster.put('sbatch', 'echo 17');
    expect(await submit({ sentSecondsAgo: 4_000 })).toMatchObject({ how: 'new' });
    cluster.put('sacct', 'echo "Slurm accounting storage is disabled" >&2; exit 1');
    expect(await submit({ sentSecondsAgo: 4_000, runId: 'other' })).toMatchObject({ how: 'new' });
    expect(existsSync(join(cluster.dir, 'slept'))).toBe(false);
  });
});

/** A job's name is taken from the words; `before` and `after` its beginning the command takes its time. */
const sbatchThat = (before: number, after: number) =>
  cluster.put(
    'sbatch',
    `for w; do case $w in --job-name=*) name=\${w#*=} ;; esac; done
sleep ${before}; n=1
while ! ln -s "$name" "$FAKE/jobs/$n" 2>/dev/null; do n=$((n + 1)); done
sleep ${after}; echo "$n"`,
  );

test('two at once: one submits', async () => {
  // Longer than a second one would look for the job.
  sbatchThat(1, 0);
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
  // Half of a submission is spent between the job's beginning and the answer, however quick the machine is.
  sbatchThat(0, 0.06);
  const start = performance.now();
  await runCommand(slurm.submit(cluster.launch({ runId: 'whole' })), cluster.place);
  const whole = performance.now() - start;
  let cut = 0;
  let found = 0;
  for (let trial = 0; trial < 25; trial += 1) {
    const input = cluster.launch({ runId: `t${trial}` });
    const attempt = startCommand(slurm.submit(input), cluster.place);
    await sleep(Math.random() * whole);
    attempt.kill();
    if (slurm.parseSubmit(await attempt.result).kind === 'unknown') cut += 1;
    const outcome = slurm.parseSubmit(await runCommand(slurm.submit(input), cluster.place));
    if (outcome.kind !== 'submitted') throw new Error(outcome.reason);
    if (outcome.how === 'found') found += 1;
    expect(cluster.jobs(`nf-t${trial}`)).toEqual([outcome.jobId]);
  }
  expect(cut).toBeGreaterThan(10);
  expect(found).toBeGreaterThan(0);
});
