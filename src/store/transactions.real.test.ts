/** What a transaction promises: on both databases. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import {
  addMember,
  addOrganisation,
  addUser,
  aManagedCredential,
  anAuditEvent,
  anIdentity,
  onBothDatabases,
} from '#test/support/databases.ts';

onBothDatabases(({ open, url }) => {
  test('what work throws undoes everything and comes out', async () => {
    const store = await open();
    const failure = new Error('no');
    await expect(
      store.transaction(async (tables) => {
        await addUser(tables);
        await tables.audit.append(anAuditEvent(), 1);
        expect(await tables.users.count()).toBe(1);
        throw failure;
      }),
    ).rejects.toBe(failure);
    expect(await store.users.count()).toBe(0);
    expect(await store.audit.list({ max: 10 })).toEqual([]);
  });

  test('its result comes out once it is kept; others see nothing before', async () => {
    const store = await open();
    const seen: number[] = [];
    const middle = Promise.withResolvers<void>();
    const work = store.transaction(async (tables) => {
      const user = await addUser(tables);
      await middle.promise;
      return user;
    });
    await sleep(50);
    seen.push(await store.users.count());
    middle.resolve();
    const user = await work;
    expect(await store.users.find(user.id)).toEqual(user);
    expect(seen).toEqual([0]);
  });

  test('a violated rule is a 409 and undoes the transaction, even if work goes on', async () => {
    const store = await open();
    await addUser(store, { userName: 'ann' });
    const twice = { userName: 'ann', email: 'b@example.org' };
    await expect(
      store.transaction(async (tables) => {
        await tables.settings.set('a', '1');
        await addUser(tables, twice);
      }),
    ).rejects.toMatchObject({ status: 409, message: 'userName: "ann" is already taken' });
    await expect(
      store.transaction(async (tables) => {
        await tables.settings.set('a', '1');
        await addUser(tables, twice).catch(() => undefined);
      }),
    ).rejects.toThrow();
    await expect(
      store.transaction(async (tables) => {
        await addUser(tables, twice).catch(() => undefined);
        await tables.settings.set('a', '1');
      }),
    ).rejects.toThrow();
    expect(await store.settings.get('a')).toBeUndefined();
  });

  test('decisions made at once are as if made one after the other: one owner is always left', async () => {
    const place = await url();
    const stores = [await open(place), await open(place)] as const;
    const { id } = await addOrganisation(stores[0]);
    const owners = [];
    for (let n = 0; n < 6; n += 1) owners.push((await addMember(stores[0], id, { role: 'owner' })).member);
    const refused = await Promise.all(
      owners.map((owner, n) =>
        stores[n % 2 ? 1 : 0].transaction(async (tables) => {
          if ((await tables.members.countOwners(id)) === 1) return true;
          await sleep(5);
          await tables.members.setRole(owner.id, 'member');
          return false;
        }),
      ),
    );
    expect(refused.filter(Boolean)).toHaveLength(1);
    expect(await stores[0].members.countOwners(id)).toBe(1);
  });

  test('two who look, find nothing and both add it: the second looks again, and finds it', async () => {
    const place = await url();
    const stores = [await open(place), await open(place)] as const;
    const { id: organisationId } = await addOrganisation(stores[0]);
    const user = await addUser(stores[0]);
    for (let round = 0; round < 30; round += 1) {
      const identity = await stores[0].identities.insert(
        anIdentity(organisationId, user.id, { name: `c${round}` }),
      );
      const own = aManagedCredential(identity, user.id);
      const had = await Promise.all(
        stores.map((store, n) =>
          store.transaction(async (tables) => {
            const before = await tables.managedCredentials.find(identity.id, user.id);
            await sleep(3 + n * (round % 5));
            const { id } = before ?? (await tables.managedCredentials.insert(own));
            await tables.managedCredentials.update(id, { message: `of ${n}` });
            return before !== undefined;
          }),
        ),
      );
      expect(had.filter(Boolean)).toHaveLength(1);
      expect(await stores[0].managedCredentials.listOfIdentity(identity.id)).toHaveLength(1);
    }
  });

  test('many at once all happen', async () => {
    const place = await url();
    const stores = [await open(place), await open(place)] as const;
    await stores[0].settings.set('counter', '0');
    await Promise.all(
      [...Array(12).keys()].map((n) =>
        stores[n % 2 ? 1 : 0].transaction(async (tables) => {
          const value = Number(await tables.settings.get('counter'));
          await tables.audit.append(anAuditEvent({ correlationId: `${value}` }), value);
          await tables.settings.set('counter', `${value + 1}`);
        }),
      ),
    );
    expect(await stores[1].settings.get('counter')).toBe('12');
    const records = await stores[1].audit.list({ max: 100 });
    expect(records.map(({ timestamp }) => timestamp)).toEqual([11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
  });

  describe('the store itself, used inside of work,', () => {
    const mistake = 'Inside a transaction use the tables that it was given';

    test('is an error at once, for reads, writes and transactions', async () => {
      const store = await open();
      const inside = (work: () => Promise<unknown>) => store.transaction(() => work());
      await expect(inside(() => store.users.count())).rejects.toThrow(mistake);
      await expect(inside(() => addUser(store))).rejects.toThrow(mistake);
      await expect(inside(() => store.transaction(async () => 1))).rejects.toThrow(mistake);
    });

    test('is fine for what work left behind to happen later, and for another store', async () => {
      const store = await open();
      const other = await open();
      const later = Promise.withResolvers<number>();
      await store.transaction(async () => {
        setTimeout(() => void store.users.count().then(later.resolve, later.reject), 20);
        expect(await other.users.count()).toBe(0);
      });
      expect(await later.promise).toBe(0);
    });
  });
});
