/** Members' keys: proved, replaced, deleted; on both databases, with clusters in memory and a real vault. */
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ManagedIdentity } from '#core/clusters.ts';
import {
  type ClusterHouse,
  closeClusterHouses,
  createClusterHouse,
  type Person,
} from '#test/support/cluster-house.ts';
import { onBothDatabases } from '#test/support/databases.ts';
import { managedKeys } from '#test/support/house-verbs.ts';
import { createTestSigner } from '#test/support/test-signer.ts';

afterAll(closeClusterHouses);

const page = { max: 20, offset: 0 };

onBothDatabases(({ open }) => {
  let house: ClusterHouse;
  let identity: ManagedIdentity;
  beforeEach(async () => {
    house = await createClusterHouse(await open());
    identity = await house.openIdentity();
  });
  afterEach(() => house.idle());

  const { save, saveKey, stored, sealed } = managedKeys(() => ({ house, identity }));

  describe('saving', () => {
    test('promise 15: a key that opens the promised account is verified', async () => {
      const saved = await saveKey(house.alice);
      expect(saved).toMatchObject({ status: 'verified', linuxUser: 'alice', keyVersion: 1 });
      expect(saved.key?.fingerprint).toBe(house.alice.key.fingerprint);
      const target = await house.targets.forManaged(identity, saved);
      expect(target).toMatchObject({ credentialKey: `managed:${saved.id}@1`, userName: 'alice' });
      expect(Buffer.from(await target.signer.sign(Buffer.from('x'), 0)).length).toBeGreaterThan(64);
      // The proof had a channel of its own, closed since.
      expect(house.clusters.logins[0]?.credentialKey).toMatch(/^proof:/);
      expect(house.clusters.closed).toContainEqual({
        credential: house.clusters.logins[0]?.credentialKey.split('@')[0],
      });
    });

    test('promise 15: a refused key, or one of another account, is a 400 and nothing is stored', async () => {
      const accounts = house.clusters.host('hpc1.example').accounts;
      accounts.delete(house.alice.key.publicKey);
      await expect(saveKey(house.alice)).rejects.toMatchObject({
        status: 400,
        message: expect.stringMatching(/refused alice's key.*Nothing/),
      });
      accounts.set(house.alice.key.publicKey, 'bob');
      await expect(saveKey(house.alice)).rejects.toMatchObject({
        status: 400,
        message: expect.stringMatching(/ended up as "bob"/),
      });
      expect(await stored(house.alice)).toBeUndefined();
      expect((await house.events()).filter((event) => event === 'managed_credentials_refused')).toHaveLength(
        2,
      );
    });

    test('after five refusals no key is tried for a while, neither new nor stored; others go on', async () => {
      await saveKey(house.alice);
      const wrong = () =>
        save(house.alice, house.keyOf(house.alice, { key: { privateKey: createTestSigner().privatePem } }));
      for (let count = 0; count < 5; count += 1) await expect(wrong()).rejects.toMatchObject({ status: 400 });
      const logins = house.clusters.logins.length;
      const { caller, scope } = house.alice;
      await expect(wrong()).rejects.toMatchObject({
        status: 429,
        message: expect.stringMatching(/try again in 10 min/),
      });
      await expect(
        house.managedCredentials.verify(caller, scope, identity.id, caller.userId),
      ).rejects.toMatchObject({ status: 429 });
      expect(house.clusters.logins).toHaveLength(logins);
      expect(await saveKey(house.bob)).toMatchObject({ status: 'verified' });
      house.clock.time += 10 * 60_000;
      expect(await saveKey(house.alice)).toMatchObject({ status: 'verified', keyVersion: 2 });
    });

    test('a bad replacement leaves the old key as it was; a good one takes its place', async () => {
      const first = await saveKey(house.alice);
      const next = createTestSigner();
      const input = house.keyOf(house.alice, { key: { privateKey: next.privatePem } });
      await expect(save(house.alice, input)).rejects.toMatchObject({ status: 400 });
      expect(await stored(house.alice)).toEqual(first);
      house.clusters.host('hpc1.example').accounts.set(next.publicKey, 'alice');
      const second = await save(house.alice, input);
      expect(second).toMatchObject({ id: first.id, keyVersion: 2, key: { fingerprint: next.fingerprint } });
      expect(await sealed(first.id, 1)).toBeUndefined();
      expect(await sealed(first.id, 2)).toBeDefined();
      expect(house.clusters.closed).toContainEqual({ credential: `managed:${first.id}` });
    });

    test('where the cluster cannot be reached the key is stored as unverified', async () => {
      house.clusters.host('hpc1.example').up = false;
      const saved = await saveKey(house.alice);
      expect(saved).toMatchObject({
        status: 'unverified',
        message: expect.stringContaining('could not be reached'),
      });
      expect(await sealed(saved.id, 1)).toBeDefined();
    });

    test('bodies without key or Linux user: 400 names the field, adopting ones note an entry', async () => {
      await expect(save(house.alice, { adopt: false, linuxUser: 'alice' })).rejects.toThrow(/privateKey/);
      const nameless = { adopt: false, key: { privateKey: house.alice.key.privatePem } };
      await expect(save(house.alice, nameless)).rejects.toThrow(/userName/);
      expect(await save(house.alice, { adopt: true })).toMatchObject({ status: 'missing', key: null });
      await saveKey(house.alice);
      expect(await save(house.alice, { adopt: true })).toMatchObject({ status: 'verified', keyVersion: 1 });
      await save(house.alice, { adopt: false, account: 'proj1', headJobOptions: '--qos=high' });
      expect(await stored(house.alice)).toMatchObject({
        account: 'proj1',
        headJobOptions: '--qos=high',
        keyVersion: 1,
      });
      await save(house.alice, { adopt: false, account: null });
      expect(await stored(house.alice)).toMatchObject({ account: null, headJobOptions: '--qos=high' });
    });

    test("the identity's Linux user fills in; a changed one is proved with the key that there is", async () => {
      await house.identities.update(house.olga.caller, house.olga.scope, identity.id, {
        config: { ...identity.config, userName: 'alice' },
      });
      const { key } = house.keyOf(house.alice);
      expect(await save(house.alice, { adopt: false, key: key! })).toMatchObject({ linuxUser: 'alice' });
      await expect(save(house.alice, { adopt: false, linuxUser: 'bob' })).rejects.toThrow(
        /ended up as "alice"/,
      );
      expect(await stored(house.alice)).toMatchObject({ linuxUser: 'alice', status: 'verified' });
    });

    test('promise 12: root and system accounts only where the policy names them', async () => {
      const asRoot = (linuxUser: string) => save(house.alice, house.keyOf(house.alice, { linuxUser }));
      for (const name of ['root', 'slurm']) {
        // The cluster would let them in.
        house.clusters.host('hpc1.example').accounts.set(house.alice.key.publicKey, name);
        const refused = { status: 400, message: expect.stringContaining(`${name} is a system account`) };
        await expect(asRoot(name)).rejects.toMatchObject(refused);
      }
      await house.identities.update(house.olga.caller, house.olga.scope, identity.id, {
        allowedSystemUsers: ['slurm'],
      });
      const saved = await asRoot('slurm');
      expect(saved).toMatchObject({ status: 'verified' });
      await house.identities.update(house.olga.caller, house.olga.scope, identity.id, {
        allowedSystemUsers: [],
      });
      const strict = await house.identities.describe(house.olga.caller, house.olga.scope, identity.id);
      await expect(house.targets.forManaged(strict, saved)).rejects.toMatchObject({ status: 409 });
    });

    test('promise 12: root under another name is refused', async () => {
      house.clusters.host('hpc1.example').report = { uid: 0 };
      await expect(saveKey(house.alice)).rejects.toMatchObject({
        status: 400,
        message: expect.stringContaining('root on hpc1.example under another name'),
      });
      expect(await stored(house.alice)).toBeUndefined();
    });

    test("promise 11: owners may set anybody's key, the rest their own alone", async () => {
      expect(await saveKey(house.olga, house.alice)).toMatchObject({ userId: house.alice.caller.userId });
      await expect(saveKey(house.alice, house.bob)).rejects.toMatchObject({ status: 403 });
      await expect(saveKey(house.olga, house.mallory)).rejects.toMatchObject({ status: 404 });
      await expect(saveKey(house.mallory)).rejects.toMatchObject({ status: 404 });
    });

    test('promise 10: two people at once, each ends up with their own key', async () => {
      await Promise.all([saveKey(house.alice), saveKey(house.bob), saveKey(house.olga, house.alice)]);
      for (const person of [house.alice, house.bob]) {
        const credential = await stored(person);
        expect(credential?.key?.fingerprint).toBe(person.key.fingerprint);
        const { signer } = await house.targets.forManaged(identity, credential!);
        expect(Buffer.from(signer.publicBlob)).toEqual(Buffer.from(person.key.publicBlob));
      }
    });
  });

  test('lists: a row per member for owners, the own row for everybody else', async () => {
    await saveKey(house.bob);
    const list = (actor: Person, query: { userId?: number; state?: 'missing' } = {}) =>
      house.managedCredentials.list(actor.caller, actor.scope, identity.id, { ...page, ...query });
    const all = await list(house.olga);
    expect(all.rows.map((row) => [row.userName, row.credential?.status])).toEqual([
      ['bob', 'verified'],
      ['alice', undefined],
      ['olga', undefined],
    ]);
    expect((await list(house.alice)).rows.map((row) => row.userName)).toEqual(['alice']);
    expect(await list(house.alice, { userId: house.bob.caller.userId })).toEqual({ rows: [], totalSize: 0 });
    expect((await list(house.olga, { state: 'missing' })).totalSize).toBe(2);
  });

  describe('verify', () => {
    const verify = (whose: Person) =>
      house.managedCredentials.verify(whose.caller, whose.scope, identity.id, whose.caller.userId);

    test('tells what the cluster answered, and a sentence for what is not as it should be', async () => {
      const there = house.clusters.host('hpc1.example');
      await saveKey(house.alice);
      expect(await verify(house.alice)).toMatchObject({
        ok: true,
        findings: [],
        report: { linuxUser: 'alice' },
      });
      there.report = { workDirGroupShared: false, java: null };
      const { ok, findings } = await verify(house.alice);
      expect(ok).toBe(true);
      expect(findings.join('\n')).toMatch(/chmod 2770 \/scratch[\s\S]*Java was not found/);
    });

    test('a refusal is noted, a network failure leaves what was known', async () => {
      const there = house.clusters.host('hpc1.example');
      await saveKey(house.alice);
      there.up = false;
      expect(await verify(house.alice)).toMatchObject({ ok: false, report: null });
      expect((await stored(house.alice))?.status).toBe('verified');
      there.up = true;
      there.accounts.clear();
      expect(await verify(house.alice)).toMatchObject({
        ok: false,
        message: expect.stringContaining('refused'),
      });
      expect((await stored(house.alice))?.status).toBe('refused');
      there.accounts.set(house.alice.key.publicKey, 'alice');
      house.clusters.closed.length = 0;
      expect((await verify(house.alice)).ok).toBe(true);
      expect((await stored(house.alice))?.status).toBe('verified');
      expect(house.clusters.closed).toEqual([{ credential: expect.stringMatching(/^proof:/) }]);
    });

    test('refused once may be a passing fault: launches offer the key again; refused twice it counts as refused', async () => {
      const there = house.clusters.host('hpc1.example');
      await saveKey(house.alice);
      there.accounts.clear();
      there.resting = false;
      expect((await verify(house.alice)).ok).toBe(false);
      expect(await stored(house.alice)).toMatchObject({
        status: 'unverified',
        message: expect.stringContaining('refused'),
        verifiedAt: null,
      });
      there.resting = true;
      expect((await verify(house.alice)).ok).toBe(false);
      expect((await stored(house.alice))?.status).toBe('refused');
    });

    test('proved: runs that were left alone because of the key are looked at now, others when it is time', async () => {
      await saveKey(house.alice);
      const dueAt = house.clock.time + 600_000;
      const ids: string[] = [];
      for (const failures of [1, 0])
        ids.push((await house.liveRun(house.alice, identity, { phase: 'follow', failures, dueAt })).id);
      const dues = () => Promise.all(ids.map(async (id) => (await house.store.runs.find(id))?.dueAt));
      house.clusters.host('hpc1.example').accounts.clear();
      expect((await verify(house.alice)).ok).toBe(false);
      expect(await dues()).toEqual([dueAt, dueAt]);
      house.clusters.host('hpc1.example').accounts.set(house.alice.key.publicKey, 'alice');
      const woken = house.woken();
      expect((await verify(house.alice)).ok).toBe(true);
      expect(await dues()).toEqual([house.clock.time, dueAt]);
      expect(house.woken()).toBe(woken + 1);
    });
  });

  test('live runs follow an identity that moves to another address, and never a blocked one', async () => {
    await saveKey(house.alice);
    const run = await house.liveRun(house.alice, identity);
    const moved = house.clusters.host('login2.example').hostKeys.map((key) => key.publicKey);
    await house.identities.update(house.olga.caller, house.olga.scope, identity.id, {
      hostName: 'login2.example',
      hostKeys: moved,
    });
    expect(await house.targets.forRun(run.snapshot, 'follow')).toMatchObject({
      hostName: 'login2.example',
      pins: moved,
    });
    await house.noteHostKeyChange(`identity:${identity.id}`);
    await expect(house.targets.forRun(run.snapshot, 'follow')).rejects.toMatchObject({
      code: 'host_key_changed',
    });
  });
});
