/** Deleting what runs depend on: refused while checked, and when it is not, the runs are stopped first. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, inject, test } from 'vitest';
import { attachCluster } from '../support/cluster.ts';
import {
  addKey,
  freshName,
  giveTrivialNextflow,
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

/** A member with a run that lives until it is stopped. */
const liveRun = async (label: string) => {
  const account = await cluster.addUser(label);
  await giveTrivialNextflow(account, 600);
  const member = await server.addMember(freshName(label));
  const identity = await registerCluster(server, cluster);
  await addKey(member.api, identity, account);
  const environment = await makeEnvironment(server, identity);
  const run = await launch(server, member.api, environment, { pipeline: cluster.facts.pipelines.twoTasks });
  const head = await headJobOf(server, member.api, run);
  await waitForRun(server, member.api, run, ['RUNNING'], 30_000);
  return { account, member, identity, environment, run, head };
};

const inQueue = async (job: string): Promise<boolean> =>
  (await cluster.slurm.squeue('JobID', 'State')).some(
    (row) => row['JobID'] === job && ['PENDING', 'RUNNING', 'COMPLETING'].includes(row['State'] ?? ''),
  );

interface ConflictAnswer {
  message: string;
  managedCredentialsId: string;
  conflicts: { type: string; id: string; name: string; url: string }[];
}

describe('deletion', () => {
  test('checked=true with a live run: 409 with the list, on credential and identity; 204 after its end', {
    timeout: 120_000,
  }, async () => {
    const { account, member, identity, run } = await liveRun('keeper');
    for (const path of [`/identities/${identity}/credentials/${member.userId}`, `/identities/${identity}`]) {
      const answer = await server.owner.call<ConflictAnswer>('DELETE', `${path}?checked=true`);
      expect(answer.status).toBe(409);
      expect(answer.body.conflicts).toMatchObject([{ type: 'workflow', id: run }]);
      expect(answer.body.message).toContain(answer.body.conflicts[0]?.name ?? 'no name');
    }
    await member.api.post(`/workflow/${run}/cancel?workspaceId=${server.workspaceId}`);
    await waitForRun(server, member.api, run, ['CANCELLED'], 60_000);
    const credential = `/identities/${identity}/credentials/${member.userId}?checked=true`;
    expect((await member.api.call('DELETE', credential)).status).toBe(204);
    expect((await server.owner.call('DELETE', `/identities/${identity}?checked=true`)).status).toBe(204);
    await account.remove();
  });

  test('checked=false on a credential: 204, hidden at once, its run is stopped with it, the sealed key destroyed', {
    timeout: 120_000,
  }, async () => {
    const { account, member, identity, environment, run, head } = await liveRun('leaver');
    const path = `/identities/${identity}/credentials/${member.userId}?checked=false`;
    expect((await member.api.call('DELETE', path)).status).toBe(204);
    // Retired: while its run is being stopped its sealed key is there.
    const database = new DatabaseSync(join(server.dataDir, 'latchkey.db'), { readOnly: true });
    const retired = database
      .prepare('select id from managed_credentials where identity_id = ? and user_id = ?')
      .get(identity, member.userId);
    const sealed = database.prepare('select count(*) as count from sealed_values where record = ?');
    const keys = () => sealed.get(String(retired?.['id']))?.['count'];
    expect(keys()).toBe(1);
    const list = await member.api.get<{ managedCredentials: { managedCredentialsId: number | null }[] }>(
      `/identities/${identity}/credentials`,
    );
    expect(list.body.managedCredentials.every((row) => row.managedCredentialsId === null)).toBe(true);
    const again = await member.api.call('POST', `/workflow/launch?workspaceId=${server.workspaceId}`, {
      launch: { computeEnvId: environment, pipeline: '/p' },
    });
    expect(again.status).toBe(409);
    await waitForRun(server, member.api, run, ['CANCELLED'], 60_000);
    expect(await inQueue(head)).toBe(false);
    // Promise 8: with its last run ended, the retired key goes for good.
    await until(
      async () => keys(),
      (count) => count === 0,
      { limitMs: 30_000, what: 'destroyed key' },
    );
    database.close();
    await account.remove();
  });

  test('checked=false on an identity: its runs are stopped, environments on it become INVALID', {
    timeout: 120_000,
  }, async () => {
    const { account, member, identity, environment, run, head } = await liveRun('whole');
    expect((await server.owner.call('DELETE', `/identities/${identity}?checked=false`)).status).toBe(204);
    const { body } = await server.owner.get<{ computeEnv: { status: string; message: string } }>(
      `/compute-envs/${environment}?workspaceId=${server.workspaceId}`,
    );
    expect(body.computeEnv.status).toBe('INVALID');
    await waitForRun(server, member.api, run, ['CANCELLED'], 60_000);
    await until(
      () => inQueue(head),
      (there) => !there,
      { limitMs: 10_000, what: 'empty queue' },
    );
    await account.remove();
  });

  test('promise 13: deleting a credential closes the channels that it opened within 5 s', {
    timeout: 120_000,
  }, async () => {
    const account = await cluster.addUser('closer');
    const member = await server.addMember(freshName('closer'));
    const identity = await registerCluster(server, cluster);
    await addKey(member.api, identity, account);
    await giveTrivialNextflow(account);
    const environment = await makeEnvironment(server, identity);
    const run = await launch(server, member.api, environment, { pipeline: '/trivial' });
    await waitForRun(server, member.api, run, ['SUCCEEDED'], 60_000);
    expect((await account.processes()).length).toBeGreaterThan(0);
    await member.api.del(`/identities/${identity}/credentials/${member.userId}`);
    await until(
      () => account.processes(),
      (processes) => processes.length === 0,
      { limitMs: 5_000, what: 'end of the channel' },
    );
    await account.remove();
  });

  test('promise 13: a member who is removed: their run is stopped with the retired key, their channels close within 5 s', {
    timeout: 180_000,
  }, async () => {
    const { account, member, run, head } = await liveRun('dismissed');
    const idle = await cluster.addUser('idle');
    const second = await server.addMember(freshName('idle'));
    const identity = await registerCluster(server, cluster);
    await addKey(second.api, identity, idle);
    await giveTrivialNextflow(idle);
    const environment = await makeEnvironment(server, identity);
    const over = await launch(server, second.api, environment, { pipeline: '/trivial' });
    await waitForRun(server, second.api, over, ['SUCCEEDED'], 60_000);
    expect((await idle.processes()).length).toBeGreaterThan(0);
    const remove = async (userId: number) => {
      const { body } = await server.owner.get<{ members: { memberId: number; userId: number }[] }>(
        `/orgs/${server.organisationId}/members?max=100`,
      );
      const found = body.members.find((row) => row.userId === userId);
      const path = `/orgs/${server.organisationId}/members/${found?.memberId}`;
      expect((await server.owner.call('DELETE', path)).status).toBe(204);
    };
    await remove(second.userId);
    await until(
      () => idle.processes(),
      (processes) => processes.length === 0,
      { limitMs: 5_000, what: 'end of the channel' },
    );
    await remove(member.userId);
    const listed = await member.api.call('GET', `/workflow?workspaceId=${server.workspaceId}`);
    expect(listed.status).toBe(404);
    await waitForRun(server, server.owner, run, ['CANCELLED'], 60_000);
    await until(
      () => inQueue(head),
      (there) => !there,
      { limitMs: 10_000, what: 'empty queue' },
    );
    await idle.remove();
    await account.remove();
  });
});
