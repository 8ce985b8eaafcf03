/** `npm run demo`: a throw-away cluster with two Linux users, the server, and the main road step by step. */
import { setTimeout as sleep } from 'node:timers/promises';
import { startCluster } from '../test/support/cluster.ts';
import { addKey, describeRun, headJobOf, launch, makeEnvironment, waitForRun } from '../test/support/road.ts';
import { type ReadyServer, startServer } from '../test/support/server.ts';

const say = (text = ''): void => void process.stdout.write(`${text}\n`);
let step = 0;
const title = (text: string): void => say(`\n\u001b[1m${(step += 1)}. ${text}\u001b[0m`);
const shown = (label: string, value: unknown): void =>
  say(`   ${label}: ${typeof value === 'string' ? value : JSON.stringify(value)}`);

const ends: (() => Promise<void>)[] = [];
const cleanUp = async (): Promise<void> => {
  say('\nTaking everything down again …');
  for (const end of ends.toReversed()) await end();
  say('Nothing is left.');
};

const walk = async (): Promise<void> => {
  title('A cluster comes up: sshd, Slurm with accounting, two Linux users, one shared work directory');
  const cluster = await startCluster({ users: { alice: {}, bob: {} } });
  ends.push(cluster.stop);
  const accounts = { alice: cluster.user('alice'), bob: cluster.user('bob') };
  shown('login node', `${cluster.facts.host}:${cluster.facts.port}`);
  shown('Linux users', `${accounts.alice.name}, ${accounts.bob.name}, both in group ${cluster.facts.group}`);

  title('The server starts with an owner, an organisation and a workspace (latchkey init)');
  const server: ReadyServer = await startServer();
  ends.push(server.remove);
  shown('address', `${server.url} (API under ${server.url}/api)`);

  title('The owner registers the cluster as a managed identity');
  const identity = await server.owner.post<{ id: number }>(`/identities?orgId=${server.organisationId}`, {
    name: 'demo-cluster',
    platform: 'slurm-platform',
    config: {
      hostName: cluster.facts.host,
      port: cluster.facts.port,
      workDir: cluster.facts.workDir,
      headQueue: 'head',
      computeQueue: 'compute',
    },
  });
  const { id } = identity.body;
  const keys = await server.owner.get<{ status: string; hostKeys: { type: string; fingerprint: string }[] }>(
    `/identities/${id}/host-keys`,
  );
  shown('host keys it showed', keys.body.hostKeys.map((key) => `${key.type} ${key.fingerprint}`).join(', '));
  shown('status', `${keys.body.status}: nothing is offered to it until an owner confirms`);
  const confirmed = await server.owner.put<{ status: string }>(`/identities/${id}/host-keys`, {
    confirm: keys.body.hostKeys.map((key) => key.fingerprint),
  });
  shown('after confirming', confirmed.body.status);

  title('Alice and Bob add their own keys; each proves itself on the cluster before it is kept');
  const alice = await server.addMember('alice');
  const bob = await server.addMember('bob');
  await addKey(alice.api, id, accounts.alice);
  await addKey(bob.api, id, accounts.bob);
  const proof = await alice.api.post<{ message: string; report: unknown }>(
    `/identities/${id}/credentials/${alice.userId}/verify`,
  );
  shown('the cluster about Alice', proof.body.report);
  const refused = await bob.api.call<{ message: string }>('POST', `/identities/${id}/credentials`, {
    provider: 'ssh',
    credentials: { provider: 'ssh', keys: { privateKey: accounts.bob.privateKey } },
    metadata: { userName: accounts.alice.name },
  });
  shown("Bob tries Alice's Linux user", `${refused.status} ${refused.body.message}`);

  title('The owner makes a compute environment on it');
  const environment = await makeEnvironment(server, id);
  shown('compute environment', `${environment} is AVAILABLE`);

  title('Both launch the same pipeline at once');
  const request = { pipeline: `file://${cluster.facts.pipelines.repository}`, revision: 'v1.0' };
  const runs = await Promise.all(
    [alice, bob].map(async ({ api }) => ({ api, run: await launch(server, api, environment, request) })),
  );
  for (const { api, run } of runs) shown(`run ${run}`, `head job ${await headJobOf(server, api, run)}`);

  title('While it runs, a key that it depends on cannot be deleted');
  const blocked = await alice.api.call<{ message: string }>(
    'DELETE',
    `/identities/${id}/credentials/${alice.userId}?checked=true`,
  );
  shown('answer', `${blocked.status} ${blocked.body.message}`);

  title('Real Nextflow on real Slurm, each as their own Linux user');
  for (const { api, run } of runs) {
    await waitForRun(server, api, run);
    const { workflow } = await describeRun(server, api, run);
    shown(`run ${run}`, `${workflow.status} in ${workflow.launchDir}`);
  }
  const log = await alice.api.get<{ log: { entries: string[] } }>(
    `/workflow/${runs[0]?.run}/log?workspaceId=${server.workspaceId}`,
  );
  for (const line of log.body.log.entries) say(`   | ${line}`);
  const jobs = await cluster.slurm.sacct('JobID', 'User', 'Partition', 'State', 'JobName');
  say('   What accounting says (sacct):');
  for (const job of jobs) say(`   | ${Object.values(job).join('  ')}`);

  title('It stays up: try it yourself. Ctrl-C ends it and takes everything away');
  say(`   api=${server.url}/api workspace=${server.workspaceId}`);
  say(`   alice=${alice.token}`);
  say(`   curl -s -H "Authorization: Bearer $alice" "$api/workflow?workspaceId=$workspace"`);
};

const stopped = new Promise<void>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
});

try {
  await Promise.race([walk().then(() => stopped), stopped]);
  await cleanUp();
  process.exit(0);
} catch (error) {
  say(`\nThe demo failed: ${error instanceof Error ? error.message : String(error)}`);
  await cleanUp();
  // What is left of the walk must not keep it alive.
  await sleep(0);
  process.exit(1);
}
