/** Cancelling: Nextflow is told first and cleans up; whatever it left is removed; nothing stays in the queue. */
import { describe, expect, inject, test } from 'vitest';
import type { ApiClient } from '../support/api-client.ts';
import { attachCluster } from '../support/cluster.ts';
import { killJob } from '../support/leaks.ts';
import { tasksOf } from '../support/progress-road.ts';
import {
  accountedJobs,
  addKey,
  freshName,
  headJobOf,
  launch,
  makeEnvironment,
  registerCluster,
  until,
  waitForRun,
} from '../support/road.ts';
import { useServer } from '../support/use-server.ts';

const cluster = attachCluster(inject('cluster'));
const server = useServer();

/** `squeue` also shows jobs that have just ended. */
const live = ['PENDING', 'RUNNING', 'COMPLETING', 'CONFIGURING', 'SUSPENDED'];

const jobsOf = async (run: string): Promise<Record<string, string>[]> =>
  (await cluster.slurm.squeue('JobID', 'Name', 'State')).filter(
    (job) => job['Name']?.startsWith(`nf-${run}`) && live.includes(job['State'] ?? ''),
  );

/** A real run with two sleeping tasks in the queue. */
const sleepingRun = async (label: 'alice' | 'bob') => {
  const member = await server.addMember(freshName(label));
  const identity = await registerCluster(server, cluster);
  await addKey(member.api, identity, cluster.user(label));
  const environment = await makeEnvironment(server, identity);
  const run = await launch(server, member.api, environment, { pipeline: cluster.facts.pipelines.sleeping });
  const head = await headJobOf(server, member.api, run);
  await until(
    () => jobsOf(run),
    (jobs) => jobs.filter((job) => job['State'] === 'RUNNING').length === 3,
    { limitMs: 60_000, what: 'head job and two tasks running' },
  );
  return { member, run, head };
};

const cancel = (api: Awaited<ReturnType<typeof sleepingRun>>['member']['api'], run: string) =>
  api.call('POST', `/workflow/${run}/cancel?workspaceId=${server.workspaceId}`);

/** How the tasks ended, as far as people are told. */
const endsOf = async (api: ApiClient, run: string): Promise<string[]> =>
  (await tasksOf(server, api, run)).map(({ status }) => status);

describe('cancel', () => {
  test('Nextflow cleans up, the run ends CANCELLED, the queue is empty; again is no error', {
    timeout: 180_000,
  }, async () => {
    const { member, run, head } = await sleepingRun('alice');
    expect((await cancel(member.api, run)).status).toBe(204);
    await waitForRun(server, member.api, run, ['CANCELLED'], 60_000);
    // Nextflow was told and ended by itself: its head job was not removed.
    const jobs = await accountedJobs(cluster, run, 3);
    expect(jobs.find((job) => job['JobID'] === head)?.['State']).toBe('FAILED');
    expect(await jobsOf(run)).toEqual([]);
    expect((await cancel(member.api, run)).status).toBe(204);
    const log = await member.api.get<string>(
      `/workflow/${run}/download?fileName=nf-${run}.log&workspaceId=${server.workspaceId}`,
    );
    expect(log.body).toContain('Session aborted');
    expect(await endsOf(member.api, run)).toEqual(['ABORTED', 'ABORTED']);
  });

  test('a head job that was killed leaves tasks behind: they are found by name and removed', {
    timeout: 180_000,
  }, async () => {
    const { member, run, head } = await sleepingRun('bob');
    // Nextflow among them: of a job that Slurm ends it still gets to cancel its tasks.
    await killJob(cluster.user('bob'), head);
    const { workflow } = await waitForRun(server, member.api, run, ['FAILED', 'CANCELLED'], 60_000);
    expect(workflow.errorMessage).toBeTruthy();
    expect(await endsOf(member.api, run)).toEqual(['ABORTED', 'ABORTED']);
    await until(
      () => jobsOf(run),
      (jobs) => jobs.length === 0,
      { limitMs: 20_000, what: 'empty queue' },
    );
  });
});
