/** What cannot work says so: at once where it can be known, else in the run's own sentence; nothing is submitted. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, inject, test } from 'vitest';
import type { ApiClient } from '../support/api-client.ts';
import { attachCluster } from '../support/cluster.ts';
import {
  addKey,
  describeRun,
  freshName,
  giveTrivialNextflow,
  launch,
  makeEnvironment,
  registerCluster,
  until,
  type WorkflowAnswer,
  waitForRun,
} from '../support/road.ts';
import { startSshd } from '../support/sshd.ts';
import { createTestSigner } from '../support/test-signer.ts';
import { useServer } from '../support/use-server.ts';

const cluster = attachCluster(inject('cluster'));
const server = useServer();

/** `squeue` also shows jobs that have just ended, whatever became of them. */
const jobsOf = async (run: string): Promise<number> =>
  (await cluster.slurm.squeue('JobID', 'Name')).filter((job) => job['Name'] === `nf-${run}`).length;

/** Launches, waits for the failure, and shows that nothing reached the queue. */
const failsWithout = async (api: ApiClient, environment: string): Promise<WorkflowAnswer['workflow']> => {
  const id = await launch(server, api, environment, { pipeline: cluster.facts.pipelines.twoTasks });
  const { workflow } = await waitForRun(server, api, id, ['FAILED'], 60_000);
  expect(await jobsOf(id)).toBe(0);
  return workflow;
};

describe('refusals', () => {
  test('no credential: 409 at once, naming the identity and where to add a key', async () => {
    const member = await server.addMember(freshName('nokey'));
    const identity = await registerCluster(server, cluster);
    const environment = await makeEnvironment(server, identity);
    const answer = await member.api.call<{ message: string }>(
      'POST',
      `/workflow/launch?workspaceId=${server.workspaceId}`,
      { launch: { computeEnvId: environment, pipeline: '/p' } },
    );
    expect(answer.status).toBe(409);
    expect(answer.body.message).toMatch(/no SSH key on managed identity cluster-/);
    expect(answer.body.message).toContain(`/api/identities/${identity}/credentials`);
  });

  test('a key that the cluster refuses is not stored', async () => {
    const member = await server.addMember(freshName('wrongkey'));
    const identity = await registerCluster(server, cluster);
    const answer = await member.api.call<{ message: string }>('POST', `/identities/${identity}/credentials`, {
      provider: 'ssh',
      credentials: { provider: 'ssh', keys: { privateKey: createTestSigner().privatePem } },
      metadata: { userName: cluster.user('alice').name },
    });
    expect(answer.status).toBe(400);
    expect(answer.body.message).toContain(cluster.user('alice').name);
    const list = await server.owner.get<{ totalSize: number }>(
      `/identities/${identity}/credentials?search=${encodeURIComponent('is:added')}`,
    );
    expect(list.body.totalSize).toBe(0);
  });

  test('a key that was taken off the account: offered twice, whatever is restarted, and again once it is put right', {
    timeout: 120_000,
  }, async () => {
    const sshd = await startSshd();
    const account = await cluster.addUser('gone');
    await giveTrivialNextflow(account);
    const member = await server.addMember(freshName('gone'));
    const identity = await registerCluster(server, cluster, { host: sshd });
    await addKey(member.api, identity, account);
    const environment = await makeEnvironment(server, identity);
    await account.authorize([]);
    const offered = async () =>
      (await sshd.log()).match(new RegExp(`Failed publickey for ${account.name} `, 'g'))?.length ?? 0;
    const verify = async () =>
      (await member.api.post<{ ok: boolean }>(`/identities/${identity}/credentials/${member.userId}/verify`))
        .body.ok;
    for (const [times, said] of [
      [1, 'authorized_keys'],
      [2, 'authorized_keys'],
      [2, `POST /identities/${identity}/credentials/${member.userId}/verify`],
      [2, `POST /identities/${identity}/resume`],
    ] as const) {
      const { errorMessage } = await failsWithout(member.api, environment);
      expect(errorMessage).toMatch(new RegExp(`${cluster.facts.host}.* refused ${account.name}'s key`));
      expect(errorMessage).toContain(said);
      expect(await offered()).toBe(times);
      if (times === 2) await server.stop().then(server.start);
    }
    expect(await verify()).toBe(false);
    expect(await offered()).toBe(3);
    await account.authorize([account.publicKey]);
    const early = await member.api.call('POST', `/workflow/launch?workspaceId=${server.workspaceId}`, {
      launch: { computeEnvId: environment, pipeline: '/trivial' },
    });
    expect(early.status).toBe(409);
    expect(await verify()).toBe(true);
    const run = await launch(server, member.api, environment, { pipeline: '/trivial' });
    await waitForRun(server, member.api, run, ['SUCCEEDED'], 60_000);
    expect(await offered()).toBe(3);
    await account.remove();
    await sshd.stop();
  });

  test('a login node that is down: launches wait and say so, one is cancelled at once, one goes on when it is back', {
    timeout: 120_000,
  }, async () => {
    const sshd = await startSshd();
    const account = await cluster.addUser('reboot');
    await giveTrivialNextflow(account);
    const member = await server.addMember(freshName('reboot'));
    const identity = await registerCluster(server, cluster, { host: sshd });
    await addKey(member.api, identity, account);
    const environment = await makeEnvironment(server, identity);
    const { port, hostKeyDir } = sshd;
    await sshd.crash();
    const begin = () => launch(server, member.api, environment, { pipeline: '/trivial' });
    const [patient, hasty] = [await begin(), await begin()];
    const waits = new RegExp(
      `^Waiting since \\d\\d:\\d\\d UTC: ${cluster.facts.host}:${port} could not be reached: .* Nothing has been submitted`,
    );
    for (const run of [patient, hasty])
      await until(
        () => describeRun(server, member.api, run),
        ({ workflow, messages }) =>
          workflow.status === 'SUBMITTED' && messages.some((each) => waits.test(each)),
        { limitMs: 30_000, what: 'message of a run that waits' },
      );
    await member.api.post(`/workflow/${hasty}/cancel?workspaceId=${server.workspaceId}`);
    await waitForRun(server, member.api, hasty, ['CANCELLED'], 10_000);
    const again = await startSshd({ port, hostKeyDir });
    const { messages } = await waitForRun(server, member.api, patient, ['SUCCEEDED'], 90_000);
    expect(messages).toEqual([]);
    expect(await jobsOf(hasty)).toBe(0);
    await account.remove();
    await again.stop();
    await sshd.stop();
  });

  test('promise 15: a Linux user that is not the promised one is refused', async () => {
    const member = await server.addMember(freshName('wronguser'));
    const identity = await registerCluster(server, cluster);
    const answer = await member.api.call<{ message: string }>('POST', `/identities/${identity}/credentials`, {
      provider: 'ssh',
      credentials: { provider: 'ssh', keys: { privateKey: cluster.user('alice').privateKey } },
      metadata: { userName: cluster.user('bob').name },
    });
    expect(answer.status).toBe(400);
    expect(answer.body.message).toContain(cluster.user('bob').name);
  });

  test('promise 12: root and system accounts are refused', async () => {
    const identity = await registerCluster(server, cluster);
    for (const userName of ['root', 'slurm', 'nobody']) {
      const answer = await server.owner.call<{ message: string }>(
        'POST',
        `/identities/${identity}/credentials`,
        {
          provider: 'ssh',
          credentials: { provider: 'ssh', keys: { privateKey: cluster.user('alice').privateKey } },
          metadata: { userName },
        },
      );
      expect(answer.status).toBe(400);
      expect(answer.body.message).toContain('system account');
    }
  });

  test('an unknown queue: Slurm’s own words, nothing submitted', { timeout: 120_000 }, async () => {
    const member = await server.addMember(freshName('queue'));
    const identity = await registerCluster(server, cluster, {
      config: { headQueue: 'nowhere', cleanup: 'remove', cleanupAfterDays: 1 },
    });
    await addKey(member.api, identity, cluster.user('alice'));
    const environment = await makeEnvironment(server, identity);
    const { id, errorMessage, launchDir } = await failsWithout(member.api, environment);
    expect(errorMessage).toMatch(/invalid partition/i);
    const at = `workspaceId=${server.workspaceId}`;
    expect(
      (await member.api.get<{ log: { message: string } }>(`/workflow/${id}/log?${at}`)).body.log.message,
    ).toBe(errorMessage);
    // Its files go as those of any other run: a day later, which is not waited for here.
    expect(await readdir(launchDir ?? '')).toContain(`nf-${id}.launcher.sh`);
    await server.stop();
    const database = new DatabaseSync(join(server.dataDir, 'latchkey.db'));
    database.prepare('update session_cleanups set due_at = due_at - 86400000').run();
    database.prepare('update runs set completed_at = completed_at - 86400000 where id = ?').run(id);
    database.close();
    await server.start();
    await until(
      () =>
        stat(launchDir ?? '').then(
          () => true,
          () => false,
        ),
      (there) => !there,
      { limitMs: 30_000, what: 'removal' },
    );
  });

  test('promise 16: a changed host key: nothing is offered, the cluster is blocked until an owner decides', {
    timeout: 120_000,
  }, async () => {
    const first = await startSshd();
    const member = await server.addMember(freshName('changed'));
    const identity = await registerCluster(server, cluster, { host: first });
    await addKey(member.api, identity, cluster.user('bob'));
    const environment = await makeEnvironment(server, identity);
    await first.stop();
    const second = await startSshd({ port: first.port, logLevel: 'DEBUG2' });
    const { errorMessage } = await failsWithout(member.api, environment);
    expect(errorMessage).toMatch(/host key/i);
    const view = await server.owner.get<{
      status: string;
      hostKeys: { status: string; fingerprint: string }[];
    }>(`/identities/${identity}/host-keys`);
    expect(view.body.status).toBe('CHANGED');
    const blocked = await member.api.call<{ message: string }>(
      'POST',
      `/workflow/launch?workspaceId=${server.workspaceId}`,
      { launch: { computeEnvId: environment, pipeline: '/p' } },
    );
    expect(blocked.status).toBe(409);
    const changed = view.body.hostKeys
      .filter((key) => key.status === 'CHANGED')
      .map((key) => key.fingerprint);
    expect(changed.length).toBeGreaterThan(0);
    await server.owner.put(`/identities/${identity}/host-keys`, { confirm: changed });
    const after = await server.owner.get<{ status: string }>(`/identities/${identity}/host-keys`);
    expect(after.body.status).toBe('PINNED');
    expect(await second.log()).not.toContain('userauth-request');
    await second.stop();
  });
});
