/** Login nodes that go down: one that reboots under twenty live runs, and two behind one name of which one dies. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, inject, test } from 'vitest';
import type { ClusterTarget, RemoteResult } from '#core/ports/cluster-access.ts';
import type { CommandText } from '#core/ports/scheduler.ts';
import { slurm } from '#schedulers/slurm/slurm.ts';
import { createClusterAccess } from '#ssh/cluster-access.ts';
import { headJob } from '#test/support/far-side/launch.ts';
import { session } from '#test/support/far-side/member.ts';
import { createTestSigner } from '#test/support/test-signer.ts';
import { attachCluster } from '../support/cluster.ts';
import {
  accountedJobs,
  addKey,
  describeRun,
  freshName,
  giveSlowSbatch,
  giveTrivialNextflow,
  launch,
  makeEnvironment,
  registerCluster,
  sleep,
  until,
  waitForRun,
} from '../support/road.ts';
import { useServer } from '../support/use-server.ts';

const cluster = attachCluster(inject('cluster'));
const server = useServer();
const long = Boolean(process.env['LATCHKEY_TEST_LONG']);

const residentMb = async (pid: number): Promise<number> =>
  Number(/^VmRSS:\s+(\d+)/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;

/** Ends as its pipeline is called. */
const endings = `#!/bin/sh
echo 'N E X T F L O W  ~  trivial'
sleep 8
case "$*" in */fails*) exit 7 ;; esac
`;

describe('a login node that reboots', () => {
  test('promise 22: twenty runs live through it, each to its true end, none submitted twice; memory stays flat', {
    timeout: 240_000,
  }, async () => {
    let node = await cluster.startSshd();
    const accounts = await Promise.all([cluster.addUser('reba'), cluster.addUser('rebo')]);
    const identity = await registerCluster(server, cluster, { host: node });
    const members: { account: (typeof accounts)[number]; api: typeof server.owner }[] = [];
    for (const account of accounts) {
      await giveTrivialNextflow(account);
      await account.write('bin/nextflow', endings, 0o755);
      const member = await server.addMember(freshName('reboot'));
      await addKey(member.api, identity, account);
      members.push({ account, api: member.api });
    }
    const environment = await makeEnvironment(server, identity);
    const begin = async (at: number, pipeline: string) => {
      const { api, account } = members[at % 2] as (typeof members)[number];
      return { id: await launch(server, api, environment, { pipeline }), api, account, pipeline };
    };
    const runs = await Promise.all(
      Array.from({ length: 20 }, (_, at) => begin(at, at % 5 === 4 ? '/fails' : '/trivial')),
    );
    const submitted = async (run: (typeof runs)[number]) =>
      until(
        () => describeRun(server, run.api, run.id),
        ({ jobInfo }) => Boolean(jobInfo?.operationId),
        { limitMs: 60_000, what: 'head job' },
      );
    const heads = await Promise.all(runs.map(submitted));
    const before = await residentMb(server.pid());

    // Those that are on their way at that moment may have arrived or not.
    const late = await Promise.all([begin(0, '/trivial'), begin(1, '/trivial')]);
    const { port, hostKeyDir } = node;
    await node.crash();
    // What happens on the cluster meanwhile must be known afterwards.
    const removed = runs[0] as (typeof runs)[number];
    await cluster.slurm.run('scancel', heads[0]?.jobInfo?.operationId ?? '');
    await sleep(5_000);
    const crashed = node;
    node = await cluster.startSshd({ port, hostKeyDir });

    for (const run of runs) {
      const wanted = run === removed ? 'CANCELLED' : run.pipeline === '/fails' ? 'FAILED' : 'SUCCEEDED';
      const { workflow } = await waitForRun(server, run.api, run.id, [wanted], 120_000);
      if (wanted === 'FAILED') expect(workflow.exitStatus).toBe(7);
      if (wanted === 'SUCCEEDED') expect(workflow.exitStatus).toBe(0);
    }
    for (const run of runs) {
      const jobs = await accountedJobs(cluster, run.id, 1);
      expect(jobs.map((job) => job['User'])).toEqual([run.account.name]);
    }
    for (const run of late) {
      await waitForRun(server, run.api, run.id, ['SUCCEEDED'], 120_000);
      expect(await accountedJobs(cluster, run.id, 1)).toHaveLength(1);
    }
    expect((await residentMb(server.pid())) - before).toBeLessThan(80);
    await node.stop();
    await crashed.stop();
    for (const account of accounts) await account.remove();
  });
});

describe('two login nodes behind one name', () => {
  const trials = long ? 40 : 6;

  test('promise 22: one dies in the middle of a submission, the other one is asked: one job', {
    timeout: 60_000 + trials * 15_000,
  }, async () => {
    const dir = await mkdtemp(join(tmpdir(), 'latchkey-nodes-'));
    const account = await cluster.addUser('nodes');
    await giveTrivialNextflow(account);
    await giveSlowSbatch(account, 0.3);
    const signer = createTestSigner();
    await account.authorize([signer.publicKey]);
    let first = await cluster.startSshd({ address: '127.0.0.2' });
    const second = await cluster.startSshd({ address: '127.0.0.3', port: first.port });
    const target: ClusterTarget = {
      clusterKey: 'identity:1',
      credentialKey: 'managed:1@1',
      hostName: 'login.hpc.example',
      port: first.port,
      userName: account.name,
      pins: [...first.hostKeys, ...second.hostKeys],
      signer,
    };
    /** Fresh, so that it knows of no node that was down. */
    const anAccess = (trial: number) =>
      createClusterAccess({
        runtimeDir: join(dir, `run${trial}`),
        allowedNetworks: ['127.0.0.0/8'],
        resolve: async () => ['127.0.0.2', '127.0.0.3'],
        connectTimeoutMs: 5_000,
        limits: { backOffMs: 50, maxBackOffMs: 200 },
      });
    const { workDir } = cluster.facts;
    /** A question that the dying node may still have swallowed is asked again. */
    const asked = async (
      access: ReturnType<typeof anAccess>,
      command: CommandText,
    ): Promise<RemoteResult> => {
      for (let tries = 0; ; tries += 1) {
        try {
          return await access.run(target, command);
        } catch (error) {
          if (tries === 3) throw error;
          await sleep(300);
        }
      }
    };
    const keep = { port: first.port, hostKeyDir: first.hostKeyDir, address: '127.0.0.2' };
    const broken: (typeof first)[] = [];
    let cut = 0;
    let trial = 0;
    // Until one was cut off before its answer: on a quick machine few are.
    for (; trial < trials || (cut === 0 && trial < 4 * trials); trial += 1) {
      const access = anAccess(trial);
      const input = headJob({
        runId: `nodes${trial}`,
        sessionId: session(),
        sentSecondsAgo: null,
        launch: { pipeline: '/trivial' },
        snapshot: { linuxUser: account.name, workDir },
      });
      const command = slurm.submit(input);
      const attempt = access
        .run(target, command)
        .then(slurm.parseSubmit, (error: unknown) => ({ kind: 'unknown', reason: String(error) }) as const);
      // From login over files and sbatch to the answer.
      await sleep(((trial % trials) * 900) / trials + Math.random() * 60);
      await first.crash();
      let outcome = await attempt;
      if (outcome.kind === 'unknown') cut += 1;
      for (let tries = 0; outcome.kind === 'unknown' && tries < 10; tries += 1) {
        outcome = await access
          .run(target, slurm.submit({ ...input, sentSecondsAgo: 5 }))
          .then(slurm.parseSubmit, (error: unknown) => ({ kind: 'unknown', reason: String(error) }) as const);
        if (outcome.kind === 'unknown') await sleep(300);
      }
      expect(outcome, JSON.stringify(outcome)).toMatchObject({ kind: 'submitted' });
      // Followed over the node that is left.
      const { stdout } = await asked(access, {
        argv: ['sh', '-c', 'set -- $SSH_CONNECTION; echo $3'],
        timeoutMs: 10_000,
      });
      expect(Buffer.from(stdout).toString().trim()).toBe('127.0.0.3');
      const jobs = slurm.parseStatus(await asked(access, slurm.status([account.name])));
      expect(jobs.filter(({ jobName }) => jobName === `nf-nodes${trial}`)).toHaveLength(1);
      broken.push(first);
      first = await cluster.startSshd(keep);
      await access.close();
    }
    expect(cut).toBeGreaterThan(0);
    for (let done = 0; done < trial; done += 1) {
      const jobs = await accountedJobs(cluster, `nodes${done}`, 1);
      expect(jobs).toHaveLength(1);
    }
    for (const node of [...broken, first, second]) await node.stop();
    await account.remove();
    await rm(dir, { recursive: true, force: true });
  });
});
