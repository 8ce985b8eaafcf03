/** The server dies at every step of a launch: exactly one head job, and the run reaches its end. */
import { readFile } from 'node:fs/promises';
import { describe, expect, inject, test } from 'vitest';
import { attachCluster } from '../support/cluster.ts';
import type { LinuxUser } from '../support/linux-users.ts';
import {
  accountedJobs,
  addKey,
  freshName,
  giveSlowSbatch,
  giveTrivialNextflow,
  launch,
  makeEnvironment,
  registerCluster,
  sleep,
  waitForRun,
} from '../support/road.ts';
import { useServer } from '../support/use-server.ts';

const cluster = attachCluster(inject('cluster'));
const server = useServer();

const trials = process.env['LATCHKEY_TEST_LONG'] ? 60 : 6;

/** Names of what runs as an account. */
const programsOf = async (account: LinuxUser): Promise<string[]> =>
  Promise.all(
    (await account.processes()).map((pid) => readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')),
  );

describe('restart', () => {
  test('promise 22: killed at random moments of a launch, restarted: one job, and the run reaches its end', {
    timeout: trials * 30_000,
  }, async () => {
    const account = await cluster.addUser('phoenix');
    await giveTrivialNextflow(account);
    await giveSlowSbatch(account, 0.3);
    const member = await server.addMember(freshName('phoenix'));
    const identity = await registerCluster(server, cluster);
    await addKey(member.api, identity, account);
    const environment = await makeEnvironment(server, identity);
    const runs: string[] = [];
    for (let trial = 0; trial < trials; trial += 1) {
      runs.push(await launch(server, member.api, environment, { pipeline: '/trivial' }));
      // From "just written" over login, submission and answer to "running".
      await sleep((trial * 700) / trials + Math.random() * 40);
      await server.kill();
      await server.start();
    }
    for (const run of runs) await waitForRun(server, member.api, run, ['SUCCEEDED'], 60_000);
    for (const run of runs) {
      const jobs = await accountedJobs(cluster, run, 1);
      expect(jobs.map((job) => job['User'])).toEqual([account.name]);
    }
    await account.remove();
  });

  test('promise 29: SIGTERM ends it in order, and runs go on where they are', {
    timeout: 120_000,
  }, async () => {
    const account = await cluster.addUser('calm');
    await giveTrivialNextflow(account, 6);
    const member = await server.addMember(freshName('calm'));
    const identity = await registerCluster(server, cluster);
    await addKey(member.api, identity, account);
    const environment = await makeEnvironment(server, identity);
    const run = await launch(server, member.api, environment, { pipeline: '/trivial' });
    await waitForRun(server, member.api, run, ['RUNNING'], 30_000);
    expect(await programsOf(account)).toContainEqual(expect.stringMatching(/^latchkey-/));
    expect(await server.stop()).toBe(0);
    // Of its channels nothing stays on the login node.
    await expect
      .poll(() => programsOf(account), { timeout: 5_000 })
      .toEqual(expect.not.arrayContaining([expect.stringMatching(/^(sshd|latchkey-)/)]));
    await server.start();
    const { workflow } = await waitForRun(server, member.api, run, ['SUCCEEDED'], 60_000);
    expect(workflow.exitStatus).toBe(0);
    await account.remove();
  });
});
