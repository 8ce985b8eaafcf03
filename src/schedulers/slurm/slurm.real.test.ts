/** Everything that this room sends, against a real Slurm, as real Linux users. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { GridConfig } from '#core/grid-config.ts';
import { type Cluster, startCluster } from '#test/support/cluster.ts';
import type { LaunchOverrides } from '#test/support/far-side/launch.ts';
import { member } from '#test/support/far-side/member.ts';
import { parseRange, readRange } from '../files/log-files.ts';
import { slurm } from './slurm.ts';

let cluster: Cluster;

const endsWith = (preRunScript: string): Partial<GridConfig> => ({ preRunScript });

describe('Slurm with accounting', { timeout: 120_000 }, () => {
  beforeAll(async () => {
    cluster = await startCluster({ settings: { MessageTimeout: '3' } });
  }, 60_000);
  afterAll(() => cluster?.stop());

  test('account check', async () => {
    const { user, run } = member(cluster, 'alice');
    const { facts } = cluster;
    const report = slurm.parseProbe(await run(slurm.probe({ workDir: facts.workDir })));
    expect(report).toMatchObject({
      linuxUser: user.name,
      uid: user.uid,
      groups: expect.arrayContaining([facts.group]),
      home: user.home,
      homeWritable: true,
      workDir: facts.workDir,
      workDirExists: true,
      workDirWritable: true,
      workDirGroup: facts.group,
      workDirGroupShared: true,
      nextflow: join(facts.binDir, 'nextflow'),
      java: expect.stringMatching(/java$/),
      schedulerVersion: expect.stringMatching(/^slurm.* \d+\.\d+/),
      accounting: true,
    });
    const bad = slurm.parseProbe(await run(slurm.probe({ workDir: '/root/work' })));
    expect(bad).toMatchObject({ workDir: '/root/work', workDirExists: false, workDirWritable: false });
  });

  test('submit, status, accounting and what is left, as two members', async () => {
    const ends = await Promise.all(
      ['alice', 'bob'].map(async (label) => {
        const { user, input, launch, until, over, accounts, remains } = member(cluster, label);
        const config = {
          ...endsWith('exit 5'),
          headQueue: 'compute',
          headJobOptions: '--comment="it is ours" -t 10',
        };
        const { jobId, headDir } = await launch(input({ runId: label, config, launch: { headJobCpus: 3 } }));
        expect(await until(jobId, over)).toMatchObject({
          jobName: `nf-${label}`,
          linuxUser: user.name,
          state: 'failed',
          queue: 'compute',
        });
        expect(await accounts(jobId)).toMatchObject([
          { jobId, state: 'failed', exitCode: 5, queue: 'compute' },
        ]);
        expect(await remains(label, headDir)).toMatchObject({
          exitStatus: 5,
          started: false,
          launcherMessage: expect.stringContaining('exit status 5'),
        });
        const job = await cluster.slurm.run('scontrol', 'show', 'job', jobId);
        expect(job).toMatch(/Requeue=0 [^]*TimeLimit=00:10:00 [^]*NumCPUs=3 [^]*Comment=it is ours/);
        const read = await member(cluster, label).run(
          readRange({
            root: headDir,
            allowedRoots: [headDir],
            path: `nf-${label}.txt`,
            offset: 4,
            maxBytes: 10,
          }),
        );
        expect(Buffer.from(parseRange(read, 'x').bytes).toString()).toBe('pre-run sc');
        return user.name;
      }),
    );
    const rows = (await cluster.slurm.sacct('User', 'JobName')).map(
      ({ User, JobName }) => `${JobName} ${User}`,
    );
    expect(rows).toEqual(expect.arrayContaining([`nf-alice ${ends[0]}`, `nf-bob ${ends[1]}`]));
  });

  test('held, interrupted, removed; what is gone is no error; nobody removes what is not theirs', async () => {
    const { input, launch, status, until, over, run } = member(cluster, 'alice');
    const { jobId } = await launch(input({ runId: 'held', config: { headJobOptions: '--hold' } }));
    expect((await status()).find((job) => job.jobId === jobId)).toMatchObject({
      state: 'held',
      nativeState: 'PENDING',
    });
    expect((await member(cluster, 'bob').run(slurm.remove([jobId]))).exitCode).not.toBe(0);
    expect((await run(slurm.remove([jobId, '999999']))).exitCode).toBe(0);
    expect(await until(jobId, over)).toMatchObject({ state: 'cancelled' });
    for (const command of [slurm.remove([jobId]), slurm.interrupt(jobId), slurm.interrupt('999999')])
      expect((await run(command)).exitCode).toBe(0);
  });

  test("refused in Slurm's words, with nothing left in the queue", async () => {
    const { input, run, status } = member(cluster, 'alice');
    const before = (await status()).length;
    for (const [over, words] of [
      [{ runId: 'r1', config: { headQueue: 'nowhere' } }, /Invalid partition name/],
      [{ runId: 'r2', snapshot: { account: 'nobodys' } }, /Invalid account/],
      [{ runId: 'r3', config: { headJobOptions: '--no-such-option=1' } }, /unrecognized option/],
      [{ runId: 'r4', config: { headJobOptions: '--time=never' } }, /Invalid --time/],
    ] as [LaunchOverrides, RegExp][])
      expect(slurm.parseSubmit(await run(slurm.submit(input(over))))).toEqual({
        kind: 'refused',
        reason: expect.stringMatching(words),
        // What was placed for it, for the clean-up policy.
        left: { headDir: expect.stringMatching(/^\//), workDir: expect.stringMatching(/^\//) },
      });
    expect(await status()).toHaveLength(before);
  });

  test('a directory with signs that Slurm would fill in', async () => {
    const { user, input, launch, until, over } = member(cluster, 'alice');
    const snapshot = { linuxUser: user.name, workDir: "~/100%j it's $USER ü" };
    const { jobId, headDir } = await launch(input({ runId: 'signs', config: endsWith('exit 6'), snapshot }));
    expect(headDir).toBe(
      join(user.home, `100%j it's ${user.name} ü`, user.name, headDir.split('/').at(-1) ?? ''),
    );
    await until(jobId, over);
    expect(await readFile(join(headDir, 'nf-signs.txt'), 'utf8')).toContain('exit status 6');
  });

  test('a job that left the queue after a cut submission is found in accounting', async () => {
    const { input, launch, accounts, run } = member(cluster, 'alice');
    const launched = input({ runId: 'cut', config: { headJobOptions: '--hold' } });
    const { jobId, headDir } = await launch(launched);
    await run(slurm.remove([jobId]));
    expect(await accounts(jobId)).toMatchObject([{ state: 'cancelled' }]);
    await run({
      argv: ['sh', '-c', 'rm "$0/.nf-cut.job"; touch -d "900 seconds ago" "$0/.nf-cut.intent"', headDir],
      timeoutMs: 0,
    });
    // The queue forgets: a query that lists nothing.
    const bin = join(cluster.facts.dir, 'forgetful');
    await mkdir(bin, { recursive: true });
    await writeFile(join(bin, 'squeue'), '#!/bin/sh\nexit 0\n', { mode: 0o755 });
    const command = slurm.submit(launched);
    const found = await run({ ...command, argv: ['env', `PATH=${bin}:/usr/bin:/bin`, ...command.argv] });
    expect(slurm.parseSubmit(found)).toMatchObject({ kind: 'submitted', how: 'found', jobId });
  });

  test('a controller that is away: "unknown", and afterwards one job', async () => {
    const { input, run, status } = member(cluster, 'alice');
    const launched = input({ runId: 'away', config: endsWith('exit 1') });
    await cluster.slurm.stopController();
    try {
      expect(slurm.parseSubmit(await run(slurm.submit(launched)))).toMatchObject({ kind: 'unknown' });
      await expect(status()).rejects.toThrow(/squeue failed/);
    } finally {
      await cluster.slurm.startController();
    }
    expect(slurm.parseSubmit(await run(slurm.submit(launched)))).toMatchObject({ kind: 'submitted' });
    expect((await status()).filter(({ jobName }) => jobName === 'nf-away')).toHaveLength(1);
  });
});

describe('Slurm without accounting', { timeout: 60_000 }, () => {
  beforeAll(async () => {
    cluster = await startCluster({ accounting: false });
  }, 60_000);
  afterAll(() => cluster?.stop());

  test('accounting knows nothing; a cut submission is found in the queue, after which a person decides', async () => {
    const { input, launch, until, over, accounts, run, remains } = member(cluster, 'alice');
    const launched = input({ runId: 'bare', config: { headJobOptions: '--hold' } });
    const { jobId, headDir } = await launch(launched);
    expect(await accounts(jobId)).toEqual([]);
    const forget = (seconds: number) =>
      run({
        argv: [
          'sh',
          '-c',
          'rm -f "$0/.nf-bare.job"; touch -d "$1 seconds ago" "$0/.nf-bare.intent"',
          headDir,
          `${seconds}`,
        ],
        timeoutMs: 0,
      });
    await forget(5);
    expect(await launch(launched)).toMatchObject({ how: 'found', jobId });
    await run(slurm.remove([jobId]));
    await until(jobId, over);
    await forget(900);
    expect(await launch(launched)).toMatchObject({ how: 'found', jobId });
    const other = input({
      runId: 'lost',
      sessionId: launched.sessionId,
      config: { headJobOptions: '--hold' },
    });
    const begunAgo = (seconds: number) =>
      run({
        argv: ['touch', '-d', `${seconds} seconds ago`, join(headDir, '.nf-lost.intent')],
        timeoutMs: 0,
      });
    await begunAgo(900);
    expect(slurm.parseSubmit(await run(slurm.submit(other)))).toMatchObject({
      kind: 'unknown',
      reason: expect.stringContaining('15 minutes ago'),
    });
    expect(await remains('lost', headDir)).toMatchObject({ exitStatus: null, started: false });
    // Not so long ago that Slurm could have forgotten it: there was none.
    await begunAgo(5);
    expect(await launch(other)).toMatchObject({ how: 'new' });
    expect(slurm.parseProbe(await run(slurm.probe({ workDir: null })))).toMatchObject({
      accounting: false,
      workDir: null,
    });
  });
});
