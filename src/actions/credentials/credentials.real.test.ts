/** Workspace credentials: names, keys, what becomes of their environments; on both databases. */
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import type { ManagedIdentity } from '#core/clusters.ts';
import { type ClusterHouse, closeClusterHouses, createClusterHouse } from '#test/support/cluster-house.ts';
import { aRun, onBothDatabases } from '#test/support/databases.ts';
import { workspaceRecords } from '#test/support/house-verbs.ts';
import { createTestSigner } from '#test/support/test-signer.ts';
import { workspaceKeyPlace } from './key-places.ts';

afterAll(closeClusterHouses);

onBothDatabases(({ open }) => {
  let house: ClusterHouse;
  let identity: ManagedIdentity;
  beforeEach(async () => {
    house = await createClusterHouse(await open());
    identity = await house.openIdentity();
  });
  afterEach(() => house.idle());

  const { olga, own, create, find, addKey } = workspaceRecords(() => house);

  test('identities of a platform are listed beside them; any other platform has none', async () => {
    const { id } = await addKey();
    const list = (query: { platformId?: string }) => house.credentials.list(...olga(), query);
    expect(await list({})).toMatchObject({ credentials: [{ id }], identities: [] });
    expect(await list({ platformId: 'slurm-platform' })).toMatchObject({
      credentials: [{ id }],
      identities: [{ id: identity.id }],
    });
    expect((await list({ platformId: 'lsf-platform' })).identities).toEqual([]);
    expect(await list({ platformId: 'aws-batch' })).toEqual({ credentials: [], identities: [] });
  });

  test('names are unique in their context, the personal one is apart', async () => {
    await addKey();
    await expect(addKey()).rejects.toMatchObject({ status: 409 });
    await expect(house.credentials.validateName(...olga(), 'a b')).rejects.toMatchObject({ status: 400 });
    const personal = { ...house.olga.workspace, workspaceId: null, organisationId: null };
    const mine = await house.credentials.create(house.olga.caller, personal, {
      name: 'shared',
      key: { privateKey: house.olga.key.privatePem },
    });
    expect(mine).toMatchObject({ organisationId: 0, workspaceId: null });
    const theirs = house.credentials.describe(house.alice.caller, personal, mine.id);
    await expect(theirs).rejects.toMatchObject({ status: 404 });
  });

  test('a key is kept unless another one comes; the old one is destroyed', async () => {
    const made = await addKey();
    const { id } = made;
    const sealed = (keyVersion: number) =>
      house.store.sealedValues.get(workspaceKeyPlace({ ...made, keyVersion }));
    await house.credentials.update(...olga(), id, { name: 'renamed', description: 'x' });
    expect(await sealed(1)).toBeDefined();
    const next = createTestSigner();
    await house.credentials.update(...olga(), id, { key: { privateKey: next.privatePem } });
    expect(await house.credentials.describe(...olga(), id)).toMatchObject({
      name: 'renamed',
      keyVersion: 2,
      key: { fingerprint: next.fingerprint },
    });
    expect([await sealed(1), (await sealed(2)) !== undefined]).toEqual([undefined, true]);
    const bad = { key: { privateKey: next.publicKey } };
    await expect(house.credentials.update(...olga(), id, bad)).rejects.toMatchObject({
      code: 'key_unusable',
    });
    expect(await sealed(2)).toBeDefined();
  });

  test('deleting: 409 when checked, environments become invalid, the key is destroyed', async () => {
    const made = await addKey();
    const credentialsId = made.id;
    const hostKeys = house.clusters.host('own.example').hostKeys.map((key) => key.publicKey);
    const { id } = await create({ credentialsId, config: own, hostKeys });
    await house.idle();
    const snapshot = {
      ...aRun(1).snapshot,
      clusterKey: `compute-env:${id}`,
      identityId: null,
      credential: { kind: 'workspace', id: credentialsId } as const,
    };
    const run = aRun(house.olga.caller.userId, { snapshot, workspaceId: house.olga.workspace.workspaceId });
    await house.store.runs.insert(run);
    const remove = (checked: boolean) => house.credentials.remove(...olga(), credentialsId, { checked });
    await expect(remove(true)).rejects.toMatchObject({
      status: 409,
      details: { answer: { credentialsId, conflicts: [{ id: run.id }] } },
    });
    await remove(false);
    expect(await find(id)).toMatchObject({ status: 'INVALID' });
    await expect(house.credentials.describe(...olga(), credentialsId)).rejects.toMatchObject({
      status: 404,
    });
    expect(await house.targets.forRun(snapshot, 'cancel')).toMatchObject({
      userName: 'alice',
      pins: hostKeys,
    });
    await house.store.runs.update(run.id, { status: 'CANCELLED', phase: 'done' }, 1);
    expect(await house.destroyRetired()).toBe(1);
    const place = workspaceKeyPlace({ ...made, keyVersion: 1 });
    expect(await house.store.sealedValues.get(place)).toBeUndefined();
  });
});
