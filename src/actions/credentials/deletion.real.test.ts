/** Taking keys away: conflicts, retired keys, what is destroyed when; on both databases. */
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

afterAll(closeClusterHouses);

const minutes = 60_000;

onBothDatabases(({ open }) => {
  let house: ClusterHouse;
  let identity: ManagedIdentity;
  beforeEach(async () => {
    house = await createClusterHouse(await open());
    identity = await house.openIdentity();
  });
  afterEach(() => house.idle());

  const { saveKey, stored, sealed } = managedKeys(() => ({ house, identity }));
  const remove = (actor: Person, checked: boolean, whose = actor) =>
    house.managedCredentials.remove(actor.caller, actor.scope, identity.id, whose.caller.userId, { checked });

  describe('deleting', () => {
    test('checked: 409 names the runs while they live, 204 afterwards; the key is destroyed', async () => {
      const { id } = await saveKey(house.alice);
      const run = await house.liveRun(house.alice, identity, { runName: 'brave-run' });
      await expect(remove(house.alice, true)).rejects.toMatchObject({
        status: 409,
        message: expect.stringContaining('brave-run'),
        details: {
          answer: {
            managedCredentialsId: String(house.alice.caller.userId),
            conflicts: [
              {
                type: 'workflow',
                id: run.id,
                name: 'brave-run',
                url: expect.stringMatching(
                  /^https:\/\/latchkey\.example\/orgs\/.*\/workspaces\/lab\/watch\//,
                ),
              },
            ],
          },
        },
      });
      expect((await stored(house.alice))?.retiredAt).toBeNull();
      await house.store.runs.update(run.id, { status: 'SUCCEEDED', phase: 'done' }, 1);
      await remove(house.alice, true);
      expect(await stored(house.alice)).toBeUndefined();
      expect(await sealed(id, 1)).toBeUndefined();
    });

    test('unchecked: gone at once for all but the cancellation, destroyed once the runs have ended', async () => {
      const { id } = await saveKey(house.alice);
      const run = await house.liveRun(house.alice, identity);
      house.clusters.closed.length = 0;
      await remove(house.alice, false);
      expect(await stored(house.alice)).toBeUndefined();
      expect(house.woken()).toBeGreaterThan(0);
      expect(house.clusters.closed).toContainEqual({ credential: `managed:${id}` });
      expect((await house.store.runs.find(run.id))?.cancelRequestedAt).not.toBeNull();
      await expect(house.targets.forRun(run.snapshot, 'launch')).rejects.toMatchObject({ status: 409 });
      await expect(house.targets.forRun(run.snapshot, 'follow')).rejects.toMatchObject({ status: 409 });
      expect(await house.targets.forRun(run.snapshot, 'cancel')).toMatchObject({ userName: 'alice' });
      expect(await house.destroyRetired()).toBe(0);
      await house.store.runs.update(run.id, { status: 'CANCELLED', phase: 'done' }, 1);
      expect(await house.destroyRetired()).toBe(1);
      expect(await sealed(id, 1)).toBeUndefined();
      await expect(house.targets.forRun(run.snapshot, 'cancel')).rejects.toMatchObject({ code: 'not_found' });
    });

    test('ten minutes at most: what could not be stopped is named', async () => {
      const { id } = await saveKey(house.alice);
      const run = await house.liveRun(house.alice, identity, { headJobId: '4711' });
      await remove(house.alice, false);
      house.clock.time += 10 * minutes;
      await expect(house.targets.forRun(run.snapshot, 'cancel')).rejects.toMatchObject({ code: 'not_found' });
      expect(await house.destroyRetired()).toBe(1);
      expect(await sealed(id, 1)).toBeUndefined();
      const [last] = await house.store.audit.list({ max: 1, event: 'managed_credentials_deleted' });
      expect(last?.state.metadata).toMatchObject({ couldNotBeStopped: [{ run: run.id, headJobId: '4711' }] });
      expect(await house.destroyRetired()).toBe(0);
    });

    test('a new key beside the retired one: the old run is cancelled with the old key', async () => {
      const old = await saveKey(house.alice);
      const run = await house.liveRun(house.alice, identity);
      await remove(house.alice, false);
      const fresh = await saveKey(house.alice);
      expect(fresh.id).not.toBe(old.id);
      expect(await house.targets.forRun(run.snapshot, 'cancel')).toMatchObject({
        credentialKey: `managed:${old.id}@1`,
      });
    });

    test('requireChecked: only the member may do without', async () => {
      await house.identities.update(house.olga.caller, house.olga.scope, identity.id, {
        requireChecked: true,
      });
      await saveKey(house.alice);
      await house.liveRun(house.alice, identity);
      await expect(remove(house.olga, false, house.alice)).rejects.toMatchObject({ status: 409 });
      await expect(
        house.identities.remove(house.olga.caller, house.olga.scope, identity.id, { checked: false }),
      ).rejects.toMatchObject({ status: 409 });
      await remove(house.alice, false);
    });

    test('an identity: 409 when checked; otherwise keys are retired, runs stopped, environments invalid', async () => {
      const { id } = await saveKey(house.alice);
      const environment = await house.computeEnvs.create(house.olga.caller, house.olga.workspace, {
        name: 'env',
        platform: 'slurm-platform',
        managedIdentityId: identity.id,
        config: { discriminator: 'slurm-platform' },
      });
      await house.idle();
      const run = await house.liveRun(house.alice, identity);
      const removeIdentity = (checked: boolean) =>
        house.identities.remove(house.olga.caller, house.olga.scope, identity.id, { checked });
      await expect(removeIdentity(true)).rejects.toMatchObject({
        status: 409,
        message: expect.stringMatching(/happy-run/),
      });
      await removeIdentity(false);
      expect(await house.store.computeEnvs.find(environment.id)).toMatchObject({
        status: 'INVALID',
        message: expect.stringContaining('hpc1 was deleted'),
      });
      expect(await house.targets.forRun(run.snapshot, 'cancel')).toMatchObject({ hostName: 'hpc1.example' });
      await house.store.runs.update(run.id, { status: 'CANCELLED', phase: 'done' }, 1);
      expect(await house.destroyRetired()).toBe(1);
      expect(await sealed(id, 1)).toBeUndefined();
      expect(await house.store.hostKeys.list({ kind: 'identity', id: identity.id })).toEqual([]);
    });
  });
});
