/** Runs and their leases: on both databases. */
import { describe, expect, test } from 'vitest';
import type { Store } from '#core/ports/store.ts';
import type { Run, RunPatch } from '#core/runs.ts';
import { addOrganisation, addUser, addWorkspace, aRun, onBothDatabases } from '#test/support/databases.ts';

const all = { max: 100, offset: 0 };
const ids = (runs: readonly Run[]) => runs.map(({ id }) => id);

const withWorkspace = async (store: Store) => {
  const { id: organisationId } = await addOrganisation(store);
  const { id: workspaceId } = await addWorkspace(store, organisationId);
  const { id: userId } = await addUser(store, { userName: 'Ann' });
  const add = async (given: Partial<Run> = {}) => {
    const run = aRun(userId, { organisationId, workspaceId, ...given });
    await store.runs.insert(run);
    return run;
  };
  return { workspaceId, userId, add };
};

onBothDatabases(({ open, url }) => {
  test('a run comes back as it was stored, and after each change', async () => {
    const store = await open();
    const { add } = await withWorkspace(store);
    const run = await add({
      messages: ['waits'],
      facts: { commitId: 'c' },
      launch: { pipeline: 'p', resume: true },
    });
    expect(await store.runs.find(run.id)).toEqual(run);
    const patch: RunPatch = {
      status: 'RUNNING',
      messages: [],
      exitStatus: 0,
      facts: { revision: 'r' },
      dueAt: 77,
    };
    await store.runs.update(run.id, patch, 2_000);
    expect(await store.runs.find(run.id)).toEqual({ ...run, ...patch, updatedAt: 2_000 });
    expect(await store.runs.find('unknown')).toBeUndefined();
  });

  test('lists: newest first, by context, with every filter', async () => {
    const store = await open();
    const { add, workspaceId, userId } = await withWorkspace(store);
    const { id: bob } = await addUser(store, { userName: 'bob' });
    const first = await add({
      createdAt: 10,
      runName: 'grave-dog',
      launch: { pipeline: 'https://x.org/RNA_seq' },
    });
    const second = await add({ createdAt: 20, status: 'FAILED', userId: bob });
    const third = await add({ createdAt: 20, status: 'UNKNOWN' });
    const [young, old] = [second, third].sort((a, b) => (a.id < b.id ? 1 : -1)) as [Run, Run];
    const personal = await add({ workspaceId: null });
    const list = async (query: object = {}) => {
      const { rows, totalSize } = await store.runs.list({ workspaceId, userId, ...all, ...query });
      expect(totalSize).toBe(rows.length);
      return ids(rows);
    };
    expect(await list()).toEqual([young.id, old.id, first.id]);
    expect(await list({ workspaceId: null })).toEqual([personal.id]);
    expect(await list({ workspaceId: null, userId: bob })).toEqual([]);
    expect(await list({ statuses: ['FAILED', 'SUCCEEDED'] })).toEqual([second.id]);
    expect(await list({ userName: 'BOB' })).toEqual([second.id]);
    expect(await list({ after: 20 })).toEqual([young.id, old.id]);
    expect(await list({ before: 20 })).toEqual([first.id]);
    expect(await list({ search: 'RAVE-D' })).toEqual([first.id]);
    expect(await list({ search: 'rna_' })).toEqual([first.id]);
    expect(await list({ search: 'rna%' })).toEqual([]);
    expect(await list({ search: 'bOb' })).toEqual([second.id]);
    expect(await list({ search: first.id })).toEqual([first.id]);
    const page = await store.runs.list({ workspaceId, userId, max: 1, offset: 1 });
    expect([ids(page.rows), page.totalSize]).toEqual([[old.id], 3]);
  });

  test('names, sessions, and what is live on a credential, identity and environment', async () => {
    const store = await open();
    const { add } = await withWorkspace(store);
    const { snapshot } = aRun(0);
    const shared = { ...snapshot, credential: { kind: 'workspace', id: 'w' } as const, identityId: null };
    const old = await add({ createdAt: 10, runName: 'wise-cat', computeEnvId: 'e1' });
    const young = await add({ createdAt: 20, status: 'UNKNOWN', sessionId: 's2', computeEnvId: 'e1' });
    const over = await add({ createdAt: 30, status: 'SUCCEEDED', computeEnvId: 'e1' });
    const byWorkspaceKey = await add({ createdAt: 40, snapshot: shared });
    expect(await store.runs.nameTaken('session', 'wise-cat')).toBe(true);
    expect(await store.runs.nameTaken('s2', 'wise-cat')).toBe(false);
    expect(await store.runs.nameTaken('session', 'wise')).toBe(false);
    expect(ids(await store.runs.listOfSession('session'))).toEqual([byWorkspaceKey.id, over.id, old.id]);
    expect(ids(await store.runs.liveOfCredential({ kind: 'managed', id: 1 }))).toEqual([young.id, old.id]);
    expect(ids(await store.runs.liveOfCredential({ kind: 'workspace', id: 'w' }))).toEqual([
      byWorkspaceKey.id,
    ]);
    expect(ids(await store.runs.liveOfIdentity(1))).toEqual([young.id, old.id]);
    expect(ids(await store.runs.liveOfComputeEnv('e1'))).toEqual([young.id, old.id]);
    await store.runs.hide(old.id, 50);
    expect(await store.runs.countByStatus()).toEqual({ SUBMITTED: 1, SUCCEEDED: 1, UNKNOWN: 1 });
  });

  test('a hidden run is gone for people, yet worked on, and holds its session while it lives', async () => {
    const store = await open();
    const { add, workspaceId, userId } = await withWorkspace(store);
    const run = await add();
    await store.runs.hide(run.id, 5_000);
    expect(await store.runs.find(run.id)).toBeUndefined();
    expect((await store.runs.list({ workspaceId, userId, ...all })).totalSize).toBe(0);
    expect(await store.runs.nameTaken(run.sessionId, run.runName)).toBe(true);
    expect(ids(await store.runs.liveOfIdentity(1))).toEqual([run.id]);
    expect(ids(await store.runs.listOfSession(run.sessionId))).toEqual([run.id]);
    const [leased] = await store.runs.leaseDue({ owner: 'a', now: 5_000, leaseMs: 10, limit: 1 });
    expect(leased?.id).toBe(run.id);
    await store.runs.updateFenced(run.id, 1, { status: 'CANCELLED', phase: 'done' }, 5_001);
    expect(await store.runs.listOfSession(run.sessionId)).toEqual([]);
  });

  describe('leases', () => {
    const lease = (owner: string, now: number, limit = 10) => ({ owner, now, leaseMs: 100, limit });

    test('what is due and not done, soonest first, up to the limit', async () => {
      const store = await open();
      const { add } = await withWorkspace(store);
      const late = await add({ dueAt: 30 });
      const soon = await add({ dueAt: 10, phase: 'follow' });
      const middle = await add({ dueAt: 20, phase: 'cancel' });
      await add({ dueAt: 5, phase: 'done' });
      expect(await store.runs.leaseDue(lease('a', 9))).toEqual([]);
      const leased = await store.runs.leaseDue(lease('a', 1_000, 2));
      expect(leased).toEqual([
        { ...soon, fence: 1 },
        { ...middle, fence: 1 },
      ]);
      expect(ids(await store.runs.leaseDue(lease('a', 1_000)))).toEqual([late.id]);
    });

    test('a followed run that is to be cancelled is due at once, but leased once', async () => {
      const store = await open();
      const { add } = await withWorkspace(store);
      await add({ dueAt: 900, phase: 'submit', cancelRequestedAt: 5 });
      const run = await add({ dueAt: 900, phase: 'follow' });
      expect(await store.runs.leaseDue(lease('a', 10))).toEqual([]);
      await store.runs.update(run.id, { cancelRequestedAt: 10 }, 10);
      expect(ids(await store.runs.leaseDue(lease('a', 10)))).toEqual([run.id]);
      expect(await store.runs.leaseDue(lease('b', 20))).toEqual([]);
    });

    test('promise 29: a stale fence writes nothing, however owners interleave', async () => {
      const store = await open();
      const { add } = await withWorkspace(store);
      const { id } = await add();
      const [first] = await store.runs.leaseDue(lease('a', 1_000));
      expect(await store.runs.leaseDue(lease('b', 1_099))).toEqual([]);
      expect(await store.runs.updateFenced(id, first!.fence, { headJobId: 'by a' }, 1_050)).toBe(true);
      const [second] = await store.runs.leaseDue(lease('b', 1_100));
      expect(second).toMatchObject({ id, fence: first!.fence + 1, headJobId: 'by a' });
      expect(await store.runs.updateFenced(id, first!.fence, { headJobId: 'stale' }, 1_101)).toBe(false);
      await store.runs.release('a', [id]);
      expect(await store.runs.leaseDue(lease('a', 1_110))).toEqual([]);
      expect(await store.runs.updateFenced(id, second!.fence, { headJobId: 'by b' }, 1_102)).toBe(true);
      await store.runs.release('b', [id]);
      const [third] = await store.runs.leaseDue(lease('a', 1_110));
      expect(third).toMatchObject({ fence: second!.fence + 1, headJobId: 'by b' });
      expect(await store.runs.updateFenced(id, second!.fence, {}, 1_111)).toBe(false);
      await store.runs.releaseAll('a');
      expect(await store.runs.leaseDue(lease('c', 1_111))).toHaveLength(1);
    });

    test('promise 29: of many that get the same change, those held by others get none', async () => {
      const store = await open();
      const { add } = await withWorkspace(store);
      for (let n = 0; n < 3; n += 1) await add();
      const held = await store.runs.leaseDue(lease('a', 1_000));
      const [overtaken] = await store.runs.leaseDue(lease('b', 1_100, 1));
      const mine = held.filter((run) => run.id !== overtaken?.id);
      const patch: RunPatch = { dueAt: 7_000, messages: ['the same'] };
      expect(await store.runs.updateAllFenced(held, patch, 1_101)).toEqual(new Set(ids(mine)));
      expect(await store.runs.updateAllFenced([], patch, 1_101)).toEqual(new Set());
      for (const run of mine)
        expect(await store.runs.find(run.id)).toEqual({ ...run, ...patch, updatedAt: 1_101 });
      expect(await store.runs.find(overtaken?.id ?? '')).toEqual(overtaken);
    });

    test('release gives back what is named and no more; a write leaves the lease', async () => {
      const store = await open();
      const { add } = await withWorkspace(store);
      const [one, two] = [await add(), await add()];
      await store.runs.leaseDue(lease('a', 1_000));
      await store.runs.release('a', [one.id]);
      await store.runs.release('a', []);
      await store.runs.updateFenced(two.id, 1, { dueAt: 0 }, 1_001);
      expect(ids(await store.runs.leaseDue(lease('b', 1_002)))).toEqual([one.id]);
    });

    test('promise 29: two replicas that lease at once never hold one run', async () => {
      const place = await url();
      const replicas = [await open(place), await open(place)] as const;
      const { add } = await withWorkspace(replicas[0]);
      for (let n = 0; n < 60; n += 1) await add();
      const leased = await Promise.all(
        [...Array(40).keys()].map((n) => replicas[n % 2 ? 1 : 0].runs.leaseDue(lease(`r${n % 2}`, 1_000, 3))),
      );
      expect(leased.every((runs) => runs.length <= 3)).toBe(true);
      const held = leased.flat();
      expect(new Set(ids(held)).size).toBe(held.length);
      expect(held).toHaveLength(60);
      expect(held.every(({ fence }) => fence === 1)).toBe(true);
    });
  });
});
