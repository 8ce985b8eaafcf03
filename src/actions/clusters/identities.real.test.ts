/** Managed identities and host keys, on both databases, with clusters in memory. */
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ManagedIdentity } from '#core/clusters.ts';
import { type ClusterHouse, closeClusterHouses, createClusterHouse } from '#test/support/cluster-house.ts';
import { onBothDatabases } from '#test/support/databases.ts';
import { fakeHostKey } from '#test/support/fake-cluster.ts';
import { createTestSigner } from '#test/support/test-signer.ts';

afterAll(closeClusterHouses);

onBothDatabases(({ open }) => {
  let house: ClusterHouse;
  beforeEach(async () => {
    house = await createClusterHouse(await open());
  });
  afterEach(() => house.idle());
  const owner = (identity: ManagedIdentity) => ({ kind: 'identity', id: identity.id }) as const;
  const hostKeys = (identity: ManagedIdentity, scan = false) =>
    house.hostKeys.list(house.olga.caller, house.olga.scope, owner(identity), { scan });
  const decide = (identity: ManagedIdentity, decision: { confirm?: string[]; hostKeys?: string[] }) =>
    house.hostKeys.decide(house.olga.caller, house.olga.scope, owner(identity), decision);
  const find = (identity: ManagedIdentity) =>
    house.identities.describe(house.olga.caller, house.olga.scope, identity.id);
  const update = (identity: ManagedIdentity, patch: Parameters<typeof house.identities.update>[3]) =>
    house.identities.update(house.olga.caller, house.olga.scope, identity.id, patch);

  describe('identities', () => {
    test('names: 400 bad, 409 taken; the number that was asked for where it is free', async () => {
      await expect(house.identity({ name: 'no spaces' })).rejects.toMatchObject({ status: 400 });
      expect((await house.identity({ id: 5 })).id).toBe(5);
      await expect(house.identity()).rejects.toMatchObject({ status: 409 });
      await expect(house.identity({ name: 'other', id: 5 })).rejects.toMatchObject({ status: 409 });
      expect((await house.identity({ name: 'next' })).id).toBeGreaterThan(5);
    });

    test("promise 14: another organisation's identity is one that does not exist", async () => {
      const { id } = await house.identity();
      const { caller, scope } = house.mallory;
      const asked = house.identities.describe(caller, scope, id);
      await expect(asked).rejects.toMatchObject({ status: 404, message: `Unknown managed identity: ${id}` });
      await expect(
        house.hostKeys.list(caller, scope, { kind: 'identity', id }, { scan: false }),
      ).rejects.toThrow(`Unknown managed identity: ${id}`);
      await expect(house.identities.remove(caller, scope, id, { checked: false })).rejects.toMatchObject({
        status: 404,
      });
    });

    test('hostName and port alone leave the rest of the configuration, a config replaces it', async () => {
      const identity = await house.identity();
      await update(identity, { hostName: 'hpc2.example', port: 2222 });
      expect((await find(identity)).config).toMatchObject({
        hostName: 'hpc2.example',
        port: 2222,
        workDir: '/scratch',
      });
      await update(identity, {
        config: { discriminator: 'slurm-platform', hostName: 'hpc2.example', port: 2222 },
      });
      expect((await find(identity)).config.workDir).toBeUndefined();
    });

    test('the platform changes only while nothing uses it', async () => {
      const identity = await house.openIdentity();
      await update(identity, { platform: 'lsf-platform' });
      await update(identity, { platform: 'slurm-platform' });
      await house.computeEnvs.create(house.olga.caller, house.olga.workspace, {
        name: 'env',
        platform: 'slurm-platform',
        managedIdentityId: identity.id,
        config: { discriminator: 'slurm-platform' },
      });
      await expect(update(identity, { platform: 'lsf-platform' })).rejects.toThrow(
        /environments use hpc1.*env/,
      );
    });

    test('another host is another cluster: pins are dropped, keys are unverified, channels closed', async () => {
      const identity = await house.openIdentity();
      const { caller, scope } = house.alice;
      await house.managedCredentials.create(
        caller,
        scope,
        identity.id,
        caller.userId,
        house.keyOf(house.alice),
      );
      const status = async () =>
        (await house.store.managedCredentials.find(identity.id, caller.userId))?.status;
      expect(await status()).toBe('verified');
      await update(identity, { name: 'hpc1-renamed', port: 22 });
      expect(await status()).toBe('verified');
      await update(identity, { hostName: 'hpc2.example' });
      expect(await status()).toBe('unverified');
      const view = await hostKeys(identity);
      expect(view.status).toBe('PENDING');
      expect(view.hostKeys).toMatchObject(house.clusters.host('hpc2.example').hostKeys);
      expect(house.clusters.closed).toContainEqual({ clusterKey: `identity:${identity.id}` });
    });

    test('the audit log shows what changed, scripts as digests', async () => {
      const config = { discriminator: 'slurm-platform', preRunScript: 'export TOKEN=canary' } as const;
      await house.identity({ config });
      const [made] = await house.store.audit.list({ max: 10, event: 'managed_identity_created' });
      expect(JSON.stringify(made)).toMatch(/sha256:[0-9a-f]{64}/);
      expect(JSON.stringify(made)).not.toContain('canary');
    });
  });

  describe('host keys', () => {
    test('promise 16: seen at creation, offered to nobody until an owner confirms', async () => {
      const identity = await house.identity();
      const [shown] = house.clusters.host('hpc1.example').hostKeys;
      expect(await hostKeys(identity)).toMatchObject({
        status: 'PENDING',
        hostKeys: [{ ...shown, status: 'PENDING' }],
      });
      const { caller, scope } = house.alice;
      const saved = await house.managedCredentials.create(
        caller,
        scope,
        identity.id,
        caller.userId,
        house.keyOf(house.alice),
      );
      expect(saved).toMatchObject({
        status: 'unverified',
        message: expect.stringContaining('not confirmed yet'),
      });
      expect(house.clusters.logins).toEqual([]);
      const confirmed = await decide(identity, { confirm: [shown!.fingerprint.slice(7)] });
      expect(confirmed).toMatchObject({
        status: 'PINNED',
        message: null,
        hostKeys: [{ status: 'PINNED', confirmedBy: 'olga' }],
      });
      expect(await house.events()).toEqual(
        expect.arrayContaining(['managed_identity_created', 'host_key_seen', 'host_key_confirmed']),
      );
    });

    test('a host that cannot be reached fails nothing, and is asked again', async () => {
      const there = house.clusters.host('hpc1.example');
      there.up = false;
      const identity = await house.identity();
      expect(await hostKeys(identity)).toMatchObject({
        status: 'PENDING',
        hostKeys: [],
        message: expect.stringContaining('not shown its keys'),
      });
      await expect(hostKeys(identity, true)).rejects.toMatchObject({ code: 'host_unreachable' });
      there.up = true;
      expect((await hostKeys(identity, true)).hostKeys).toHaveLength(1);
    });

    test('keys given at creation are pinned, and these alone', async () => {
      const mine = fakeHostKey();
      const identity = await house.identity({ hostKeys: [mine.publicKey] });
      // The host shows another one: that is a change from the first moment on.
      expect(await hostKeys(identity)).toMatchObject({ status: 'CHANGED' });
      expect((await find(identity)).blockedReason).toContain(mine.fingerprint);
    });

    test('first use: the scan at creation pins', async () => {
      house = await createClusterHouse(await open(), 'first-use');
      const identity = await house.identity();
      expect(await hostKeys(identity)).toMatchObject({
        status: 'PINNED',
        hostKeys: [{ confirmedBy: 'first use' }],
      });
      // What is shown later beside it waits for an owner, as anywhere.
      const { publicKey, fingerprint } = createTestSigner('rsa');
      house.clusters.host('hpc1.example').hostKeys.push({ type: 'ssh-rsa', publicKey, fingerprint });
      const { hostKeys: seen } = await hostKeys(identity, true);
      expect(seen.map(({ type, status }) => [type, status])).toEqual([
        ['ssh-ed25519', 'PINNED'],
        ['ssh-rsa', 'PENDING'],
      ]);
    });

    test('an unknown fingerprint is a 400 that lists the known ones', async () => {
      const identity = await house.identity();
      const [shown] = house.clusters.host('hpc1.example').hostKeys;
      await expect(decide(identity, { confirm: ['SHA256:nope'] })).rejects.toThrow(shown!.fingerprint);
      await expect(decide(identity, { confirm: [] })).rejects.toMatchObject({ status: 400 });
    });

    test('promise 16: a changed key blocks at the next login; old and new are in the audit log', async () => {
      const identity = await house.openIdentity();
      const there = house.clusters.host('hpc1.example');
      const [before] = there.hostKeys;
      const after = fakeHostKey();
      there.hostKeys = [after];
      const { caller, scope } = house.alice;
      const input = house.keyOf(house.alice);
      const saved = await house.managedCredentials.create(caller, scope, identity.id, caller.userId, input);
      expect(saved.status).toBe('unverified');
      expect(house.clusters.logins).toEqual([]);
      expect((await find(identity)).blockedReason).toContain(after.fingerprint);
      const changes = await house.store.audit.list({ max: 10, event: 'host_key_changed' });
      expect(changes).toHaveLength(1);
      expect(changes[0]?.state.metadata).toMatchObject({
        old: [before!.fingerprint],
        new: [after.fingerprint],
      });
      // Said once, however often it is seen.
      await Promise.all([1, 2, 3].map(() => house.noteHostKeyChange(`identity:${identity.id}`)));
      expect(await house.store.audit.list({ max: 10, event: 'host_key_changed' })).toHaveLength(1);
      // The host showing its old key again opens nothing: an owner decides.
      there.hostKeys = [before!];
      expect((await hostKeys(identity, true)).status).toBe('CHANGED');
      const verified = await house.managedCredentials.verify(caller, scope, identity.id, caller.userId);
      expect(verified).toMatchObject({ ok: false, message: expect.stringContaining('blocked') });
      expect(house.clusters.logins).toEqual([]);
    });

    test('deciding on a change: the new key replaces the old, or the old one stays', async () => {
      const identity = await house.openIdentity();
      const there = house.clusters.host('hpc1.example');
      const [before] = there.hostKeys;
      const after = fakeHostKey();
      there.hostKeys = [after];
      await house.noteHostKeyChange(`identity:${identity.id}`);
      const kept = await decide(identity, { confirm: [before!.fingerprint] });
      expect(kept.hostKeys.map((key) => key.publicKey)).toEqual([before!.publicKey]);
      await house.noteHostKeyChange(`identity:${identity.id}`);
      const replaced = await decide(identity, { confirm: [after.fingerprint] });
      expect(replaced).toMatchObject({ status: 'PINNED', hostKeys: [{ publicKey: after.publicKey }] });
      expect(replaced.hostKeys).toHaveLength(1);
      expect((await find(identity)).blockedReason).toBeNull();
    });

    test('a login that saw another key than the scan right after still blocks', async () => {
      const identity = await house.openIdentity();
      await house.noteHostKeyChange(`identity:${identity.id}`);
      expect((await find(identity)).blockedReason).toContain('several machines may share this name');
      await decide(identity, {
        hostKeys: house.clusters.host('hpc1.example').hostKeys.map((key) => key.publicKey),
      });
      expect((await find(identity)).blockedReason).toBeNull();
    });
  });
});
