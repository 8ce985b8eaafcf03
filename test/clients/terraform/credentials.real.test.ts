/** `seqera_ssh_credential`, `seqera_credential`, `seqera_managed_identity`, `seqera_managed_credentials`: on both databases. */
import { afterAll, describe, expect, test } from 'vitest';
import { onBothDatabases } from '#test/support/databases.ts';
import { closeClientWorlds, startClientWorld } from '../world.ts';

afterAll(closeClientWorlds);

type Row = Record<string, unknown>;

onBothDatabases(({ open }) => {
  test('seqera_ssh_credential: create, refresh, destroy, with exactly the one status each', async () => {
    const world = await startClientWorld(await open());
    const { terraform, here } = world;
    const keys = { keyType: 'ssh', privateKey: world.keyOf('olivia').trimEnd(), passphrase: null };
    const made = await terraform.post(`/credentials?${here}`, {
      credentials: { name: 'tf_key-1', provider: 'ssh', keys },
    });
    expect([made.status, made.type]).toEqual([200, expect.stringContaining('application/json')]);
    const { credentialsId } = made.body;
    const read = await terraform.get(`/credentials/${credentialsId}?${here}`);
    expect(read.body.credentials).toMatchObject({ name: 'tf_key-1', provider: 'ssh' });
    expect((await terraform.delete(`/credentials/${credentialsId}?${here}`)).status).toBe(204);
    expect((await terraform.get(`/credentials/${credentialsId}?${here}`)).status).toBe(404);
  });

  test('seqera_credential: keys are described as ssh and nothing in it; PUT replaces the key set; import by bare id', async () => {
    const world = await startClientWorld(await open());
    const { terraform, here } = world;
    const credentials = { name: 'generic', provider: 'ssh', keys: { privateKey: world.keyOf('olivia') } };
    const { credentialsId: id } = (await terraform.post(`/credentials?${here}`, { credentials })).body;
    const described = await terraform.get(`/credentials/${id}?${here}`);
    expect(described.body.credentials.keys).toEqual({ discriminator: 'ssh' });
    expect((await terraform.get(`/credentials/${id}`)).body.credentials).toMatchObject({
      id,
      name: 'generic',
    });
    const put = { id, description: 'd', ...credentials, keys: { privateKey: world.keyOf('olivia') } };
    expect((await terraform.put(`/credentials/${id}?${here}`, { credentials: put })).status).toBe(204);
    expect((await terraform.delete(`/credentials/${id}?checked=true&${here}`)).status).toBe(204);
  });

  describe('seqera_managed_identity', () => {
    test('wrapped and flat, with a number of its own choice; 0 is no organisation', async () => {
      const { terraform, owner } = await startClientWorld(await open());
      const { orgId } = owner;
      const flat = { name: 'tf', platform: 'slurm-platform', hostName: 'login.example.org', port: 22, orgId };
      const made = await terraform.post(`/identities?orgId=${orgId}`, {
        managedIdentity: { ...flat, id: 4_711 },
      });
      expect([made.status, made.body.id]).toEqual([200, 4_711]);
      const read = await terraform.get(`/identities/4711?orgId=${orgId}`);
      expect(read.body.managedIdentity).toMatchObject({ ...flat, id: 4_711 });
      const put = { managedIdentity: { ...flat, id: 4_711, name: 'renamed' } };
      expect((await terraform.put(`/identities/4711?orgId=${orgId}`, put)).status).toBe(204);
      const zero = await terraform.post('/identities?orgId=0', {
        managedIdentity: { ...flat, name: 'zero', orgId: 0 },
      });
      expect([zero.status, typeof zero.body.id]).toEqual([200, 'number']);
      expect((await terraform.delete(`/identities/4711?checked=false&orgId=${orgId}`)).status).toBe(204);
    });
  });

  describe('seqera_managed_credentials', () => {
    test('the documented example: adopts an entry without a key, refreshes, updates, imports, destroys', async () => {
      const world = await startClientWorld(await open());
      const { terraform, owner, alice } = world;
      const { orgId } = owner;
      const identity = await world.identity();
      const at = `/identities/${identity}/credentials`;
      const body = {
        managedCredentials: {
          managedCredentialsId: alice.id,
          managedIdentityId: identity,
          orgId,
          provider: 'ssh',
          userId: alice.id,
        },
      };
      const made = await terraform.post(`${at}?orgId=${orgId}&userId=${alice.id}`, body);
      expect(made.status).toBe(200);
      expect(made.body).toMatchObject({
        managedCredentialsId: alice.id,
        managedCredentials: { id: alice.id },
      });
      const rows = async (query: string): Promise<Row[]> =>
        (await terraform.get(`${at}?orgId=${orgId}${query}`)).body.managedCredentials;
      const [row, ...others] = await rows(`&userId=${alice.id}`);
      expect(others).toEqual([]);
      expect(row).toMatchObject({
        managedCredentialsId: alice.id,
        managedIdentityId: identity,
        orgId,
        userId: alice.id,
        provider: 'ssh',
      });
      // Without a user (import): the caller's own comes first, never a missing one.
      expect((await rows(''))[0]).toMatchObject({ userId: owner.id, managedCredentialsId: owner.id });
      const put = { managedCredentials: { ...body.managedCredentials, userName: 'olivia' } };
      expect((await terraform.put(`${at}/${alice.id}?orgId=${orgId}`, put)).status).toBe(204);
      expect((await rows(`&userId=${alice.id}`))[0]).toMatchObject({ userName: 'alice' });
      expect((await terraform.delete(`${at}/${alice.id}?checked=false&orgId=${orgId}`)).status).toBe(204);
      // A vanished one is a row with a null id, which an upsert heals.
      expect((await rows(`&userId=${alice.id}`))[0]).toMatchObject({ managedCredentialsId: null });
      expect((await terraform.put(`${at}/${alice.id}?orgId=${orgId}`, body)).status).toBe(204);
      // An empty id never means all.
      expect((await terraform.delete(`${at}/?checked=false&orgId=${orgId}`)).status).toBeGreaterThanOrEqual(
        400,
      );
      expect((await rows('')).filter((one) => one['managedCredentialsId'] !== null)).toHaveLength(2);
    });
  });
});
