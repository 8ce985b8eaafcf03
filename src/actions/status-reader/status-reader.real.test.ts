/** Status readers with a real vault, on both databases: the promises of every credential hold for them. */
import { afterAll, expect, test } from 'vitest';
import { closeClusterHouses, createClusterHouse } from '#test/support/cluster-house.ts';
import { onBothDatabases } from '#test/support/databases.ts';
import { createTestSigner } from '#test/support/test-signer.ts';
import { readerKeyPlace } from '../credentials/key-places.ts';

afterAll(closeClusterHouses);

const host = 'hpc1.example';

onBothDatabases(({ open }) => {
  const world = async () => {
    const house = await createClusterHouse(await open());
    const identity = await house.openIdentity();
    const key = createTestSigner();
    const { olga, statusReaders, clusters } = house;
    const accounts = clusters.host(host).accounts;
    const save = (given: object = {}) =>
      statusReaders.save(olga.caller, olga.scope, identity.id, {
        key: { privateKey: key.privatePem },
        linuxUser: 'observer',
        ...given,
      });
    return { ...house, identity, key, accounts, save, clusterKey: `identity:${identity.id}` };
  };

  test('promise 15: it counts only after the cluster has said who it is', async () => {
    const { save, accounts, key, readerSights, statusReaders, olga, identity, clusterKey, events, clusters } =
      await world();
    await expect(save()).rejects.toMatchObject({ status: 400, message: expect.stringContaining('refused') });
    accounts.set(key.publicKey, 'somebody');
    await expect(save()).rejects.toMatchObject({
      message: expect.stringContaining('ended up as "somebody"'),
    });
    accounts.set(key.publicKey, 'observer');
    clusters.host(host).report.uid = 0;
    await expect(save()).rejects.toMatchObject({ message: expect.stringContaining('is root') });
    clusters.host(host).report = {};
    clusters.host(host).up = false;
    expect((await save()).reader.status).toBe('unverified');
    expect(await readerSights.find(clusterKey)).toBeNull();
    clusters.host(host).up = true;
    expect(await statusReaders.verify(olga.caller, olga.scope, identity.id)).toMatchObject({ ok: true });
    const found = await readerSights.find(clusterKey);
    expect(found?.target).toMatchObject({
      userName: 'observer',
      credentialKey: `reader:${identity.id}@1`,
      readerCommand: 'answer questions',
    });
    expect((await events()).filter((event) => event.startsWith('status_reader'))).toEqual([
      'status_reader_refused',
      'status_reader_refused',
      'status_reader_refused',
      'status_reader_created',
      'status_reader_verified',
    ]);
  });

  test('promises 1, 3, 8: sealed in a place of its own, moved nowhere, destroyed with the reader', async () => {
    const { save, accounts, key, store, identity, readerSights, clusterKey, statusReaders, olga, clusters } =
      await world();
    accounts.set(key.publicKey, 'observer');
    const { reader } = await save();
    expect(JSON.stringify(reader)).not.toContain('PRIVATE');
    const place = readerKeyPlace(reader);
    const sealed = await store.sealedValues.get(place);
    expect(sealed).toBeDefined();
    // The same bytes in another version's place do not open.
    if (sealed)
      await store.transaction((tables) => tables.sealedValues.put({ ...place, version: 2 }, sealed));
    await store.statusReaders.update(identity.id, { keyVersion: 2 });
    const moved = await readerSights.find(clusterKey);
    await expect((async () => moved?.target.signer.sign(Buffer.from('login'), 0))()).rejects.toMatchObject({
      code: 'sealed_value_broken',
    });
    await statusReaders.remove(olga.caller, olga.scope, identity.id);
    expect(await store.sealedValues.get({ ...place, version: 2 })).toBeUndefined();
    expect(await readerSights.find(clusterKey)).toBeNull();
    expect(clusters.closed.at(-1)).toEqual({ credential: `reader:${identity.id}` });
  });

  test('a made key waits for its line; a refusal, another address and a deleted identity take it out of use', async () => {
    const {
      save,
      store,
      accounts,
      readerSights,
      clusterKey,
      statusReaders,
      olga,
      identity,
      identities,
      key,
    } = await world();
    const made = await statusReaders.save(olga.caller, olga.scope, identity.id, {
      generate: 'ed25519',
      linuxUser: 'observer',
    });
    expect(made.reader).toMatchObject({ status: 'unverified', keyVersion: 1 });
    accounts.set(made.reader.key.publicKey, 'observer');
    expect(await statusReaders.verify(olga.caller, olga.scope, identity.id)).toMatchObject({ ok: true });
    const found = await readerSights.find(clusterKey);
    if (!found) throw new Error('no reader');
    await readerSights.noteSight(found, { hiddenUsers: ['bob', 'alice'] });
    expect(await store.statusReaders.find(identity.id)).toMatchObject({
      hiddenUsers: ['alice', 'bob'],
      message: expect.stringContaining('does not show it the jobs of alice, bob'),
    });
    await readerSights.noteSight(found, { hiddenUsers: [] });
    expect(await store.statusReaders.find(identity.id)).toMatchObject({ hiddenUsers: [], message: null });
    await readerSights.noteRefused(found, 'no');
    expect(await readerSights.find(clusterKey)).toBeNull();

    accounts.set(key.publicKey, 'observer');
    expect((await save()).reader).toMatchObject({ status: 'verified', keyVersion: 2 });
    // What an earlier reader saw is not this one's.
    await readerSights.noteSight(found, { hiddenUsers: ['bob'] });
    expect((await store.statusReaders.find(identity.id))?.hiddenUsers).toEqual([]);
    await identities.update(olga.caller, olga.scope, identity.id, { hostName: 'hpc2.example' });
    expect(await store.statusReaders.find(identity.id)).toMatchObject({ status: 'unverified' });
    await identities.remove(olga.caller, olga.scope, identity.id, { checked: false });
    expect(await store.statusReaders.find(identity.id)).toBeUndefined();
  });

  test('refused, and an owner lets keys be offered again: it is checked, and counts again once it is let in', async () => {
    const { save, accounts, key, store, readerSights, clusterKey, olga, identity, suspensions, idle } =
      await world();
    accounts.set(key.publicKey, 'observer');
    await save();
    const found = await readerSights.find(clusterKey);
    if (!found) throw new Error('no reader');
    await readerSights.noteRefused(found, 'Permission denied');
    const resume = async () => {
      await suspensions.resume(olga.caller, olga.scope, identity.id);
      await idle();
      return store.statusReaders.find(identity.id);
    };
    accounts.delete(key.publicKey);
    expect(await resume()).toMatchObject({ status: 'refused', message: expect.stringContaining('refused') });
    expect(await readerSights.find(clusterKey)).toBeNull();
    accounts.set(key.publicKey, 'observer');
    expect(await resume()).toMatchObject({ status: 'verified', message: null });
    expect((await readerSights.find(clusterKey))?.keyVersion).toBe(1);
  });

  test('an owner lets keys be offered again while the cluster is away: the reader is untried, not refused', async () => {
    const {
      save,
      accounts,
      key,
      store,
      readerSights,
      clusterKey,
      olga,
      identity,
      suspensions,
      idle,
      clusters,
    } = await world();
    accounts.set(key.publicKey, 'observer');
    await save();
    const found = await readerSights.find(clusterKey);
    if (!found) throw new Error('no reader');
    await readerSights.noteRefused(found, 'Permission denied');
    clusters.host(host).up = false;
    await suspensions.resume(olga.caller, olga.scope, identity.id);
    await idle();
    expect(await store.statusReaders.find(identity.id)).toMatchObject({
      status: 'unverified',
      message: expect.stringMatching(/offered again.*Permission denied/),
    });
    expect(await readerSights.find(clusterKey)).toBeNull();
  });
});
