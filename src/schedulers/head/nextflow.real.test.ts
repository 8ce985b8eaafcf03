/** Real Nextflow heads on a real Slurm: what configuration takes effect, and how runs end and go on. */
import { appendFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Cluster, startCluster } from '#test/support/cluster.ts';
import { member, session } from '#test/support/far-side/member.ts';
import { killJob } from '#test/support/leaks.ts';
import { slurm } from '../slurm/slurm.ts';
import { traceFields, traceSeparator } from './nextflow-config.ts';

let cluster: Cluster;

describe('Nextflow', { timeout: 120_000 }, () => {
  beforeAll(async () => {
    cluster = await startCluster();
  }, 60_000);
  afterAll(() => cluster?.stop());

  test('a real run: precedence of configuration, queues, options and variables', async () => {
    const { user, input, launch, until, over, remains } = member(cluster, 'alice');
    const dir = join(cluster.facts.dir, 'pipelines/precedence');
    await mkdir(dir);
    await writeFile(
      join(dir, 'main.nf'),
      `process SAY {\n output: path 'x'\n script: 'printf "%s" "$BOTH" >x; umask >>x'\n}\nworkflow { SAY() }\n`,
    );
    await writeFile(
      join(dir, 'nextflow.config'),
      `process { time = '11m'; memory = '10 MB'; queue = 'nowhere'; cpus = 2 }\nexecutor { pollInterval = '1s'; queueStatInterval = '2s' }\n`,
    );
    const value = `a"b'c\\n $HOME \`id\`\nü 😀 \\\\u0041`;
    const { jobId, headDir, workDir } = await launch(
      input({
        runId: 'config',
        launch: { pipeline: dir, configText: `process.time = '31m'` },
        config: {
          nextflowConfig: `process.time = '21m'\nprocess.memory = '20 MB'\nprocess.queue = 'nowhere'\n`,
          computeQueue: 'compute',
          headQueue: 'head',
          maxQueueSize: 7,
          headJobOptions: '--comment="handed on"',
          propagateHeadJobOptions: true,
          environment: [{ name: 'BOTH', value, head: true, compute: true }],
          preRunScript: `printf %s "$BOTH" >head.out`,
        },
        snapshot: {
          linuxUser: user.name,
          workDir: cluster.facts.workDir,
          account: 'lab',
          memberHeadJobOptions: '--nice=3',
        },
      }),
    );
    expect(await until(jobId, over)).toMatchObject({ state: 'completed', queue: 'head' });
    const trace = await readFile(join(headDir, 'nf-config.trace'), 'utf8');
    const cells = trace.split('\n')[1]?.split(traceSeparator) ?? [];
    const task = Object.fromEntries(traceFields.map((field, index) => [field, cells[index]]));
    expect(task).toMatchObject({
      status: 'COMPLETED',
      exit: '0',
      cpus: '2',
      memory: String(20 * 1024 * 1024),
      time: String(31 * 60_000),
      queue: 'compute',
      name: 'SAY',
    });
    const job = await cluster.slurm.run('scontrol', 'show', 'job', task['native_id'] ?? '');
    expect(job).toMatch(
      /JobName=nf-config-1-[0-9a-f]{32}\n[^]*Nice=3 Account=lab [^]*Partition=compute [^]*Comment=handed on/,
    );
    expect(task['workdir']).toMatch(new RegExp(`^${workDir}/../[0-9a-f]{30}$`));
    expect(await readFile(join(task['workdir'] ?? '', 'x'), 'utf8')).toBe(`${value}0007\n`);
    expect(await readFile(join(headDir, 'head.out'), 'utf8')).toBe(value);
    expect(await readFile(join(headDir, 'nf-config.log'), 'utf8')).toMatch(/capacity: 7;/);
    expect(await remains('config', headDir)).toMatchObject({
      exitStatus: 0,
      launcherMessage: null,
      started: true,
      outputTail: expect.stringContaining('Submitted process > SAY'),
      facts: { projectName: 'main.nf', repository: join(dir, 'main.nf'), nextflowVersion: '24.10.0' },
    });
  });

  test('a repository: its default branch, another revision beside it, facts', async () => {
    const { input, launch, until, over, remains } = member(cluster, 'alice');
    const pipeline = `file://${cluster.facts.pipelines.repository}`;
    const runs = await Promise.all(
      [undefined, 'dev'].map(async (revision, index) => {
        const runId = `repo${index}`;
        const asked = { pipeline, paramsText: `outdir: out${index}`, ...(revision ? { revision } : {}) };
        const { jobId, headDir } = await launch(input({ runId, launch: asked }));
        await until(jobId, over);
        return remains(runId, headDir);
      }),
    );
    const facts = { projectName: 'local/greetings', repository: pipeline, nextflowVersion: '24.10.0' };
    expect(runs).toMatchObject([
      {
        exitStatus: 0,
        facts: { ...facts, revision: 'main', commitId: expect.stringMatching(/^[0-9a-f]{40}$/) },
      },
      {
        exitStatus: 0,
        facts: { ...facts, revision: 'dev', commitId: expect.stringMatching(/^[0-9a-f]{40}$/) },
      },
    ]);
    expect(runs[0]?.facts.commitId).not.toBe(runs[1]?.facts.commitId);
  });

  test('a stopped run cleans up; a killed one resumes and its tasks run again', async () => {
    const { input, launch, until, over, run, status, remains } = member(cluster, 'bob');
    const sessionId = session();
    const tasksOf = async (runId: string) =>
      (await status()).filter((job) => job.jobName.startsWith(`nf-${runId}-`) && job.state === 'running');
    const begin = async (runId: string, seconds: number, resume = false) => {
      const paramsText = JSON.stringify({ tasks: 2, seconds });
      const launched = input({
        runId,
        sessionId,
        resume,
        launch: { pipeline: cluster.facts.pipelines.sleeping, paramsText, ...(resume ? { resume } : {}) },
      });
      return launch(launched);
    };
    const running = async (runId: string) => {
      while ((await tasksOf(runId)).length < 2) await sleep(300);
      return tasksOf(runId);
    };

    const first = await begin('first', 4);
    const orphans = await running('first');
    await killJob(cluster.user('bob'), first.jobId);
    await until(first.jobId, over);
    expect(await remains('first', first.headDir)).toMatchObject({ exitStatus: null, started: true });
    await run(slurm.remove(orphans.map(({ jobId }) => jobId)));
    for (const { jobId } of orphans) await until(jobId, over);

    // A task of somebody else, in a directory that the group may write, named in a log of ours.
    const foreign = join(cluster.facts.workDir, 'ab', '0'.repeat(30));
    const alice = member(cluster, 'alice');
    await alice.run({
      argv: ['sh', '-c', 'umask 007; mkdir -p "$0"; touch "$0/.exitcode"', foreign],
      timeoutMs: 0,
    });
    const line = `x - [SLURM] submitted process SLEEP (9) > jobId: 9; workDir: ${foreign}\n`;
    await appendFile(join(first.headDir, 'nf-first.log'), line);

    const second = await begin('second', 4, true);
    expect(await until(second.jobId, over)).toMatchObject({ state: 'completed' });
    expect(await readdir(foreign)).toContain('.exitcode');

    const third = await begin('third', 600);
    await running('third');
    expect((await run(slurm.interrupt(third.jobId))).exitCode).toBe(0);
    expect(await until(third.jobId, over)).toMatchObject({ state: 'failed' });
    expect(await tasksOf('third')).toEqual([]);
    expect(await remains('third', third.headDir)).toMatchObject({ exitStatus: 1, launcherMessage: null });
  });
});
