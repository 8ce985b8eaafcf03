/** Identities, credentials, host keys, environments: on both databases. */
import { describe, expect, test } from 'vitest';
import type { Store } from '#core/ports/store.ts';
import {
  aComputeEnv,
  addMember,
  addOrganisation,
  addUser,
  addWorkspace,
  aHostKey,
  aManagedCredential,
  anIdentity,
  aRun,
  aWorkspaceCredential,
  key,
  onBothDatabases,
} from '#test/support/databases.ts';

const all = { max: 100, offset: 0 };

const organisationWithOwner = async (store: Store) => {
  const { id: organisationId } = await addOrganisation(store);
  const { user } = await addMember(store, organisationId, { role: 'owner' });
  return { organisationId, owner: user.id };
};

onBothDatabases(({ open }) => {
  describe('identities', () => {
    test('come back as they were stored, are found, searched and changed', async () => {
      const store = await open();
      const { organisationId, owner } = await organisationWithOwner(store);
      const given = anIdentity(organisationId, owner, { name: 'Hpc_1', allowedSystemUsers: ['svc', 'nf'] });
      const identity = await store.identities.insert(given);
      expect(identity).toEqual({ ...given, id: identity.id });
      const lsf = await store.identities.insert(
        anIdentity(organisationId, owner, { name: 'hpcx1', platform: 'lsf-platform' }),
      );
      expect(await store.identities.find(identity.id)).toEqual(identity);
      expect(await store.identities.findByName(organisationId, 'Hpc_1')).toEqual(identity);
      const list = async (query: object) =>
        (await store.identities.list(organisationId, { ...all, ...query })).rows.map(({ name }) => name);
      expect(await list({})).toEqual(['Hpc_1', 'hpcx1']);
      expect(await list({ search: 'HPC_' })).toEqual(['Hpc_1']);
      expect(await list({ platform: 'lsf-platform' })).toEqual(['hpcx1']);
      expect(await list({ platform: 'no-platform' })).toEqual([]);
      const change = {
        config: { ...given.config, port: 2222, environment: [] },
        requireChecked: false,
        blockedReason: 'The host key has changed',
      };
      await store.identities.update(identity.id, change);
      expect(await store.identities.find(identity.id)).toEqual({ ...identity, ...change });
      const sentence = { status: 409, message: 'name: "hpcx1" is already taken' };
      await expect(store.identities.update(identity.id, { name: lsf.name })).rejects.toMatchObject(sentence);
      await expect(store.identities.insert({ ...given, name: 'hpcx1' })).rejects.toMatchObject(sentence);
    });

    test('may ask for a number that is free; numbers go on behind the highest', async () => {
      const store = await open();
      const { organisationId, owner } = await organisationWithOwner(store);
      const insert = (name: string, id?: number) =>
        store.identities.insert({ ...anIdentity(organisationId, owner, { name }), id });
      expect((await insert('a', 10)).id).toBe(10);
      expect((await insert('b', 5)).id).toBe(5);
      expect((await insert('c')).id).toBe(11);
      const refused = { status: 409, message: 'id: 10 is already taken' };
      await expect(insert('d', 10)).rejects.toMatchObject(refused);
      for (const id of [0, -1, 1.5, 2 ** 31])
        await expect(insert('d', id)).rejects.toMatchObject({ status: 400 });
    });

    test('a number that something still names is not free', async () => {
      const store = await open();
      const { organisationId, owner } = await organisationWithOwner(store);
      await store.computeEnvs.insert(aComputeEnv(owner, { managedIdentityId: 7, status: 'INVALID' }));
      const run = aRun(owner);
      await store.runs.insert({ ...run, snapshot: { ...run.snapshot, identityId: 8 } });
      await store.managedCredentials.insert(
        aManagedCredential({ id: 9, organisationId }, owner, { retiredAt: 1 }),
      );
      for (const id of [7, 8, 9])
        await expect(
          store.identities.insert({ ...anIdentity(organisationId, owner), id }),
        ).rejects.toMatchObject({
          message: `id: ${id} is already taken`,
        });
    });

    test('removal waits for credentials; host keys stay until the last retired key is destroyed', async () => {
      const store = await open();
      const { organisationId, owner } = await organisationWithOwner(store);
      const identity = await store.identities.insert(anIdentity(organisationId, owner));
      const hostKeys = () => store.hostKeys.list({ kind: 'identity', id: identity.id });
      await store.hostKeys.put({ kind: 'identity', id: identity.id }, aHostKey());
      const { id } = await store.managedCredentials.insert(aManagedCredential(identity, owner));
      await expect(store.identities.remove(identity.id)).rejects.toMatchObject({ status: 409 });
      await store.managedCredentials.update(id, { retiredAt: 5, destroyAt: 9 });
      await store.identities.remove(identity.id);
      expect(await store.identities.find(identity.id)).toBeUndefined();
      expect(await store.managedCredentials.findById(id)).toMatchObject({ retiredAt: 5, key });
      expect(await hostKeys()).toHaveLength(1);
      await store.managedCredentials.remove(id);
      expect(await hostKeys()).toEqual([]);
    });

    test('removal of an identity without credentials takes its host keys along; a credential alone does not', async () => {
      const store = await open();
      const { organisationId, owner } = await organisationWithOwner(store);
      const identity = await store.identities.insert(anIdentity(organisationId, owner));
      const place = { kind: 'identity', id: identity.id } as const;
      await store.hostKeys.put(place, aHostKey());
      const { id } = await store.managedCredentials.insert(aManagedCredential(identity, owner));
      await store.managedCredentials.remove(id);
      expect(await store.hostKeys.list(place)).toHaveLength(1);
      await store.identities.remove(identity.id);
      expect(await store.hostKeys.list(place)).toEqual([]);
    });
  });

  test('managed credentials: one current per member and identity; retired ones are found by number alone', async () => {
    const store = await open();
    const { organisationId, owner } = await organisationWithOwner(store);
    const identity = await store.identities.insert(anIdentity(organisationId, owner));
    const given = aManagedCredential(identity, owner, { key: null, status: 'missing' });
    const first = await store.managedCredentials.insert(given);
    expect(first).toEqual({ ...given, id: first.id });
    await expect(store.managedCredentials.insert(given)).rejects.toMatchObject({
      status: 409,
      message: 'This member has a credential on this identity already',
    });
    await store.managedCredentials.update(first.id, {
      key,
      keyVersion: 2,
      account: 'proj',
      status: 'verified',
    });
    expect(await store.managedCredentials.find(identity.id, owner)).toMatchObject({ key, account: 'proj' });
    await store.managedCredentials.update(first.id, { retiredAt: 10, destroyAt: 20 });
    expect(await store.managedCredentials.find(identity.id, owner)).toBeUndefined();
    const second = await store.managedCredentials.insert(given);
    expect(await store.managedCredentials.listOfIdentity(identity.id)).toEqual([second]);
    expect(await store.managedCredentials.listDestroyable(19)).toEqual([]);
    expect((await store.managedCredentials.listDestroyable(20)).map(({ id }) => id)).toEqual([first.id]);
    await expect(store.managedCredentials.update(first.id, { retiredAt: null })).rejects.toMatchObject({
      status: 409,
    });
    await store.managedCredentials.remove(first.id);
    expect(await store.managedCredentials.findById(first.id)).toBeUndefined();
  });

  test('workspace credentials: current ones by name, names unique in their context', async () => {
    const store = await open();
    const { organisationId, owner } = await organisationWithOwner(store);
    const other = await addUser(store);
    const { id: workspaceId } = await addWorkspace(store, organisationId);
    const personal = aWorkspaceCredential(owner);
    const shared = aWorkspaceCredential(owner, { workspaceId, organisationId });
    const earlier = aWorkspaceCredential(owner, { workspaceId, organisationId, name: 'a' });
    for (const credential of [personal, shared, earlier, aWorkspaceCredential(other.id)])
      await store.credentials.insert(credential);
    expect(await store.credentials.list({ workspaceId: null, userId: owner })).toEqual([personal]);
    expect(await store.credentials.list({ workspaceId, userId: other.id })).toEqual([earlier, shared]);
    const sentence = { status: 409, message: 'name: "key" is already taken' };
    await expect(store.credentials.insert({ ...personal, id: 'x' })).rejects.toMatchObject(sentence);
    await expect(store.credentials.insert({ ...shared, id: 'x', userId: other.id })).rejects.toMatchObject(
      sentence,
    );
    await expect(store.credentials.update(earlier.id, { name: 'key' })).rejects.toMatchObject(sentence);
    await store.credentials.update(shared.id, { retiredAt: 5, destroyAt: 6 });
    await store.credentials.update(earlier.id, { name: 'key', message: 'm' });
    expect((await store.credentials.list({ workspaceId, userId: owner })).map(({ id }) => id)).toEqual([
      earlier.id,
    ]);
    expect(await store.credentials.find(shared.id)).toEqual({ ...shared, retiredAt: 5, destroyAt: 6 });
    expect((await store.credentials.listDestroyable(6)).map(({ id }) => id)).toEqual([shared.id]);
    await store.credentials.remove(shared.id);
    expect(await store.credentials.find(shared.id)).toBeUndefined();
  });

  test('host keys: listed in the order seen, updated in place, removed', async () => {
    const store = await open();
    const owner = { kind: 'compute-env', id: 'env1' } as const;
    const young = aHostKey({ firstSeen: 20 });
    const old = aHostKey({ publicKey: 'ssh-rsa HOST', type: 'ssh-rsa', firstSeen: 10 });
    await store.hostKeys.put(owner, young);
    await store.hostKeys.put(owner, old);
    await store.hostKeys.put({ kind: 'identity', id: 1 }, young);
    const pinned = { ...young, status: 'PINNED', confirmedBy: 'ann', confirmedAt: 30 } as const;
    await store.hostKeys.put(owner, pinned);
    expect(await store.hostKeys.list(owner)).toEqual([old, pinned]);
    await store.hostKeys.remove(owner, old.publicKey);
    expect(await store.hostKeys.list(owner)).toEqual([pinned]);
    await store.hostKeys.removeAll(owner);
    expect(await store.hostKeys.list(owner)).toEqual([]);
    expect(await store.hostKeys.list({ kind: 'identity', id: 1 })).toEqual([young]);
  });

  test('compute environments: contexts, states, uses; a deleted one is found alone and frees its name', async () => {
    const store = await open();
    const { organisationId, owner } = await organisationWithOwner(store);
    const { id: workspaceId } = await addWorkspace(store, organisationId);
    const personal = aComputeEnv(owner, { credentialsId: 'cred' });
    const old = aComputeEnv(owner, {
      workspaceId,
      organisationId,
      managedIdentityId: 3,
      status: 'AVAILABLE',
    });
    const young = aComputeEnv(owner, {
      workspaceId,
      organisationId,
      name: 'young',
      createdAt: 2_000,
      managedIdentityId: 3,
    });
    for (const environment of [personal, old, young]) await store.computeEnvs.insert(environment);
    const context = { workspaceId, userId: 0 };
    expect(await store.computeEnvs.list(context)).toEqual([young, old]);
    expect(await store.computeEnvs.list({ ...context, status: 'AVAILABLE' })).toEqual([old]);
    expect(await store.computeEnvs.list({ ...context, status: 'NONSENSE' })).toEqual([]);
    expect(await store.computeEnvs.list({ workspaceId: null, userId: owner })).toEqual([personal]);
    expect(await store.computeEnvs.list({ workspaceId: null, userId: owner + 1 })).toEqual([]);
    expect(await store.computeEnvs.listOfCredential('cred')).toEqual([personal]);
    expect(await store.computeEnvs.listOfIdentity(3)).toEqual([young, old]);
    expect(await store.computeEnvs.listUnchecked()).toEqual([young, personal]);
    const sentence = { status: 409, message: 'name: "env" is already taken' };
    await expect(store.computeEnvs.insert({ ...old, id: 'x' })).rejects.toMatchObject(sentence);
    await expect(store.computeEnvs.insert({ ...personal, id: 'x' })).rejects.toMatchObject(sentence);
    await store.computeEnvs.update(old.id, { status: 'DELETED', message: 'gone', primary: false });
    expect(await store.computeEnvs.find(old.id)).toEqual({
      ...old,
      status: 'DELETED',
      message: 'gone',
      primary: false,
    });
    expect(await store.computeEnvs.listOfIdentity(3)).toEqual([young]);
    expect(await store.computeEnvs.list(context)).toEqual([young]);
    await store.computeEnvs.update(young.id, { name: 'env' });
    expect((await store.computeEnvs.find(young.id))?.name).toBe('env');
  });
});
