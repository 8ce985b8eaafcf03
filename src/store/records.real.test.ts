/** Sealed values, the audit log, settings, opening: on both databases. */
import { expect, test } from 'vitest';
import { addUser, anAuditEvent, onBothDatabases } from '#test/support/databases.ts';

const place = {
  organisationId: 1,
  table: 'managed_credentials',
  record: '7',
  field: 'key',
  owner: 'user 1',
  version: 1,
};
const sealed = { rootKeyId: 'r', wrappedKey: 'w1', ciphertext: 'c1' };

onBothDatabases(({ open, url, bare }) => {
  test('sealed values: one version per place; only the place as a whole gives it', async () => {
    const store = await open();
    await store.sealedValues.put(place, sealed);
    expect(await store.sealedValues.get(place)).toEqual(sealed);
    const next = { ...place, version: 2 };
    await store.sealedValues.put(next, { ...sealed, ciphertext: 'c2' });
    expect(await store.sealedValues.get(place)).toBeUndefined();
    expect(await store.sealedValues.get(next)).toEqual({ ...sealed, ciphertext: 'c2' });
    const others = [{ organisationId: 2 }, { table: 't' }, { record: '8' }, { field: 'f' }, { version: 3 }];
    for (const other of others) expect(await store.sealedValues.get({ ...next, ...other })).toBeUndefined();
  });

  test("another organisation's value is never overwritten", async () => {
    const store = await open();
    await store.sealedValues.put(place, sealed);
    await expect(
      store.sealedValues.put({ ...place, organisationId: 2 }, { ...sealed, ciphertext: 'x' }),
    ).rejects.toThrow('managed_credentials 7 belongs elsewhere');
    expect(await store.sealedValues.get(place)).toEqual(sealed);
  });

  test("promise 8: destroying a record destroys all its values and no other's", async () => {
    const store = await open();
    const second = { ...place, field: 'other' };
    const neighbour = { ...place, record: '71' };
    for (const at of [place, second, neighbour]) await store.sealedValues.put(at, sealed);
    await store.sealedValues.destroy(place.table, place.record);
    expect(await store.sealedValues.get(place)).toBeUndefined();
    expect(await store.sealedValues.get(second)).toBeUndefined();
    expect(await store.sealedValues.get(neighbour)).toEqual(sealed);
  });

  test('audit records come back as they were, newest first, filtered and paged', async () => {
    const store = await open();
    const event = anAuditEvent();
    const elsewhere = anAuditEvent({
      event: 'host_key_seen',
      target: { ...event.target, organisationId: 2 },
    });
    await store.audit.append(event, 1_795_382_770_016);
    await store.audit.append(elsewhere, 5);
    await store.audit.append(anAuditEvent({ state: {} }), 6);
    const records = await store.audit.list({ max: 10 });
    expect(records.map(({ timestamp }) => timestamp)).toEqual([6, 5, 1_795_382_770_016]);
    expect(records[2]).toEqual({ ...event, id: records[2]?.id, timestamp: 1_795_382_770_016 });
    expect(records[0]?.state).toEqual({});
    const times = async (query: object) =>
      (await store.audit.list({ max: 10, ...query })).map(({ timestamp }) => timestamp);
    expect(await times({ max: 1 })).toEqual([6]);
    expect(await times({ before: records[1]?.id })).toEqual([1_795_382_770_016]);
    expect(await times({ event: 'host_key_seen' })).toEqual([5]);
    expect(await store.audit.find(records[1]?.id ?? 0)).toEqual(records[1]);
    expect(await store.audit.find(999)).toBeUndefined();
  });

  test('audit pages keep to their walls, go by time, and leave no gap where times are the same', async () => {
    const store = await open();
    const add = (timestamp: number, organisationId: number | null, userId: number | null, actorId = 1) => {
      const event = anAuditEvent();
      return store.audit.append(
        {
          ...event,
          actor: { ...event.actor, userId: actorId },
          target: { ...event.target, organisationId, userId },
        },
        timestamp,
      );
    };
    await add(10, 1, 7);
    await add(30, 2, 7);
    await add(20, 1, 8);
    await add(20, 1, 8);
    await add(15, null, 7);
    await add(16, null, null, 7);
    await add(17, null, 8, 7);
    await add(18, 0, 7);
    await add(40, 3, 7);
    const page = async (organisationIds: number[], userId: number | null, more: object = {}) => {
      const found = await store.audit.page({ walls: { organisationIds, userId }, max: 10, ...more });
      return found.map(({ timestamp }) => timestamp);
    };
    expect(await page([1], null)).toEqual([20, 20, 10]);
    expect(await page([2, 1], 7)).toEqual([30, 20, 20, 18, 16, 15, 10]);
    expect(await page([], 8)).toEqual([17]);
    expect(await page([], null)).toEqual([]);
    expect(await page([1, 2], 7, { after: 16, before: 20 })).toEqual([20, 20, 18, 16]);
    const all: number[] = [];
    for (let beyond: { timestamp: number; id: number } | undefined; ; ) {
      const [record] = await store.audit.page({
        walls: { organisationIds: [1, 2], userId: 7 },
        max: 1,
        beyond,
      });
      if (!record) break;
      all.push(record.timestamp);
      beyond = record;
    }
    expect(all).toEqual([30, 20, 20, 18, 16, 15, 10]);
  });

  test('settings', async () => {
    const store = await open();
    expect(await store.settings.get('proof')).toBeUndefined();
    await store.settings.set('proof', 'a');
    await store.settings.set('proof', 'b');
    expect(await store.settings.get('proof')).toBe('b');
  });

  test('opens an existing database again, with everything in it', async () => {
    const at = await url();
    const before = await open(at);
    const user = await addUser(before);
    await before.close();
    const after = await open(at);
    expect(await after.users.find(user.id)).toEqual(user);
    await after.ping();
  });

  test('replicas may open a new database at the same time', async () => {
    const at = await bare();
    const stores = await Promise.all([open(at), open(at), open(at)]);
    const users = await Promise.all(stores.map((store) => addUser(store)));
    expect(new Set(users.map(({ id }) => id)).size).toBe(3);
  });

  test('a closed store says so', async () => {
    const store = await open();
    await store.close();
    await expect(store.ping()).rejects.toThrow('driver has already been destroyed');
  });
});
