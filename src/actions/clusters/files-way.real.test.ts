/** Whose key leads to the files that a run has left: the member's own for the same account, and no other; on both databases. */
import { afterAll, expect, test } from 'vitest';
import {
  type ClusterHouse,
  closeClusterHouses,
  createClusterHouse,
  type Person,
} from '#test/support/cluster-house.ts';
import { onBothDatabases } from '#test/support/databases.ts';
import { createTestSigner } from '#test/support/test-signer.ts';

afterAll(closeClusterHouses);

onBothDatabases(({ open }) => {
  test('with the key of its launch, one that took its place, a later one for the same account, or none', async () => {
    const house: ClusterHouse = await createClusterHouse(await open());
    const { alice, bob, olga, clusters, targets, managedCredentials } = house;
    const identity = await house.openIdentity();
    const accounts = clusters.host('hpc1.example').accounts;
    const save = (person: Person, linuxUser: string) => {
      const signer = createTestSigner();
      accounts.set(signer.publicKey, linuxUser);
      const { caller, scope } = person;
      const input = { key: { privateKey: signer.privatePem }, linuxUser, adopt: false };
      return managedCredentials
        .create(caller, scope, identity.id, caller.userId, input)
        .then(({ id }) => ({ id, blob: signer.publicKey.split(' ')[1] }));
    };
    const remove = ({ caller, scope }: Person) =>
      managedCredentials.remove(caller, scope, identity.id, caller.userId, { checked: false });
    const first = await save(alice, 'alice');
    const run = await house.liveRun(alice, identity, { status: 'SUCCEEDED', phase: 'done' });
    const way = async () => {
      const { credentialKey, userName, member, signer } = await targets.forFiles(run);
      return [credentialKey, userName, member, Buffer.from(signer.publicBlob).toString('base64')];
    };
    const { userId } = alice.caller;
    expect(await way()).toEqual([`managed:${first.id}@1`, 'alice', userId, first.blob]);

    const replaced = await save(alice, 'alice');
    expect(await way()).toEqual([`managed:${first.id}@2`, 'alice', userId, replaced.blob]);

    await remove(alice);
    const none = {
      status: 409,
      message: expect.stringContaining('no SSH key of alice on hpc1.example any more'),
    };
    await expect(way()).rejects.toMatchObject(none);
    // Somebody else's key for the very same account, and her own for another one, lead nowhere.
    await save(bob, 'alice');
    await expect(way()).rejects.toMatchObject(none);
    await save(alice, 'alice2');
    await expect(way()).rejects.toMatchObject(none);

    await remove(alice);
    const later = await save(alice, 'alice');
    expect(later.id).not.toBe(first.id);
    expect(await way()).toEqual([`managed:${later.id}@1`, 'alice', userId, later.blob]);

    await house.suspensions.suspend(olga.caller, olga.scope, identity.id, null);
    await expect(way()).rejects.toMatchObject({ code: 'cluster_suspended' });
    await house.idle();
  });
});
