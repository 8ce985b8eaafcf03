/** Compute environments, the check behind them, and workspace credentials; on both databases. */
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ManagedIdentity } from '#core/clusters.ts';
import { platforms } from '#core/platforms.ts';
import { type ClusterHouse, closeClusterHouses, createClusterHouse } from '#test/support/cluster-house.ts';
import { aRun, onBothDatabases } from '#test/support/databases.ts';
import { fakeHostKey } from '#test/support/fake-cluster.ts';
import { workspaceRecords } from '#test/support/house-verbs.ts';
import { createTestSigner } from '#test/support/test-signer.ts';

afterAll(closeClusterHouses);

onBothDatabases(({ open }) => {
  let house: ClusterHouse;
  let identity: ManagedIdentity;
  beforeEach(async () => {
    house = await createClusterHouse(await open());
    identity = await house.openIdentity();
  });
  afterEach(() => house.idle());

  const { olga, config, own, create, find, addKey } = workspaceRecords(() => house);

  describe('on a managed identity', () => {
    test('by number, by the id that clients send as credentials, by both; given back as sent', async () => {
      const byNumber = await create({ managedIdentityId: identity.id });
      expect(byNumber).toMatchObject({
        status: 'CREATING',
        managedIdentityId: identity.id,
        credentialsId: null,
      });
      const sent = { credentialsId: String(identity.id) };
      expect(await create({ name: 'b', ...sent })).toMatchObject({ managedIdentityId: identity.id, ...sent });
      await create({ name: 'c', ...sent, managedIdentityId: identity.id });
      await expect(create({ name: 'd', ...sent, managedIdentityId: 99 })).rejects.toThrow(/not both/);
      await expect(create({ name: 'd' })).rejects.toMatchObject({ status: 400 });
      expect(await find(byNumber.id)).toMatchObject({ status: 'AVAILABLE', message: null });
    });

    test("another organisation's identity, or another platform, is a 400", async () => {
      const theirs = await house.identities.create(house.mallory.caller, house.mallory.scope, {
        name: 'theirs',
        platform: 'slurm-platform',
        config,
      });
      const unknown = (id: number) => `managedIdentityId: there is no managed identity ${id}`;
      await expect(create({ managedIdentityId: theirs.id })).rejects.toThrow(unknown(theirs.id));
      await expect(create({ managedIdentityId: 4_711 })).rejects.toThrow(unknown(4_711));
      const lsf = await house.identity({ name: 'lsf', platform: 'lsf-platform' });
      await expect(create({ managedIdentityId: lsf.id })).rejects.toThrow(/is a lsf-platform/);
    });

    test.each(platforms)('%s: is made, checked and usable as far as this version goes', async (platform) => {
      const { hostKeys } = house.clusters.host('hpc1.example');
      const { id } = await house.identity({
        name: 'grid',
        platform,
        config: { discriminator: platform, hostName: 'hpc1.example', workDir: '/scratch' },
        hostKeys: hostKeys.map((key) => key.publicKey),
      });
      const given = { managedIdentityId: id, platform, config: { discriminator: platform } };
      const message =
        platform === 'slurm-platform'
          ? null
          : expect.stringMatching(/^Launching on .* is not in this version; a check looks at host key/);
      expect(await find((await create({ name: 'keyless', ...given })).id)).toMatchObject({
        status: 'AVAILABLE',
        message,
      });
      const { caller, scope } = house.olga;
      await house.managedCredentials.create(caller, scope, id, caller.userId, house.keyOf(house.olga));
      const there = house.clusters.host('hpc1.example');
      // The scheduler is asked for only where there is a driver.
      there.report = platform === 'slurm-platform' ? {} : { schedulerVersion: null };
      const made = await create(given);
      expect(await find(made.id)).toMatchObject({ status: 'AVAILABLE', message, platform });
      expect(house.clusters.logins).not.toEqual([]);
      there.report = { workDirWritable: false, workDirExists: false };
      expect(await house.computeEnvs.validate(...olga(), made.id)).toMatchObject({
        status: 'ERRORED',
        message: expect.stringContaining('The work directory /scratch does not exist on hpc1.example'),
      });
      there.hostKeys = [fakeHostKey()];
      expect(await house.computeEnvs.validate(...olga(), made.id)).toMatchObject({
        status: 'ERRORED',
        message: expect.stringContaining('another host key'),
      });
    });

    test("an environment never points members' keys elsewhere", async () => {
      const on = (more: object) => create({ managedIdentityId: identity.id, config: { ...config, ...more } });
      await expect(on({ hostName: 'evil.example' })).rejects.toMatchObject({ status: 400 });
      await expect(on({ port: 2222 })).rejects.toMatchObject({ status: 400 });
      await expect(
        create({ managedIdentityId: identity.id, hostKeys: [fakeHostKey().publicKey] }),
      ).rejects.toMatchObject({ status: 400 });
      await on({ hostName: 'HPC1.example', port: 22, userName: 'whoever' });
    });

    test('the check: login by its maker, with the cure for what is missing', async () => {
      const { caller, scope } = house.olga;
      await house.managedCredentials.create(
        caller,
        scope,
        identity.id,
        caller.userId,
        house.keyOf(house.olga),
      );
      const there = house.clusters.host('hpc1.example');
      there.report = { workDirWritable: false, workDirGroupShared: false };
      const { id } = await create({ managedIdentityId: identity.id });
      expect(await find(id)).toMatchObject({
        status: 'ERRORED',
        message: expect.stringMatching(/olga cannot write to the work directory \/scratch on hpc1.example/),
      });
      there.report = { schedulerVersion: null };
      expect(await house.computeEnvs.validate(...olga(), id)).toMatchObject({
        status: 'ERRORED',
        message: expect.stringContaining('Slurm was not found'),
        transientError: false,
      });
      there.report = {};
      expect(await house.computeEnvs.validate(...olga(), id)).toMatchObject({ status: 'AVAILABLE' });
      there.up = false;
      const away = await house.computeEnvs.validate(...olga(), id);
      expect(away).toMatchObject({ status: 'AVAILABLE', transientError: true });
      expect((await find(id)).status).toBe('AVAILABLE');
      const checks = await house.store.audit.list({ max: 10, event: 'compute_environment_checked' });
      expect(checks.map((row) => row.actor.userName)).toEqual(['olga', 'olga', null]);
    });

    test('an unconfirmed host key is ERRORED with the cure, and confirming checks again', async () => {
      house.clusters.host('new.example');
      const fresh = await house.identity({ name: 'fresh', config: { ...config, hostName: 'new.example' } });
      const { id } = await create({ managedIdentityId: fresh.id });
      expect(await find(id)).toMatchObject({
        status: 'ERRORED',
        message: expect.stringContaining(`/identities/${fresh.id}/host-keys`),
      });
      const confirm = house.clusters.host('new.example').hostKeys.map((key) => key.fingerprint);
      await house.hostKeys.decide(
        house.olga.caller,
        house.olga.scope,
        { kind: 'identity', id: fresh.id },
        { confirm },
      );
      expect(await find(id)).toMatchObject({ status: 'AVAILABLE', message: null });
    });

    test('what a stopped server left CREATING is checked after its start', async () => {
      const { id } = await create({ managedIdentityId: identity.id });
      await house.idle();
      await house.store.computeEnvs.update(id, { status: 'CREATING' });
      await house.checkPending();
      expect((await find(id)).status).toBe('AVAILABLE');
      // What a shutdown cuts off is no finding.
      await house.store.computeEnvs.update(id, { status: 'CREATING' });
      house.clusters.host('hpc1.example').up = false;
      house.abandonChecks();
      await house.checkPending();
      expect((await find(id)).status).toBe('CREATING');
    });
  });

  describe('on a key of the workspace', () => {
    test('needs a host and a Linux user; its host keys are its own', async () => {
      const credentialsId = (await addKey()).id;
      await expect(create({ credentialsId })).rejects.toThrow(/config.hostName/);
      await expect(create({ credentialsId, config: { ...own, userName: 'root' } })).rejects.toMatchObject({
        status: 400,
      });
      await expect(create({ credentialsId: 'unknown', config: own })).rejects.toMatchObject({ status: 400 });
      const there = house.clusters.host('own.example');
      there.accounts.set(house.olga.key.publicKey, 'svc');
      const { id } = await create({ credentialsId, config: own });
      expect(await find(id)).toMatchObject({
        status: 'ERRORED',
        message: expect.stringContaining('not confirmed'),
      });
      const owner = { kind: 'compute-env', id } as const;
      const confirm = there.hostKeys.map((key) => key.fingerprint);
      await house.hostKeys.decide(...olga(), owner, { confirm });
      expect(await find(id)).toMatchObject({ status: 'AVAILABLE' });
      expect(house.clusters.logins.at(-1)).toMatchObject({
        userName: 'svc',
        clusterKey: `compute-env:${id}`,
      });
      await expect(
        house.hostKeys.list(house.mallory.caller, house.mallory.scope, owner, { scan: false }),
      ).rejects.toMatchObject({ status: 404 });
      there.hostKeys = [fakeHostKey()];
      await house.noteHostKeyChange(`compute-env:${id}`);
      expect(await find(id)).toMatchObject({
        status: 'ERRORED',
        message: expect.stringContaining('another host key'),
      });
    });

    test('reporting over HTTP where the plugin is missing: available all the same, and it says so', async () => {
      const { id: credentialsId } = await addKey();
      const there = house.clusters.host('own.example');
      there.accounts.set(house.olga.key.publicKey, 'svc');
      const hostKeys = there.hostKeys.map((key) => key.publicKey);
      const made = async (name: string, more: object) =>
        find((await create({ name, credentialsId, hostKeys, config: { ...own, ...more } })).id);
      expect(await made('both', { reporting: 'both' })).toMatchObject({
        status: 'AVAILABLE',
        message: expect.stringContaining('nf-tower is not installed for svc'),
        config: { reporting: 'both' },
      });
      expect(await made('default', {})).toMatchObject({ status: 'AVAILABLE', message: null });
      there.report = { nfTower: '/home/svc/.nextflow/plugins/nf-tower-1.9.3' };
      expect(await made('http', { reporting: 'http' })).toMatchObject({ status: 'AVAILABLE', message: null });
    });

    test('a wrong key is ERRORED; another key checks again', async () => {
      const { id: credentialsId } = await addKey();
      const there = house.clusters.host('own.example');
      const hostKeys = there.hostKeys.map((key) => key.publicKey);
      const { id } = await create({ credentialsId, config: own, hostKeys });
      expect(await find(id)).toMatchObject({
        status: 'ERRORED',
        message: expect.stringContaining('refused'),
      });
      expect(await house.credentials.validate(...olga(), credentialsId)).toMatchObject({ status: 'INVALID' });
      const next = createTestSigner();
      there.accounts.set(next.publicKey, 'svc');
      await house.credentials.update(...olga(), credentialsId, { key: { privateKey: next.privatePem } });
      expect(await find(id)).toMatchObject({ status: 'AVAILABLE' });
      expect(house.clusters.closed).toContainEqual({ credential: `workspace:${credentialsId}` });
      expect(await house.credentials.validate(...olga(), credentialsId)).toEqual({
        status: 'AVAILABLE',
        message: null,
        transientError: false,
      });
      there.up = false;
      expect(await house.credentials.validate(...olga(), credentialsId)).toMatchObject({
        status: 'AVAILABLE',
        transientError: true,
      });
    });
  });

  test('names, the primary one, disabling', async () => {
    const first = await create({ managedIdentityId: identity.id });
    const second = await create({ name: 'second', managedIdentityId: identity.id });
    expect([first.primary, second.primary]).toEqual([true, false]);
    await expect(create({ managedIdentityId: identity.id })).rejects.toMatchObject({ status: 409 });
    await expect(house.computeEnvs.validateName(...olga(), 'no spaces')).rejects.toMatchObject({
      status: 400,
    });
    await expect(house.computeEnvs.validateName(...olga(), 'env')).rejects.toMatchObject({ status: 409 });
    await house.computeEnvs.setPrimary(...olga(), second.id);
    expect((await find(first.id)).primary).toBe(false);
    await house.computeEnvs.setEnabled(...olga(), first.id, false);
    await house.computeEnvs.validate(...olga(), first.id);
    expect((await find(first.id)).status).toBe('DISABLED');
    await house.computeEnvs.setEnabled(...olga(), first.id, true);
    expect((await find(first.id)).status).toBe('AVAILABLE');
    await house.computeEnvs.update(...olga(), first.id, { name: 'renamed', description: 'x' });
    expect(await find(first.id)).toMatchObject({ name: 'renamed', description: 'x', status: 'AVAILABLE' });
    await expect(
      house.computeEnvs.update(...olga(), first.id, { credentialsId: '99' }),
    ).rejects.toMatchObject({ status: 400 });
  });

  test('deleting: 409 while runs live, then describable as DELETED and its name free', async () => {
    const { id } = await create({ managedIdentityId: identity.id });
    await house.idle();
    const workspaceId = house.olga.workspace.workspaceId;
    const run = aRun(house.olga.caller.userId, { computeEnvId: id, workspaceId });
    await house.store.runs.insert(run);
    await expect(house.computeEnvs.remove(...olga(), id)).rejects.toMatchObject({ status: 409 });
    expect((await find(id)).status).toBe('AVAILABLE');
    await house.computeEnvs.remove(...olga(), id, { force: true });
    expect((await house.store.runs.find(run.id))?.cancelRequestedAt).not.toBeNull();
    expect(await find(id)).toMatchObject({ status: 'DELETED', primary: false });
    expect(await house.computeEnvs.list(...olga(), {})).toEqual([]);
    expect(await create({ managedIdentityId: identity.id })).toMatchObject({ name: 'env', primary: true });
    await house.computeEnvs.remove(...olga(), id);
    await expect(house.computeEnvs.setEnabled(...olga(), id, false)).rejects.toMatchObject({ status: 404 });
  });
});
