/** The main road once with PostgreSQL underneath. */
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { attachCluster } from '../support/cluster.ts';
import { type Postgres, startPostgres } from '../support/postgres.ts';
import {
  accountedJobs,
  addKey,
  freshName,
  headJobOf,
  launch,
  makeEnvironment,
  registerCluster,
  waitForRun,
} from '../support/road.ts';
import { type ReadyServer, startServer } from '../support/server.ts';

const cluster = attachCluster(inject('cluster'));
let postgres: Postgres;
let server: ReadyServer;
beforeAll(async () => {
  postgres = await startPostgres();
  server = await startServer({ environment: { LATCHKEY_DATABASE: await postgres.createDatabase() } });
});
afterAll(async () => {
  await server.remove();
  await postgres.stop();
});

describe('main road on PostgreSQL', () => {
  test('register, add a key, launch, follow, read, delete', { timeout: 180_000 }, async () => {
    const member = await server.addMember(freshName('alice'));
    const identity = await registerCluster(server, cluster);
    await addKey(member.api, identity, cluster.user('alice'));
    const environment = await makeEnvironment(server, identity);
    const run = await launch(server, member.api, environment, {
      pipeline: `file://${cluster.facts.pipelines.repository}`,
      revision: 'dev',
    });
    const head = await headJobOf(server, member.api, run);
    await server.kill();
    await server.start();
    const { workflow } = await waitForRun(server, member.api, run, ['SUCCEEDED']);
    expect(workflow.exitStatus).toBe(0);
    const jobs = await accountedJobs(cluster, run, 3);
    expect(jobs.find((job) => job['JobID'] === head)?.['User']).toBe(cluster.user('alice').name);
    const credential = `/identities/${identity}/credentials/${member.userId}?checked=true`;
    expect((await member.api.call('DELETE', credential)).status).toBe(204);
    expect(
      (await member.api.call('DELETE', `/workflow/${run}?workspaceId=${server.workspaceId}`)).status,
    ).toBe(204);
  });
});
