/** The workspace way: one shared SSH credential, and an environment that names host and Linux user itself. */
import { describe, expect, inject, test } from 'vitest';
import { attachCluster } from '../support/cluster.ts';
import {
  accountedJobs,
  freshName,
  giveTrivialNextflow,
  headJobOf,
  launch,
  until,
  waitForRun,
} from '../support/road.ts';
import { useServer } from '../support/use-server.ts';

const cluster = attachCluster(inject('cluster'));
const server = useServer();

interface EnvironmentAnswer {
  computeEnv: { status: string; message: string | null; credentialsId: string };
}

describe('workspace credentials', () => {
  test('create, confirm the host key, check, launch as the shared user, refuse its deletion', {
    timeout: 120_000,
  }, async () => {
    const account = await cluster.addUser('shared');
    await giveTrivialNextflow(account, 5);
    const at = `workspaceId=${server.workspaceId}`;
    const name = freshName('key');
    const { body: created } = await server.owner.post<{ credentialsId: string }>(
      `/credentials?${at}&useExternalId=false`,
      {
        credentials: {
          name,
          provider: 'ssh',
          keys: { discriminator: 'ssh', privateKey: account.privateKey },
        },
      },
    );
    const { credentialsId } = created;
    expect((await server.owner.call('GET', `/credentials/validate?name=${name}&${at}`)).status).toBe(409);
    const described = await server.owner.get<{ credentials: { name: string; keys: object } }>(
      `/credentials/${credentialsId}?${at}`,
    );
    expect(described.body.credentials).toMatchObject({ name, keys: { discriminator: 'ssh' } });

    const { body: made } = await server.owner.post<{ computeEnvId: string }>(`/compute-envs?${at}`, {
      computeEnv: {
        name: freshName('environment'),
        platform: 'slurm-platform',
        credentialsId,
        config: {
          discriminator: 'slurm-platform',
          hostName: cluster.facts.host,
          port: cluster.facts.port,
          userName: account.name,
          workDir: cluster.facts.workDir,
          headQueue: 'head',
        },
      },
    });
    const environment = () => server.owner.get<EnvironmentAnswer>(`/compute-envs/${made.computeEnvId}?${at}`);

    // Nobody has confirmed the host: nothing is offered, and the message says what to do.
    const waiting = await until(environment, ({ body }) => body.computeEnv.status !== 'CREATING', {
      what: 'checked environment',
    });
    expect(waiting.body.computeEnv).toMatchObject({ status: 'ERRORED', credentialsId });
    expect(waiting.body.computeEnv.message).toMatch(/host key/i);
    const keys = await server.owner.get<{ status: string; hostKeys: { fingerprint: string }[] }>(
      `/compute-envs/${made.computeEnvId}/host-keys?${at}`,
    );
    expect(keys.body.status).toBe('PENDING');
    await server.owner.put(`/compute-envs/${made.computeEnvId}/host-keys?${at}`, {
      confirm: keys.body.hostKeys.map((key) => key.fingerprint),
    });
    await until(environment, ({ body }) => body.computeEnv.status === 'AVAILABLE', {
      limitMs: 30_000,
      what: 'available environment',
    });

    // With a shared key it takes a role that may change pipelines.
    const visitor = await server.addMember(freshName('visitor'), 'launch');
    const forbidden = await visitor.api.call('POST', `/workflow/launch?${at}`, {
      launch: { computeEnvId: made.computeEnvId, pipeline: '/trivial' },
    });
    expect(forbidden.status).toBe(403);

    // Whoever launches: the run is the shared user's.
    const member = await server.addMember(freshName('launcher'));
    const run = await launch(server, member.api, made.computeEnvId, { pipeline: '/trivial' });
    const head = await headJobOf(server, member.api, run);
    const refused = await server.owner.call<{ message: string; conflicts: { id: string }[] }>(
      'DELETE',
      `/credentials/${credentialsId}?checked=true&${at}`,
    );
    expect(refused.status).toBe(409);
    expect(refused.body.conflicts).toMatchObject([{ id: run }]);
    await waitForRun(server, member.api, run, ['SUCCEEDED'], 60_000);
    const jobs = await accountedJobs(cluster, run, 1);
    expect(jobs.find((job) => job['JobID'] === head)).toMatchObject({ User: account.name });
    expect(
      (await server.owner.call('DELETE', `/credentials/${credentialsId}?checked=true&${at}`)).status,
    ).toBe(204);
    expect((await environment()).body.computeEnv.status).toBe('INVALID');
    await account.remove();
  });
});
