/** The list of members with their credentials: order, filters, pages, on both databases. */
import { expect, test } from 'vitest';
import type { ManagedCredential } from '#core/clusters.ts';
import type { Store } from '#core/ports/store.ts';
import {
  addMember,
  addOrganisation,
  aManagedCredential,
  anIdentity,
  onBothDatabases,
} from '#test/support/databases.ts';

/** bea, Dan: with key; cid: an entry without one; Ann, eva: nothing; fay: a retired one. */
const crowd = async (store: Store) => {
  const { id: organisationId } = await addOrganisation(store);
  const people = new Map<string, number>();
  for (const userName of ['eva', 'Dan', 'cid', 'bea', 'Ann', 'fay']) {
    const role = userName === 'bea' ? 'collaborator' : 'member';
    const { user } = await addMember(store, organisationId, {
      userName,
      role,
      firstName: 'Jü',
      lastName: userName,
    });
    people.set(userName, user.id);
  }
  const { id: elsewhere } = await addOrganisation(store);
  await addMember(store, elsewhere, { userName: 'stranger' });
  const idOf = (userName: string) => people.get(userName) ?? 0;
  const identity = await store.identities.insert(anIdentity(organisationId, idOf('eva')));
  const other = await store.identities.insert(anIdentity(organisationId, idOf('eva'), { name: 'other' }));
  const add = (userName: string, given: Partial<ManagedCredential> = {}) =>
    store.managedCredentials.insert(aManagedCredential(identity, idOf(userName), given));
  const dan = await add('Dan', { linuxUser: 'dan1' });
  await add('bea');
  await add('cid', { key: null, status: 'missing' });
  await add('fay', { retiredAt: 5 });
  await store.managedCredentials.insert(aManagedCredential(other, idOf('eva')));
  const rows = (query: object = {}) =>
    store.managedCredentials.listRows({
      organisationId,
      identityId: identity.id,
      firstUserId: idOf('Ann'),
      max: 100,
      offset: 0,
      ...query,
    });
  const names = async (query: object = {}) => (await rows(query)).rows.map(({ userName }) => userName);
  return { rows, names, idOf, dan };
};

onBothDatabases(({ open }) => {
  test('one row per member: own entry first, then those with a key, then the missing, each by user name', async () => {
    const { rows, names, idOf, dan } = await crowd(await open());
    expect(await names()).toEqual(['bea', 'Dan', 'Ann', 'cid', 'eva', 'fay']);
    expect(await names({ firstUserId: idOf('Dan') })).toEqual(['Dan', 'bea', 'Ann', 'cid', 'eva', 'fay']);
    expect(await names({ firstUserId: idOf('cid') })).toEqual(['cid', 'bea', 'Dan', 'Ann', 'eva', 'fay']);
    const { rows: all, totalSize } = await rows();
    expect(totalSize).toBe(6);
    expect(all[1]).toEqual({
      userId: idOf('Dan'),
      userName: 'Dan',
      email: 'Dan@example.org',
      firstName: 'Jü',
      lastName: 'Dan',
      credential: dan,
    });
    expect(all[3]?.credential).toMatchObject({ userId: idOf('cid'), key: null });
    expect(all[5]?.credential).toBeNull();
  });

  test('filters: state, user, free text on user name and full name', async () => {
    const { rows, names, idOf } = await crowd(await open());
    expect(await names({ state: 'added' })).toEqual(['bea', 'Dan']);
    expect(await names({ state: 'missing' })).toEqual(['Ann', 'cid', 'eva', 'fay']);
    expect(await names({ userId: idOf('cid') })).toEqual(['cid']);
    expect(await names({ userId: idOf('cid'), state: 'added' })).toEqual([]);
    expect(await names({ search: 'JÜ DA' })).toEqual(['Dan']);
    expect(await names({ search: 'example.org' })).toEqual([]);
    expect(await names({ search: '%' })).toEqual([]);
    expect((await rows({ search: 'a', state: 'missing' })).totalSize).toBe(3);
  });

  test('pages fit together and know the number of all rows, behind the last one too', async () => {
    const { rows } = await crowd(await open());
    const pages = await Promise.all([0, 2, 4, 6].map((offset) => rows({ max: 2, offset })));
    expect(pages.flatMap((page) => page.rows.map(({ userName }) => userName))).toEqual([
      'bea',
      'Dan',
      'Ann',
      'cid',
      'eva',
      'fay',
    ]);
    expect(pages.map(({ totalSize }) => totalSize)).toEqual([6, 6, 6, 6]);
  });
});
