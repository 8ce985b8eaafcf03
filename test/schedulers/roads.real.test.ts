/**
 * The whole main road on every scheduler but Slurm (test/e2e): a member's own key, a shared key. Real Nextflow on the one
 * that is real; on the others in the long form, and in the scheduler's own tests (`conformance.ts`) always.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Platform } from '#core/platforms.ts';
import { startEmulator } from '../support/emulators/engine.ts';
import { type GridCluster, type GridScheduler, startGridCluster } from '../support/grid-cluster.ts';
import { startGridEngine } from '../support/grid-engine.ts';
import type { Ledger } from '../support/ledger.ts';
import { addKey, freshName, giveTrivialNextflow, launch, until, waitForRun } from '../support/road.ts';
import { useServer } from '../support/use-server.ts';

const server = useServer();

type System = [string, Platform, (ledger: Ledger) => Promise<GridScheduler>];

const old: System[] = [
  ['LSF without JSON (emulated)', 'lsf-platform', startEmulator('lsf-old')],
  ['PBS Professional before 13 (emulated)', 'altair-platform', startEmulator('pbs-old')],
  ['PBS without a history (emulated)', 'altair-platform', startEmulator('pbs-forgetful')],
];

const systems: System[] = [
  ['Grid Engine', 'uge-platform', startGridEngine],
  ['LSF (emulated)', 'lsf-platform', startEmulator('lsf')],
  ['PBS Professional (emulated)', 'altair-platform', startEmulator('pbs')],
  ['Moab (emulated)', 'moab-platform', startEmulator('moab')],
  // Old versions: in the default run the driver's own suite shows them.
  ...(process.env['LATCHKEY_TEST_LONG'] ? old : []),
];

const quick = {
  configText: "executor { pollInterval = '1s'; queueStatInterval = '2s'; exitReadTimeout = '10s' }\n",
  preRunScript: 'export NXF_OPTS="-XX:TieredStopAtLevel=1 -Xmx256m -XX:+UseSerialGC"\n',
};

describe.each(systems)('%s', { timeout: 150_000 }, (_, platform, start) => {
  const realNextflow = platform === 'uge-platform' || Boolean(process.env['LATCHKEY_TEST_LONG']);
  let cluster: GridCluster<GridScheduler>;
  const at = () => `workspaceId=${server.workspaceId}`;
  const host = () => ({
    hostName: cluster.sshd.host,
    port: cluster.sshd.port,
    hostKeys: cluster.sshd.hostKeys,
    workDir: cluster.workDir,
    headQueue: 'head',
    computeQueue: 'compute',
  });

  beforeAll(async () => {
    cluster = await startGridCluster(start);
  }, 60_000);
  afterAll(() => cluster?.stop());

  const available = async (computeEnv: Record<string, unknown>): Promise<string> => {
    const { body } = await server.owner.post<{ computeEnvId: string }>(`/compute-envs?${at()}`, {
      computeEnv: { name: freshName('environment'), platform, ...computeEnv },
    });
    const checked = await until(
      async () =>
        (
          await server.owner.get<{ computeEnv: { status: string; message: string | null } }>(
            `/compute-envs/${body.computeEnvId}?${at()}`,
          )
        ).body.computeEnv,
      ({ status }) => status !== 'CREATING',
    );
    expect(checked).toMatchObject({ status: 'AVAILABLE' });
    return body.computeEnvId;
  };

  test('the managed way: Nextflow as the member, then a run that is cancelled', async () => {
    const alice = cluster.user('alice');
    const { body } = await server.owner.post<{ id: number }>(`/identities?orgId=${server.organisationId}`, {
      name: freshName('cluster'),
      platform,
      config: { discriminator: platform, ...host() },
    });
    await addKey(server.owner, body.id, alice);
    if (!realNextflow) await giveTrivialNextflow(alice);
    const environment = await available({ managedIdentityId: body.id, config: {} });

    const run = await launch(server, server.owner, environment, {
      pipeline: cluster.pipelines.twoTasks,
      ...quick,
    });
    const { workflow } = await waitForRun(server, server.owner, run);
    expect(workflow).toMatchObject({ status: 'SUCCEEDED', exitStatus: 0 });

    const long = await launch(server, server.owner, environment, {
      pipeline: cluster.pipelines.twoTasks,
      preRunScript: 'sleep 100 & wait $!',
    });
    await waitForRun(server, server.owner, long, ['RUNNING']);
    await server.owner.post(`/workflow/${long}/cancel?${at()}`);
    expect((await waitForRun(server, server.owner, long)).workflow.status).toBe('CANCELLED');
  });

  test('the workspace way: one shared key, and a run that fails in plain words', async () => {
    const bob = cluster.user('bob');
    const { body } = await server.owner.post<{ credentialsId: string }>(`/credentials?${at()}`, {
      credentials: { name: freshName('key'), provider: 'ssh', keys: { privateKey: bob.privateKey } },
    });
    const environment = await available({
      credentialsId: body.credentialsId,
      config: { discriminator: platform, userName: bob.name, ...host() },
    });
    const run = await launch(server, server.owner, environment, {
      pipeline: cluster.pipelines.twoTasks,
      preRunScript: 'exit 7',
    });
    const { workflow } = await waitForRun(server, server.owner, run);
    expect(workflow).toMatchObject({ status: 'FAILED', exitStatus: 7 });
    expect(workflow.errorMessage).toContain('exit status 7');
  });
});
