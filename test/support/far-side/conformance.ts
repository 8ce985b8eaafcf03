/** What every scheduler must do with real jobs of real Linux users; one suite for all of them. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SchedulerDriver } from '#core/ports/scheduler.ts';
import { type GridCluster, type GridScheduler, startGridCluster } from '../grid-cluster.ts';
import type { Ledger } from '../ledger.ts';
import { giveTrivialNextflow } from '../road.ts';
import { askBoundLine } from './bound-line.ts';
import { gridMember } from './grid-member.ts';
import type { LaunchOverrides } from './launch.ts';
import { answered } from './run-command.ts';

export interface ConformanceFacts<Scheduler extends GridScheduler> {
  driver: SchedulerDriver;
  start(ledger: Ledger): Promise<Scheduler>;
  version: RegExp;
  /** Options that hold a job until it is removed. */
  hold: string;
  /** Options that end a job after a second or two. */
  timeLimit: string;
  /** Launches that the scheduler refuses, and in which words. */
  refused: [LaunchOverrides, RegExp][];
  /** Takes the scheduler away while `work` runs. */
  away(scheduler: Scheduler, work: () => Promise<void>): Promise<void>;
  /** What its commands say then, where they could also have waited. */
  awayWords?: RegExp;
  /** It knows nothing of jobs that are over: what they left alone tells how they ended. */
  forgets?: true;
  /** Another version of one that is shown as a whole: what differs by version, the rest where long forms are asked for. */
  brief?: true;
}

/** Left out, not skipped: what is skipped counts as something that CI did not run. */
const testWhere = (shown: boolean) => test.each(shown ? ['here'] : []);

/** Sleeps so that a job can be looked at, and ends when it is told to. */
const waits = 'touch begun; sleep 60 & wait $!';

export const conformance = <Scheduler extends GridScheduler>(
  name: string,
  facts: ConformanceFacts<Scheduler>,
): void => {
  const { driver } = facts;
  let cluster: GridCluster<Scheduler>;
  const { forgets = false } = facts;
  const brief = Boolean(facts.brief) && !process.env['LATCHKEY_TEST_LONG'];
  const member = (label: string) => gridMember(cluster, driver, label, { forgets });

  describe(`${name}, with real jobs`, { timeout: 120_000 }, () => {
    beforeAll(async () => {
      cluster = await startGridCluster(facts.start);
    }, 60_000);
    afterAll(() => cluster?.stop());

    test('account check', async () => {
      const { user, run } = member('alice');
      const report = driver.parseProbe(await run(driver.probe({ workDir: cluster.workDir })));
      expect(report).toMatchObject({
        linuxUser: user.name,
        workDirWritable: true,
        workDirGroup: cluster.group,
        nextflow: join(cluster.binDir, 'nextflow'),
        schedulerVersion: expect.stringMatching(facts.version),
        accounting: !forgets,
      });
    });

    test('two members: each job under its own user, with its own exit status', async () => {
      const ends = await Promise.all(
        (['alice', 'bob'] as const).map(async (label, index) => {
          const { user, input, launch, end, remains } = member(label);
          const config = { preRunScript: `exit ${5 + index}`, headQueue: 'head' };
          const { jobId, headDir, how } = await launch(input({ runId: label, config }));
          expect(how).toBe('new');
          const job = await end(jobId);
          if (!forgets) expect(job).toMatchObject({ jobId, state: 'failed', exitCode: 5 + index });
          expect(['', `nf-${label}`]).toContain(job?.jobName ?? '');
          expect(await remains(label, headDir)).toMatchObject({ exitStatus: 5 + index, started: false });
          expect(await readFile(join(headDir, `nf-${label}.txt`), 'utf8')).toContain(
            `exit status ${5 + index}`,
          );
          return user.name;
        }),
      );
      expect(new Set(ends).size).toBe(2);
    });

    testWhere(!brief)('queued, running, told to stop: the launcher gets its time, and is gone', async () => {
      const { input, launch, until, end, run, remains, status } = member('alice');
      const { jobId, headDir } = await launch(input({ runId: 'told', config: { preRunScript: waits } }));
      const running = await until(jobId, (job) => job.state === 'running');
      expect(running).toMatchObject({ jobName: 'nf-told', linuxUser: member('alice').user.name });
      await expect.poll(() => existsSync(join(headDir, 'begun')), { timeout: 20_000 }).toBe(true);
      expect((await run(driver.interrupt(jobId))).exitCode).toBe(0);
      await end(jobId);
      expect(await remains('told', headDir)).toMatchObject({ exitStatus: expect.any(Number) });
      expect((await status()).filter((job) => job.jobId === jobId && job.state === 'running')).toEqual([]);
      expect((await run(driver.interrupt(jobId))).exitCode).toBe(0);
    });

    testWhere(!brief)(
      'held is held; removed is gone; nobody removes what is not theirs; twice is no error',
      async () => {
        const { input, launch, until, run, status } = member('alice');
        const { jobId } = await launch(input({ runId: 'held', config: { headJobOptions: facts.hold } }));
        const held = await until(jobId, (job) => job.state === 'held');
        expect(held.reason).toMatch(/\w/);
        expect((await member('bob').run(driver.remove([jobId]))).exitCode).not.toBe(0);
        expect((await status()).map((job) => job.jobId)).toContain(jobId);
        expect((await run(driver.remove([jobId]))).exitCode).toBe(0);
        await expect
          .poll(async () =>
            (await status()).some(
              (job) => job.jobId === jobId && !['cancelled', 'failed'].includes(job.state),
            ),
          )
          .toBe(false);
        expect((await run(driver.remove([jobId]))).exitCode).toBe(0);
      },
    );

    test('a status reader under its bound line: sees what the scheduler shows, and no task', async () => {
      const [alice, bob] = [member('alice'), member('bob')];
      const held = { config: { headJobOptions: facts.hold } };
      const { jobId } = await alice.launch(alice.input({ runId: 'Read00000001', ...held }));
      const body = await askBoundLine(cluster, driver, bob, [alice.user.name, bob.user.name]);
      const shown = driver.parseStatus(answered(body));
      expect(shown.filter((job) => job.jobId === jobId)).toMatchObject([
        { jobName: 'nf-Read00000001', linuxUser: alice.user.name, state: 'held' },
      ]);
      await alice.run(driver.remove([jobId]));
    });

    testWhere(!brief && !forgets)('the wall-clock limit is told apart', async () => {
      const { input, launch, end } = member('alice');
      const config = {
        preRunScript: 'trap "" TERM USR1 USR2 INT; sleep 30',
        headJobOptions: facts.timeLimit,
      };
      const { jobId } = await launch(input({ runId: 'limit', config }));
      expect(await end(jobId)).toMatchObject({ state: 'time-limit' });
    });

    testWhere(!brief)('refused in its own words, with nothing left in the queue', async () => {
      const { input, submit, status } = member('alice');
      const before = (await status()).length;
      for (const [over, words] of facts.refused)
        expect(await submit(input(over))).toMatchObject({
          kind: 'refused',
          reason: expect.stringMatching(words),
        });
      expect(await status()).toHaveLength(before);
    });

    testWhere(!brief)('sent again and again, cut off after the submission: one job', async () => {
      const { input, launch, run, status } = member('alice');
      const launched = input({ runId: 'once', config: { headJobOptions: facts.hold } });
      const { jobId, headDir } = await launch(launched);
      expect(await launch(launched)).toMatchObject({ how: 'recorded', jobId });
      await run({
        argv: ['sh', '-c', 'rm "$0/.nf-once.job"; date +%s >"$0/.nf-once.intent"', headDir],
        timeoutMs: 0,
      });
      expect(await launch(launched)).toMatchObject({ how: 'found', jobId });
      expect((await status()).filter((job) => job.jobName === 'nf-once')).toHaveLength(1);
      await run(driver.remove([jobId]));
    });

    test('a scheduler that is away: "unknown" and never "gone", and afterwards one job', async () => {
      const { input, submit, run, status, end, remains } = member('alice');
      const launched = input({ runId: 'away', config: { preRunScript: 'exit 3' } });
      await facts.away(cluster.scheduler, async () => {
        expect(await submit(launched)).toMatchObject({ kind: 'unknown' });
        await expect(status()).rejects.toThrow(facts.awayWords ?? /failed|did not answer/);
        expect((await run(driver.remove(['1']))).exitCode).not.toBe(0);
      });
      const after = await submit(launched);
      // Where ended jobs are forgotten a person has to decide whether there was one.
      expect(after).toMatchObject(
        forgets
          ? { kind: 'unknown', reason: expect.stringContaining('nothing tells whether') }
          : { kind: 'submitted' },
      );
      if (after.kind !== 'submitted') return;
      expect(await end(after.jobId)).toMatchObject({ exitCode: 3 });
      expect(await remains('away', after.headDir)).toMatchObject({ exitStatus: 3 });
    });

    testWhere(brief)('a head job whose nextflow does nothing runs to its end', async () => {
      const { user, input, launch, end, remains } = member('bob');
      await giveTrivialNextflow(user);
      const { jobId, headDir } = await launch(
        input({ runId: 'Trivial00001', config: { preRunScript: 'export PATH="$HOME/bin:$PATH"' } }),
      );
      const job = await end(jobId);
      if (!forgets) expect(job).toMatchObject({ state: 'completed', exitCode: 0 });
      expect(await remains('Trivial00001', headDir)).toMatchObject({ exitStatus: 0 });
    });

    testWhere(!brief)('real Nextflow runs its tasks there, and they are known as this run’s', async () => {
      const { user, input, launch, status, remains } = member('bob');
      const launched = input({
        runId: 'Ab12Cd34Ef56',
        launch: {
          configText: "executor { pollInterval = '1s'; queueStatInterval = '2s' }\nprocess.cpus = 1\n",
        },
        config: {
          headQueue: 'head',
          computeQueue: 'compute',
          environment: [
            { name: 'NXF_OPTS', value: '-XX:TieredStopAtLevel=1 -Xmx256m', head: true, compute: false },
          ],
        },
      });
      const { jobId, headDir } = await launch(launched);
      const tasks = new Set<string>();
      for (;;) {
        const jobs = await status();
        for (const job of jobs) if (driver.isTask('Ab12Cd34Ef56', job.jobName)) tasks.add(job.jobId);
        if (!jobs.some((job) => job.jobId === jobId && ['pending', 'running'].includes(job.state))) break;
      }
      const { exitStatus, outputTail } = await remains('Ab12Cd34Ef56', headDir);
      expect(exitStatus, outputTail).toBe(0);
      expect(tasks.size).toBeGreaterThan(0);
      const trace = await readFile(join(headDir, 'nf-Ab12Cd34Ef56.trace'), 'utf8');
      expect(trace.trim().split('\n')).toHaveLength(3);
      expect(trace).toContain('compute');
      expect(user.name).toMatch(/bob/);
    });
  });
};
