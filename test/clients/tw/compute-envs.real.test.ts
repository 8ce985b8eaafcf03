/** `tw compute-envs …`: on both databases. */
import { afterAll, expect, test } from 'vitest';
import { type Platform, platforms } from '#core/platforms.ts';
import { onBothDatabases } from '#test/support/databases.ts';
import { type ClientWorld, closeClientWorlds, startClientWorld } from '../world.ts';

afterAll(closeClientWorlds);

type Row = Record<string, unknown>;

/** As `--wait` polls. */
const waitFor = async ({ tw, here }: ClientWorld, id: string, status: string) => {
  await expect
    .poll(async () => {
      const polled = await tw.get(`/compute-envs/${id}?${here}`);
      return polled.status === 200 ? polled.body.computeEnv.status : polled.status;
    })
    .toBe(status);
};

/** What `add slurm` and its like make of their options: some are mandatory there. */
const configOf = (platform: Platform) => ({
  discriminator: platform,
  workDir: '/scratch',
  launchDir: '/scratch/launch',
  userName: 'olivia',
  hostName: 'login.example.org',
  port: 22,
  headQueue: 'short',
  computeQueue: 'long',
  maxQueueSize: 50,
  headJobOptions: '--mem=2G',
  propagateHeadJobOptions: false,
  preRunScript: 'module load java\n',
  environment: [
    { name: 'A', value: '1', head: true, compute: false },
    { name: 'B', value: '', head: false, compute: true },
  ],
  ...(platform === 'lsf-platform' && { unitForLimits: 'MB', perJobMemLimit: true, perTaskReserve: false }),
});

onBothDatabases(({ open }) => {
  test('add with a managed identity, the one row that is found for its platform; --wait; view and export', async () => {
    const world = await startClientWorld(await open());
    const { tw, here } = world;
    const identities = new Map<Platform, number>();
    for (const platform of platforms) identities.set(platform, await world.identity(platform, platform));
    for (const platform of platforms) {
      const { body } = await tw.get(`/credentials?${here}&platformId=${platform}`);
      expect(body.credentials.map(({ id, name }: Row) => [id, name])).toEqual([
        [String(identities.get(platform)), platform],
      ]);
      const [row] = body.credentials;
      expect([row.provider, 'keys' in row]).toEqual(['ssh', false]);
      const config = configOf(platform);
      const made = await tw.post(`/compute-envs?${here}`, {
        computeEnv: { name: platform, description: 'ours', platform, credentialsId: row.id, config },
      });
      expect([made.status, made.body]).toEqual([200, { computeEnvId: expect.any(String) }]);
      await waitFor(world, made.body.computeEnvId, 'AVAILABLE');
      const { computeEnv } = (
        await tw.get(`/compute-envs/${made.body.computeEnvId}?${here}&attributes=labels`)
      ).body;
      expect(computeEnv).toMatchObject({ name: platform, platform, credentialsId: row.id });
      expect(computeEnv.config).toEqual(config);
    }
  });

  test('add with an SSH key of the workspace and its own host, on every platform', async () => {
    const world = await startClientWorld(await open());
    const { tw, here } = world;
    const key = { discriminator: 'ssh', privateKey: world.keyOf('olivia') };
    const saved = await tw.post(`/credentials?useExternalId=false&${here}`, {
      credentials: { name: 'grid-key', provider: 'ssh', keys: key },
    });
    const { credentialsId } = saved.body;
    const confirm = world.clusters.host('login.example.org').hostKeys.map((each) => each.fingerprint);
    for (const platform of platforms) {
      const { body } = await tw.get(`/credentials?${here}&platformId=${platform}`);
      expect(body.credentials.map(({ id }: Row) => id)).toEqual([credentialsId]);
      const made = await tw.post(`/compute-envs?${here}`, {
        computeEnv: { name: platform, platform, credentialsId, config: configOf(platform) },
      });
      const id = made.body.computeEnvId;
      // `--wait` ends here, with a message that says what to do; then an admin confirms.
      await waitFor(world, id, 'ERRORED');
      const { message } = (await tw.get(`/compute-envs/${id}?${here}`)).body.computeEnv;
      expect(message).toContain(`/compute-envs/${id}/host-keys`);
      expect((await tw.put(`/compute-envs/${id}/host-keys?${here}`, { confirm })).status).toBe(200);
      await waitFor(world, id, 'AVAILABLE');
    }
    expect(world.clusters.logins.map(({ userName }) => userName)).toEqual(platforms.map(() => 'olivia'));
  });

  test('list, and primary get and set', async () => {
    const world = await startClientWorld(await open());
    const { tw, here } = world;
    const first = await world.environment('first');
    const second = await world.environment('second');
    const list = async (query = '') =>
      (await tw.get(`/compute-envs?${here}${query}`)).body.computeEnvs as Row[];
    expect(
      (await list()).map(({ id, name, platform, status, primary }) => [id, name, platform, status, primary]),
    ).toEqual([
      [second, 'second', 'slurm-platform', 'AVAILABLE', false],
      [first, 'first', 'slurm-platform', 'AVAILABLE', true],
    ]);
    const primary = async () => (await list('&status=AVAILABLE')).filter((row) => row['primary']);
    expect((await primary()).map(({ id }) => id)).toEqual([first]);
    expect((await tw.post(`/compute-envs/${second}/primary?${here}`)).status).toBe(204);
    expect((await primary()).map(({ id }) => id)).toEqual([second]);
  });

  test('update sends name and description alone, after asking for the name', async () => {
    const world = await startClientWorld(await open());
    const { tw, here } = world;
    const id = await world.environment('before');
    await world.environment('taken');
    const ask = async (name: string) => (await tw.get(`/compute-envs/validate?${here}&name=${name}`)).status;
    expect([await ask('after'), await ask('taken'), await ask('-x')]).toEqual([204, 409, 400]);
    expect(
      (await tw.put(`/compute-envs/${id}?${here}`, { name: 'after', description: 'moved' })).status,
    ).toBe(204);
    const { computeEnv } = (await tw.get(`/compute-envs/${id}?${here}`)).body;
    expect(computeEnv).toMatchObject({ id, name: 'after', description: 'moved', status: 'AVAILABLE' });
    expect((await tw.put(`/compute-envs/${id}?${here}`, { name: 'taken' })).status).toBe(409);
  });

  test('export, then import with --overwrite: the old one is deleted, the name is free at once', async () => {
    const world = await startClientWorld(await open());
    const { tw, here } = world;
    const id = await world.environment('cluster');
    const exported = (await tw.get(`/compute-envs/${id}?${here}&attributes=labels`)).body.computeEnv;
    const rows = (await tw.get(`/compute-envs?${here}&status=AVAILABLE`)).body.computeEnvs;
    expect(rows.filter(({ name }: Row) => name === 'cluster')).toHaveLength(1);
    expect((await tw.delete(`/compute-envs/${id}?${here}`)).status).toBe(204);
    const imported = await tw.post(`/compute-envs?${here}`, {
      computeEnv: {
        name: 'cluster',
        platform: exported.platform,
        credentialsId: exported.managedIdentityId,
        config: exported.config,
      },
      labelIds: [],
    });
    expect(imported.status, JSON.stringify(imported.body)).toBe(200);
    await waitFor(world, imported.body.computeEnvId, 'AVAILABLE');
    expect(imported.body.computeEnvId).not.toBe(id);
  });

  test('validate: empty body with a JSON type; a network that fails is the last known value', async () => {
    const world = await startClientWorld(await open());
    const { tw, here, clusters } = world;
    const id = await world.environment();
    const validate = async (force: boolean) =>
      (await tw.post(`/compute-envs/${id}/validate?force=${force}&${here}`)).body;
    expect(await validate(false)).toEqual({ status: 'AVAILABLE', message: null, transientError: false });
    clusters.host('login.example.org').up = false;
    expect(await validate(true)).toMatchObject({ status: 'AVAILABLE', transientError: true });
    clusters.host('login.example.org').up = true;
    clusters.host('login.example.org').report = { workDirWritable: false };
    expect(await validate(true)).toMatchObject({ status: 'ERRORED', transientError: false });
  });

  test('delete --wait polls until DELETED, and a 404 would be an error', async () => {
    const world = await startClientWorld(await open());
    const { tw, here } = world;
    const id = await world.environment();
    expect((await tw.delete(`/compute-envs/${id}?${here}`)).status).toBe(204);
    await waitFor(world, id, 'DELETED');
    expect((await tw.get(`/compute-envs?${here}`)).body.computeEnvs).toEqual([]);
  });

  test('an environment with live runs is not deleted; the message names them', async () => {
    const world = await startClientWorld(await open());
    const { tw, here } = world;
    const id = await world.environment();
    await world.run({ computeEnvId: id, status: 'RUNNING', phase: 'follow', runName: 'busy_bee' });
    const refused = await tw.delete(`/compute-envs/${id}?${here}`);
    expect([refused.status, refused.body.message]).toEqual([409, expect.stringContaining('busy_bee')]);
    expect((await tw.get(`/compute-envs/${id}?${here}`)).body.computeEnv.status).toBe('AVAILABLE');
  });
});
