/** What clusters were used for, as it is kept: on both databases. */
import { expect, test } from 'vitest';
import type { ActivityStore } from '#core/ports/activity.ts';
import { addOrganisation, addUser, anIdentity, onBothDatabases } from '#test/support/databases.ts';

type Row = Parameters<ActivityStore['add']>[0][number];

onBothDatabases(({ open }) => {
  const world = async () => {
    const store = await open();
    const { id: organisationId } = await addOrganisation(store);
    const alice = await addUser(store, { userName: 'alice' });
    const { id: identityId } = await store.identities.insert(anIdentity(organisationId, alice.id));
    const row = (given: Partial<Row> = {}): Row => ({
      identityId,
      hour: 100,
      userId: alice.id,
      bearer: 'member',
      what: 'status',
      number: 1,
      ...given,
    });
    return { store, identityId, alice, row };
  };

  test('counts add up over hours and writers, apart by cluster, member, bearer and kind', async () => {
    const { store, identityId, alice, row } = await world();
    await store.activity.add([row({ number: 3 }), row({ what: 'logs', number: 5 })]);
    await store.activity.add([row({ number: 4 }), row({ hour: 101, number: 2 })]);
    await store.activity.add([
      row({ userId: 0, bearer: 'reader', number: 7 }),
      row({ userId: 0, bearer: 'shared', number: 9 }),
      row({ identityId: identityId + 1, number: 100 }),
    ]);
    const found = await store.activity.of(identityId, 100);
    const lines = found.map(({ bearer, userName, what, number }) => [bearer, userName, what, number]);
    expect(lines).toHaveLength(4);
    expect(lines).toEqual(
      expect.arrayContaining([
        ['member', 'alice', 'status', 9],
        ['member', 'alice', 'logs', 5],
        ['reader', null, 'status', 7],
        ['shared', null, 'status', 9],
      ]),
    );
    const later = await store.activity.of(identityId, 101);
    expect(later.map(({ number }) => number)).toEqual([2]);
    const own = await store.activity.of(identityId, 100, alice.id);
    expect(new Map(own.map(({ what, number }) => [what, number]))).toEqual(
      new Map([
        ['logs', 5],
        ['status', 9],
      ]),
    );
  });

  test('more rows than one statement carries are written all the same; what is old is forgotten', async () => {
    const { store, identityId, row } = await world();
    // PostgreSQL takes 65,535 values at once, SQLite half as many; a row has six.
    await store.activity.add(Array.from({ length: 11_000 }, (_, hour) => row({ hour })));
    expect((await store.activity.of(identityId, 0))[0]?.number).toBe(11_000);
    await store.activity.prune(10_900);
    expect((await store.activity.of(identityId, 0))[0]?.number).toBe(100);
  });

  test('with its cluster it goes: who gets the number next sees nothing of it', async () => {
    const { store, identityId, row } = await world();
    await store.activity.add([row()]);
    await store.identities.remove(identityId);
    expect(await store.activity.of(identityId, 0)).toEqual([]);
  });
});
