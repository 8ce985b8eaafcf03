/** Keys that are made here: first ones, next ones, and that a working key is never lost on the way. */
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ManagedIdentity } from '#core/clusters.ts';
import type { ManagedCredentialInput } from '#core/ports/actions.ts';
import {
  type ClusterHouse,
  closeClusterHouses,
  createClusterHouse,
  type Person,
} from '#test/support/cluster-house.ts';
import { onBothDatabases } from '#test/support/databases.ts';
import { managedKeyPlace, nextKeyPlace } from './key-places.ts';

afterAll(closeClusterHouses);

onBothDatabases(({ open }) => {
  let house: ClusterHouse;
  let identity: ManagedIdentity;
  let alice: Person;
  beforeEach(async () => {
    house = await createClusterHouse(await open());
    identity = await house.openIdentity();
    ({ alice } = house);
  });
  afterEach(() => house.idle());

  const save = (input: Partial<ManagedCredentialInput>) =>
    house.managedCredentials.create(alice.caller, alice.scope, identity.id, alice.caller.userId, {
      adopt: false,
      ...input,
    });
  const make = (more: Partial<ManagedCredentialInput> = {}) => save({ generate: 'ed25519', ...more });
  const paste = () => save(house.keyOf(alice));
  const verify = () =>
    house.managedCredentials.verify(alice.caller, alice.scope, identity.id, alice.caller.userId);
  const present = async () => {
    const found = await house.store.managedCredentials.find(identity.id, alice.caller.userId);
    if (!found) throw new Error('no credential');
    return found;
  };
  const install = (publicKey: string | undefined) =>
    house.clusters.host('hpc1.example').accounts.set(publicKey ?? '', 'alice');
  const signs = async (): Promise<string> => {
    const { signer } = await house.targets.forManaged(identity, await present());
    await signer.sign(Buffer.from('x'), 0);
    return Buffer.from(signer.publicBlob).toString('base64');
  };

  describe('the first key', () => {
    test('is stored without being offered to a cluster that cannot know it', async () => {
      const saved = await make({ linuxUser: 'alice' });
      expect(saved).toMatchObject({ status: 'unverified', keyVersion: 1, nextKey: null, linuxUser: 'alice' });
      expect(saved.message).toMatch(/authorized_keys line to the account alice on hpc1\.example/);
      expect(saved.key).toMatchObject({ type: 'ssh-ed25519', bits: 256 });
      expect(house.clusters.logins).toEqual([]);
    });

    test('works once its line is there', async () => {
      const saved = await make({ linuxUser: 'alice' });
      expect(await verify()).toMatchObject({ ok: false });
      install(saved.key?.publicKey);
      expect(await verify()).toMatchObject({ ok: true });
      expect(await present()).toMatchObject({ status: 'verified', keyVersion: 1 });
      expect(await signs()).toBe(saved.key?.publicKey.split(' ')[1]);
    });

    test('needs a Linux user like any other', async () => {
      await expect(make()).rejects.toThrow(/^metadata\.userName: /);
      await expect(make({ linuxUser: 'root' })).rejects.toMatchObject({ status: 400 });
    });

    test('two are never the same', async () => {
      const first = await make({ linuxUser: 'alice' });
      await house.managedCredentials.remove(alice.caller, alice.scope, identity.id, alice.caller.userId, {
        checked: false,
      });
      const second = await make({ linuxUser: 'alice' });
      expect(second.key?.publicKey).not.toBe(first.key?.publicKey);
    });
  });

  describe('beside a key that works', () => {
    test('the new one waits, and the old one serves', async () => {
      const old = await paste();
      const saved = await make();
      expect(saved).toMatchObject({ status: 'verified', keyVersion: 1, key: old.key });
      expect(saved.nextKey?.publicKey).toMatch(/^ssh-ed25519 /);
      expect(await signs()).toBe(old.key?.publicKey.split(' ')[1]);
      const told = await verify();
      expect(told).toMatchObject({ ok: true, message: expect.stringContaining('until the new one') });
      expect(told.findings.join()).toContain(`${saved.nextKey?.fingerprint} is not let in yet`);
      expect(await present()).toMatchObject({ status: 'verified', keyVersion: 1, nextKey: saved.nextKey });
    });

    test('a key that could not be tried is not given up either', async () => {
      house.clusters.host('hpc1.example').up = false;
      const old = await paste();
      expect(old.status).toBe('unverified');
      expect(await make()).toMatchObject({ key: old.key, nextKey: { type: 'ssh-ed25519' } });
    });

    test('promise 8: let in, it moves up, and the old key is destroyed', async () => {
      const old = await paste();
      const { nextKey } = await make();
      install(nextKey?.publicKey);
      expect(await verify()).toMatchObject({ ok: true, message: expect.stringContaining('from now on') });
      const now = await present();
      expect(now).toMatchObject({ status: 'verified', keyVersion: 2, key: nextKey, nextKey: null });
      expect(await signs()).toBe(nextKey?.publicKey.split(' ')[1]);
      expect(await house.store.sealedValues.get(managedKeyPlace(old))).toBeUndefined();
      expect(await house.store.sealedValues.get(nextKeyPlace(old))).toBeUndefined();
      expect(house.clusters.closed).toContainEqual({ credential: `managed:${now.id}` });
      expect(await house.events()).toContain('managed_credentials_verified');
      expect(await verify()).toMatchObject({ ok: true });
    });

    test('asked for again there is one that waits: the newest', async () => {
      await paste();
      const first = await make();
      const second = await make();
      expect(second.nextKey?.fingerprint).not.toBe(first.nextKey?.fingerprint);
      install(first.nextKey?.publicKey);
      expect((await verify()).findings.join()).toContain('is not let in yet');
      install(second.nextKey?.publicKey);
      await verify();
      expect(await present()).toMatchObject({ key: second.nextKey });
    });

    test('a pasted key overtakes it', async () => {
      await paste();
      const { nextKey } = await make();
      const pasted = await paste();
      expect(pasted).toMatchObject({ keyVersion: 2, nextKey: null });
      expect(await house.store.sealedValues.get(nextKeyPlace({ ...pasted, keyVersion: 1 }))).toBeUndefined();
      install(nextKey?.publicKey);
      await verify();
      expect(await present()).toMatchObject({ keyVersion: 2, key: pasted.key });
    });

    test('promise 8: deleting takes both', async () => {
      const old = await paste();
      await make();
      await house.managedCredentials.remove(alice.caller, alice.scope, identity.id, alice.caller.userId, {
        checked: false,
      });
      expect(await house.store.sealedValues.get(managedKeyPlace(old))).toBeUndefined();
      expect(await house.store.sealedValues.get(nextKeyPlace(old))).toBeUndefined();
    });
  });

  test('a key that the cluster refuses is replaced at once', async () => {
    await paste();
    house.clusters.host('hpc1.example').accounts.clear();
    await verify();
    expect(await present()).toMatchObject({ status: 'refused' });
    const saved = await make();
    expect(saved).toMatchObject({ status: 'unverified', keyVersion: 2, nextKey: null });
  });

  test('a new Linux user is proved with the key that serves', async () => {
    const old = await paste();
    await expect(make({ linuxUser: 'alicia' })).rejects.toMatchObject({ status: 400 });
    expect(await present()).toMatchObject({ linuxUser: 'alice', nextKey: null });
    house.clusters.host('hpc1.example').accounts.set(old.key?.publicKey ?? '', 'alicia');
    expect(await make({ linuxUser: 'alicia' })).toMatchObject({ linuxUser: 'alicia', key: old.key });
  });
});
