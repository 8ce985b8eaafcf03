/** The stop button of a cluster with a live run on it: nothing connects, nothing is lost, and it goes on where it was. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, inject, test } from 'vitest';
import { attachCluster } from '../support/cluster.ts';
import {
  accountedJobs,
  addKey,
  describeRun,
  freshName,
  giveTrivialNextflow,
  launch,
  makeEnvironment,
  registerCluster,
  until,
  waitForRun,
} from '../support/road.ts';
import { startSshd } from '../support/sshd.ts';
import { useServer } from '../support/use-server.ts';

const cluster = attachCluster(inject('cluster'));
const server = useServer();

/** Child processes of the server that reach out: `ssh`, `ssh-keyscan`. */
const reachingOut = (): string[] =>
  readdirSync('/proc').flatMap((pid) => {
    try {
      const [, comm, parent] =
        /^\d+ \((.*)\) \S+ (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
      return comm?.startsWith('ssh') && Number(parent) === server.pid() ? [comm] : [];
    } catch {
      return [];
    }
  });

test('suspended with a live run: all channels close at once, the job goes on, a restart changes nothing, and it ends as it did', {
  timeout: 180_000,
}, async () => {
  const sshd = await startSshd();
  const account = await cluster.addUser('halt');
  await giveTrivialNextflow(account);
  await account.write('bin/nextflow', '#!/bin/sh\nuntil [ -e ~/go ]; do sleep 0.2; done\nexit 7\n', 0o755);
  const member = await server.addMember(freshName('halt'));
  const identity = await registerCluster(server, cluster, { host: sshd });
  await addKey(member.api, identity, account);
  const environment = await makeEnvironment(server, identity);
  const begin = () => launch(server, member.api, environment, { pipeline: '/trivial' });
  const waits = (run: string) =>
    until(
      () => describeRun(server, member.api, run),
      ({ messages }) => messages.some((message) => / is suspended: olga stopped it .*\(fire\)/.test(message)),
      { limitMs: 20_000, what: 'message of a run that waits' },
    );
  const live = await begin();
  await waitForRun(server, member.api, live, ['RUNNING'], 60_000);
  expect(reachingOut()).toEqual(['ssh']);

  const start = performance.now();
  await server.owner.post(`/identities/${identity}/suspend`, { reason: 'fire' });
  expect(performance.now() - start).toBeLessThan(3_000);
  await until(
    async () => reachingOut(),
    (left) => left.length === 0,
    { limitMs: 2_000, everyMs: 20 },
  );
  const connections = async () => (await sshd.log()).match(/Connection from/g)?.length;
  const before = await connections();
  expect(before).toBeGreaterThan(0);
  expect((await waits(live)).workflow.status).toBe('RUNNING');
  const parked = await begin();
  expect((await waits(parked)).workflow.status).toBe('SUBMITTED');

  await server.stop();
  await server.start();
  const later = await begin();
  await waits(later);
  for (const [method, path] of [
    ['POST', `/identities/${identity}/credentials/${member.userId}/verify`],
    ['GET', `/identities/${identity}/host-keys?scan=true`],
  ] as const)
    expect(await server.owner.call(method, path)).toMatchObject({ status: 409 });
  // The scheduler knows nothing of all this: the job lives, and comes to its own end meanwhile.
  const jobs = () => cluster.slurm.squeue('Name', 'State');
  expect(await jobs()).toContainEqual({ Name: `nf-${live}`, State: 'RUNNING' });
  expect((await jobs()).filter(({ Name }) => Name === `nf-${parked}`)).toEqual([]);
  await account.write('go', '');
  expect(await accountedJobs(cluster, live, 1)).toHaveLength(1);
  expect((await describeRun(server, member.api, live)).workflow.status).toBe('RUNNING');
  expect([await connections(), reachingOut()]).toEqual([before, []]);

  await server.owner.post(`/identities/${identity}/resume`);
  for (const run of [live, parked, later]) {
    const { workflow, messages } = await waitForRun(server, member.api, run, ['FAILED'], 60_000);
    expect([workflow.exitStatus, messages]).toEqual([7, []]);
    expect(await accountedJobs(cluster, run, 1)).toHaveLength(1);
  }
  await account.remove();
  await sshd.stop();
});
