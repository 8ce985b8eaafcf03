/** `seqera_slurm_ce`, `seqera_compute_env` and what goes with them: on both databases. */
import { afterAll, describe, expect, test } from 'vitest';
import { onBothDatabases } from '#test/support/databases.ts';
import { type ClientWorld, closeClientWorlds, startClientWorld } from '../world.ts';

afterAll(closeClientWorlds);

/** As the provider waits: it has two seconds of patience at first, and needs AVAILABLE. */
const applied = async ({ terraform, here }: ClientWorld, id: string) => {
  await expect
    .poll(async () => (await terraform.get(`/compute-envs/${id}?${here}`)).body.computeEnv.status)
    .toBe('AVAILABLE');
  return (await terraform.get(`/compute-envs/${id}?${here}`)).body.computeEnv;
};

const unset = {
  computeQueue: null,
  environment: null,
  headJobOptions: null,
  headQueue: null,
  hostName: null,
  launchDir: null,
  maxQueueSize: null,
  nextflowConfig: null,
  port: null,
  postRunScript: null,
  preRunScript: null,
  propagateHeadJobOptions: null,
  userName: null,
  workDir: null,
};

onBothDatabases(({ open }) => {
  describe('seqera_slurm_ce', () => {
    test('create, refresh, update, destroy with a managed identity as credentials_id', async () => {
      const world = await startClientWorld(await open());
      const { terraform, here, owner } = world;
      const credentialsId = String(await world.identity());
      const set = {
        discriminator: 'slurm-platform',
        ...unset,
        workDir: '/scratch',
        // Untrimmed, and empty ones too: the provider compares with what it has.
        preRunScript: '\n  module load java  \n',
        postRunScript: '',
        headQueue: '',
        nextflowConfig: 'process.cpus = 1\r\n',
        environment: [
          { name: 'B', value: '2', head: true, compute: null },
          { name: 'A', value: '', head: null, compute: true },
        ],
      };
      const computeEnv = {
        name: 'tf-slurm',
        platform: 'slurm-platform',
        credentialsId,
        description: '',
        workspaceId: owner.workspaceId,
        config: set,
      };
      const made = await terraform.post(`/compute-envs?${here}`, { computeEnv, labelIds: null });
      expect([made.status, made.type]).toEqual([200, expect.stringContaining('application/json')]);
      const id: string = made.body.computeEnvId;
      const read = await applied(world, id);
      expect(read).toMatchObject({
        credentialsId,
        workspaceId: owner.workspaceId,
        name: 'tf-slurm',
        description: '',
        platform: 'slurm-platform',
        managedIdentityId: credentialsId,
      });
      const { environment, ...texts } = set;
      for (const [field, value] of Object.entries(texts))
        if (value !== null) expect([field, read.config[field]]).toEqual([field, value]);
      expect(
        read.config.environment.map(({ name, value }: { name: string; value: string }) => [name, value]),
      ).toEqual(environment.map(({ name, value }) => [name, value]));

      const update = await terraform.put(`/compute-envs/${id}?${here}`, {
        name: 'tf-slurm',
        description: 'later',
        credentialsId,
      });
      expect(update.status).toBe(204);
      expect(await applied(world, id)).toMatchObject({ description: 'later', credentialsId });

      // A changed configuration is a DELETE, a poll, and a POST of the same name.
      expect((await terraform.delete(`/compute-envs/${id}?${here}`)).status).toBe(204);
      const gone = await terraform.get(`/compute-envs/${id}?${here}`);
      expect([gone.status, gone.body.computeEnv.deleted]).toEqual([200, true]);
      const again = await terraform.post(`/compute-envs?${here}`, { computeEnv });
      expect(again.status, JSON.stringify(again.body)).toBe(200);
      await applied(world, again.body.computeEnvId);
    });

    test('what cannot work is refused once and for all, not with a status that is posted again', async () => {
      const world = await startClientWorld(await open());
      const { terraform, here } = world;
      const identity = String(await world.identity());
      const post = (computeEnv: object) => terraform.post(`/compute-envs?${here}`, { computeEnv });
      const good = { name: 'tf', platform: 'slurm-platform', credentialsId: identity, config: {} };
      expect((await post(good)).status).toBe(200);
      const taken = await post(good);
      expect([taken.status, taken.body.message]).toEqual([409, expect.stringContaining('tf')]);
      expect((await post({ ...good, name: 'x', credentialsId: '999999' })).status).toBe(400);
      expect((await post({ ...good, name: 'x', platform: 'aws-batch' })).status).toBe(400);
    });
  });

  describe('seqera_compute_env', () => {
    const platforms = [
      ['slurm-platform', {}],
      ['lsf-platform', { unitForLimits: 'GB', perJobMemLimit: true, perTaskReserve: false }],
      ['uge-platform', {}],
      ['altair-platform', {}],
      ['moab-platform', {}],
    ] as const;

    test('is sent without a discriminator and read back with one, on all platforms', async () => {
      const world = await startClientWorld(await open());
      const { terraform, here } = world;
      for (const [platform, special] of platforms) {
        const credentialsId = String(await world.identity(platform, platform));
        const config = { workDir: '/scratch', ...special };
        const made = await terraform.post(`/compute-envs?${here}`, {
          computeEnv: { name: `ce-${platform}`, platform, credentialsId, config },
        });
        expect(made.status, JSON.stringify(made.body)).toBe(200);
        const read = await applied(world, made.body.computeEnvId);
        expect(read.config).toEqual({ discriminator: platform, ...config });
        expect(typeof read.managedIdentityId).toBe('string');
      }
    });

    test('with a key of the workspace managedIdentityId is null', async () => {
      const world = await startClientWorld(await open());
      const { terraform, here } = world;
      const saved = await terraform.post(`/credentials?${here}`, {
        credentials: {
          name: 'tf-key',
          provider: 'ssh',
          keys: { keyType: 'ssh', privateKey: world.keyOf('olivia'), passphrase: null },
        },
      });
      const { credentialsId } = saved.body;
      const config = { workDir: '/scratch', userName: 'olivia', hostName: 'login.example.org' };
      const made = await terraform.post(`/compute-envs?${here}`, {
        computeEnv: { name: 'own', platform: 'slurm-platform', credentialsId, config },
      });
      const { computeEnv } = (await terraform.get(`/compute-envs/${made.body.computeEnvId}?${here}`)).body;
      expect([computeEnv.managedIdentityId, computeEnv.credentialsId]).toEqual([null, credentialsId]);
    });
  });

  test('seqera_primary_compute_env and seqera_compute_env_enabled', async () => {
    const world = await startClientWorld(await open());
    const { terraform, here } = world;
    const id = await world.environment();
    expect((await terraform.post(`/compute-envs/${id}/primary?${here}`)).status).toBe(204);
    const status = async () => (await terraform.get(`/compute-envs/${id}?${here}`)).body.computeEnv.status;
    for (const [action, becomes] of [
      ['disable', 'DISABLED'],
      ['disable', 'DISABLED'],
      ['enable', 'AVAILABLE'],
      ['enable', 'AVAILABLE'],
    ]) {
      expect((await terraform.post(`/compute-envs/${id}/${action}?${here}`)).status).toBe(204);
      expect(await status()).toBe(becomes);
    }
  });
});
