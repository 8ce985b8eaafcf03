/** Keys that a way takes for its jump hosts are in use as the cluster's own are; on both databases. */
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import type { ManagedIdentity } from '#core/clusters.ts';
import { type ClusterHouse, closeClusterHouses, createClusterHouse } from '#test/support/cluster-house.ts';
import { aRun, onBothDatabases } from '#test/support/databases.ts';
import { createTestSigner } from '#test/support/test-signer.ts';
import { jumpCredentials } from './jump-hosts.ts';

afterAll(closeClusterHouses);

const minutes = 60_000;

onBothDatabases(({ open }) => {
  let house: ClusterHouse;
  let gate: ManagedIdentity;
  let behind: ManagedIdentity;
  beforeEach(async () => {
    house = await createClusterHouse(await open());
    gate = await house.openIdentity({ name: 'gate' });
    behind = await house.openIdentity({
      name: 'behind',
      config: {
        discriminator: 'slurm-platform',
        hostName: 'hpc1.example',
        workDir: '/scratch',
        jumpHosts: [
          { hostName: 'gate.example', hostKeys: ['ssh-ed25519 AAAA'], managedIdentityId: gate.id },
          { hostName: 'inner.example', hostKeys: ['ssh-ed25519 AAAA'] },
        ],
      },
    });
    for (const identity of [gate, behind])
      await house.managedCredentials.create(
        house.alice.caller,
        house.alice.scope,
        identity.id,
        house.alice.caller.userId,
        house.keyOf(house.alice),
      );
  });
  afterEach(() => house.idle());

  const way = () =>
    jumpCredentials(house.store, behind.config.jumpHosts ?? [], {
      organisationId: behind.organisationId,
      userId: house.alice.caller.userId,
    });
  const runBehind = async () => {
    const own = await house.store.managedCredentials.find(behind.id, house.alice.caller.userId);
    const given = aRun(house.alice.caller.userId).snapshot;
    return house.liveRun(house.alice, behind, {
      runName: 'far-run',
      snapshot: {
        ...given,
        clusterKey: `identity:${behind.id}`,
        identityId: behind.id,
        credential: { kind: 'managed', id: own?.id ?? 0 },
        jumpCredentials: await way(),
        hostName: 'hpc1.example',
        linuxUser: 'alice',
      },
    });
  };
  const removeGateKey = (checked: boolean) =>
    house.managedCredentials.remove(
      house.alice.caller,
      house.alice.scope,
      gate.id,
      house.alice.caller.userId,
      { checked },
    );

  test('a key for a jump host alone is not deleted under a run; nor is its identity', async () => {
    expect(await way()).toEqual([{ kind: 'managed', id: expect.any(Number) }]);
    const run = await runBehind();
    await expect(removeGateKey(true)).rejects.toMatchObject({
      status: 409,
      message: expect.stringContaining('far-run'),
      details: { answer: { conflicts: [{ type: 'workflow', id: run.id }] } },
    });
    await expect(
      house.identities.remove(house.olga.caller, house.olga.scope, gate.id, { checked: true }),
    ).rejects.toMatchObject({ status: 409, message: expect.stringContaining('far-run') });
    await house.store.runs.update(run.id, { status: 'SUCCEEDED', phase: 'done' }, 1);
    await removeGateKey(true);
    await expect(way()).rejects.toMatchObject({
      status: 409,
      message: expect.stringContaining('gate.example'),
    });
  });

  test('deleted unchecked it still leads to the head job, to stop it, and goes with the run', async () => {
    const run = await runBehind();
    const [ref] = run.snapshot.jumpCredentials ?? [];
    await removeGateKey(false);
    expect(house.clusters.closed).toContainEqual({ credential: `managed:${ref?.id}` });
    expect((await house.store.runs.find(run.id))?.cancelRequestedAt).not.toBeNull();
    await expect(house.targets.forRun(run.snapshot, 'follow')).rejects.toMatchObject({ status: 409 });
    expect(await house.targets.forRun(run.snapshot, 'cancel')).toMatchObject({
      through: [
        { hostName: 'gate.example', userName: 'alice', credentialKey: `managed:${ref?.id}@1` },
        { hostName: 'inner.example', userName: 'alice' },
      ],
    });
    expect(await house.destroyRetired()).toBe(0);
    await house.store.runs.update(run.id, { status: 'CANCELLED', phase: 'done' }, 1);
    expect(await house.destroyRetired()).toBe(1);
  });

  test('with its identity deleted too; ten minutes at most, then nobody waits for it', async () => {
    const run = await runBehind();
    await house.identities.remove(house.olga.caller, house.olga.scope, gate.id, { checked: false });
    expect(await house.targets.forRun(run.snapshot, 'cancel')).toMatchObject({
      through: [{ hostName: 'gate.example', userName: 'alice' }, {}],
    });
    house.clock.time += 10 * minutes;
    await expect(house.targets.forRun(run.snapshot, 'cancel')).rejects.toMatchObject({ code: 'not_found' });
    expect(await house.destroyRetired()).toBe(1);
    const deleted = await house.store.audit.list({ max: 20 });
    expect(deleted.find((row) => row.state.metadata?.['couldNotBeStopped'])?.state.metadata).toMatchObject({
      couldNotBeStopped: [{ run: run.id }],
    });
  });

  test('a key that another took the place of serves all that lives', async () => {
    const run = await runBehind();
    await removeGateKey(false);
    const fresh = await house.managedCredentials.create(
      house.alice.caller,
      house.alice.scope,
      gate.id,
      house.alice.caller.userId,
      house.keyOf(house.alice),
    );
    for (const purpose of ['follow', 'cancel'] as const)
      expect(await house.targets.forRun(run.snapshot, purpose)).toMatchObject({
        through: [{ credentialKey: `managed:${fresh.id}@1` }, {}],
      });
  });

  test("a status reader goes over jump hosts with its own key alone: members' further keys are never offered for it", async () => {
    const { olga, statusReaders, readerSights, clusters } = house;
    // Whoever gives the reader could go that way.
    await house.managedCredentials.create(
      olga.caller,
      olga.scope,
      gate.id,
      olga.caller.userId,
      house.keyOf(olga),
    );
    const key = createTestSigner();
    clusters.host('hpc1.example').accounts.set(key.publicKey, 'observer');
    const input = { key: { privateKey: key.privatePem }, linuxUser: 'observer' };
    const refused = { message: expect.stringContaining('gate.example') };
    await expect(statusReaders.save(olga.caller, olga.scope, behind.id, input)).resolves.toMatchObject({
      reader: { status: 'unverified', ...refused },
    });
    const jumpHosts = [{ hostName: 'gate.example', hostKeys: ['ssh-ed25519 AAAA'] }];
    const config = {
      discriminator: 'slurm-platform' as const,
      hostName: 'hpc1.example',
      workDir: '/scratch',
      jumpHosts,
    };
    await house.identities.update(olga.caller, olga.scope, behind.id, { config });
    expect(await statusReaders.verify(olga.caller, olga.scope, behind.id)).toMatchObject({ ok: true });
    const target = (await readerSights.find(`identity:${behind.id}`))?.target;
    const blob = Buffer.from(key.publicKey.split(' ')[1] ?? '', 'base64');
    expect(target?.through).toMatchObject([{ hostName: 'gate.example', userName: 'observer' }]);
    for (const { signer } of [target!, ...target!.through!])
      expect(Buffer.from(signer.publicBlob).equals(blob)).toBe(true);
  });
});
