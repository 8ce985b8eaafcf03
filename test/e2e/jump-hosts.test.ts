/** A cluster behind a jump host: registered, its key proved and a run brought to its end over the whole way. */
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
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

test('a key for the jump host alone: no run loses it unasked, and deleted it still stops the run behind', async () => {
  const [account, porter] = [await cluster.addUser('behind'), await cluster.addUser('porter')];
  await giveTrivialNextflow(account, 600);
  const member = await server.addMember(freshName('behind'));
  const gate = await registerCluster(server, cluster, { host: jump });
  await addKey(member.api, gate, porter);
  const identity = await registerCluster(server, cluster, {
    config: {
      jumpHosts: [{ hostName: jump.host, port: jump.port, hostKeys: jump.hostKeys, managedIdentityId: gate }],
    },
  });
  await addKey(member.api, identity, account);
  const environment = await makeEnvironment(server, identity);
  const run = await launch(server, member.api, environment, { pipeline: cluster.facts.pipelines.twoTasks });
  const head = await headJobOf(server, member.api, run);
  await waitForRun(server, member.api, run, ['RUNNING'], 30_000);
  expect(await jump.log()).toMatch(new RegExp(`Accepted publickey for ${porter.name} `));

  const key = `/identities/${gate}/credentials/${member.userId}`;
  const refused = await member.api.call<{ conflicts: object[] }>('DELETE', `${key}?checked=true`);
  expect([refused.status, refused.body.conflicts]).toEqual([
    409,
    [expect.objectContaining({ type: 'workflow', id: run })],
  ]);
  expect((await member.api.call('DELETE', `${key}?checked=false`)).status).toBe(204);
  const { workflow } = await waitForRun(server, member.api, run, ['CANCELLED'], 60_000);
  expect(workflow.errorMessage ?? '').not.toContain('could not be stopped');
  const jobs = () => cluster.slurm.squeue('JobID', 'State');
  await until(jobs, (rows) => !rows.some((row) => row['JobID'] === head && row['State'] === 'RUNNING'), {
    limitMs: 10_000,
    what: 'empty queue',
  });
  await Promise.all([account.remove(), porter.remove()]);
}, 120_000);
