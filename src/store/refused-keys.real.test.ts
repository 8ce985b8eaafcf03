/** Refused keys as they are kept: on both databases. */
import { expect, test } from 'vitest';
import { addOrganisation, addUser, anIdentity, onBothDatabases } from '#test/support/databases.ts';

onBothDatabases(({ open }) => {
  test('counted until accepted; another chance is one for the whole cluster; a deleted one leaves nothing', async () => {
    const store = await open();
    const { id: organisationId } = await addOrganisation(store);
    const olga = await addUser(store, { userName: 'olga' });
    const { id } = await store.identities.insert(anIdentity(organisationId, olga.id));
    const clusterKey = `identity:${id}`;
    const keys = store.refusedKeys;
    const note = (way: string, credential = `managed:${way}`, cluster = clusterKey) =>
      keys.note({ way, clusterKey: cluster, credential }, 5);
    const counts = async () =>
      Object.fromEntries((await keys.find(['a', 'b', 'c', 'd'])).map(({ way, count }) => [way, count]));
    expect(await counts()).toEqual({});
    await Promise.all([note('a'), note('a'), note('a'), note('b'), note('c', 'managed:c', 'identity:0')]);
    expect(await counts()).toEqual({ a: 3, b: 1, c: 1 });
    expect(await keys.find([])).toEqual([]);
    await keys.forget(['b', 'd']);
    await keys.forget([]);
    expect(await counts()).toEqual({ a: 3, c: 1 });
    await note('d', 'managed:a');
    expect(await keys.forgetCluster(clusterKey)).toBe(1);
    expect(await counts()).toEqual({ c: 1 });
    await note('a', 'workspace:w');
    await note('b', `reader:${id}`);
    await store.credentials.remove('w');
    await store.statusReaders.remove(id);
    await store.managedCredentials.remove(0);
    expect(await counts()).toEqual({ c: 1 });
    await note('a', 'managed:0');
    await note('b');
    await store.managedCredentials.remove(0);
    expect(await counts()).toEqual({ b: 1, c: 1 });
    await store.identities.remove(id);
    expect(await counts()).toEqual({ c: 1 });
  });
});
