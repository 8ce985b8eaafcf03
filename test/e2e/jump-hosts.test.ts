/** A cluster behind a jump host: registered, its key proved and a run brought to its end over the whole way. */
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { attachCluster } from '../support/cluster.ts';
import {
  addKey,
  giveTrivialNextflow,
  launch,
  makeEnvironment,
  registerCluster,
  waitForRun,
} from '../support/road.ts';
import type { Sshd } from '../support/sshd.ts';
import { useServer } from '../support/use-server.ts';

const cluster = attachCluster(inject('cluster'));
const server = useServer();
let jump: Sshd;

beforeAll(async () => {
  jump = await cluster.startSshd();
});
afterAll(() => jump?.stop());

test('the main road over a jump host; without its keys it is refused, and the cluster is not scanned', async () => {
  const account = await cluster.addUser('jumper');
  await giveTrivialNextflow(account);
  const way = { hostName: jump.host, port: jump.port };
  const bare = await server.owner.call('POST', `/identities?orgId=${server.organisationId}`, {
    name: 'bare',
    platform: 'slurm-platform',
    config: { hostName: cluster.facts.host, jumpHosts: [way] },
  });
  expect([bare.status, JSON.stringify(bare.body)]).toEqual([400, expect.stringContaining('hostKeys')]);

  const identity = await registerCluster(server, cluster, {
    config: { jumpHosts: [{ ...way, hostKeys: jump.hostKeys }] },
  });
  const scanned = await server.owner.call('GET', `/identities/${identity}/host-keys?scan=true`);
  expect([scanned.status, JSON.stringify(scanned.body)]).toEqual([409, expect.stringContaining('jump host')]);
  await addKey(server.owner, identity, account);
  const environment = await makeEnvironment(server, identity);
  const run = await launch(server, server.owner, environment, { pipeline: cluster.facts.pipelines.twoTasks });
  expect((await waitForRun(server, server.owner, run)).workflow.status).toBe('SUCCEEDED');
  expect(await jump.log()).toMatch(new RegExp(`Accepted publickey for ${account.name} `));

  // Members who moved on: the way is the identity's, also for runs that are alive.
  const { body } = await server.owner.get<{ config: { jumpHosts: object[] } }>(`/identities/${identity}`);
  expect(body.config.jumpHosts).toEqual([{ ...way, hostKeys: jump.hostKeys }]);
});
