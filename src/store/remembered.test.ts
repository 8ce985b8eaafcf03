/** What is remembered of the embedded database is never older than a fresh read. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Store } from '#core/ports/store.ts';
import { addOrganisation, addUser, anIdentity, aRun } from '#test/support/databases.ts';
import { openStore } from './open.ts';
import { createRemember } from './remembered.ts';

let dir = '';
let store: Store;
let other: Store;
let orgId = 0;
let userId = 0;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'remembered-'));
  const url = `sqlite:${join(dir, 'latchkey.db')}`;
  store = await openStore({ url });
  other = await openStore({ url });

  orgId = (await addOrganisation(store)).id;
  userId = (await addUser(store)).id;
});
afterAll(async () => {
  await Promise.all([store.close(), other.close()]);
  await rm(dir, { recursive: true });
});

const names = async (from: Store): Promise<string[]> =>
  (await from.identities.list(orgId, { max: 10, offset: 0 })).rows.map((row) => row.name);

test('a change is seen at once: one of this store, of a transaction, of another process', async () => {
  expect(await names(store)).toEqual([]);
  const first = await store.identities.insert({ ...anIdentity(orgId, userId), name: 'a' });
  expect(await names(store)).toEqual(['a']);
  await store.transaction((tables) => tables.identities.update(first.id, { name: 'b' }));
  expect(await names(store)).toEqual(['b']);
  await other.identities.update(first.id, { name: 'c' });
  expect(await names(store)).toEqual(['c']);
  expect((await store.identities.find(first.id))?.name).toBe('c');
  await store.identities.remove(first.id);
  expect(await store.identities.find(first.id)).toBeUndefined();
});

test('what a transaction has not committed is not seen, and nothing of it when it fails', async () => {
  const { id } = await store.identities.insert({ ...anIdentity(orgId, userId), name: 'kept' });
  const failing = store.transaction(async (tables) => {
    await tables.identities.update(id, { name: 'lost' });
    // Whoever reads meanwhile.
    expect(await names(other)).toEqual(['kept']);
    throw new Error('undone');
  });
  await expect(failing).rejects.toThrow('undone');
  expect(await names(store)).toEqual(['kept']);
});

test('who holds an answer cannot change it for others', async () => {
  const page = await store.identities.list(orgId, { max: 10, offset: 0 });
  expect(() => page.rows.pop()).toThrow(TypeError);
  expect(() => Object.assign(page.rows[0]?.config ?? {}, { hostName: 'elsewhere' })).toThrow(TypeError);
});

test('asked again without a change it does no work; a failure is not kept; other arguments are another question', async () => {
  let version = 1;
  const remember = createRemember((read) => {
    const at = version;
    return { answer: read(), isCurrent: () => version === at };
  });
  const work = vi.fn<() => Promise<{ id: number }>>(async () => ({ id: 7 }));
  await remember('users', 'find', [7], work);
  await remember('users', 'find', [7], work);
  expect(work).toHaveBeenCalledTimes(1);
  await remember('users', 'find', [8], work);
  expect(work).toHaveBeenCalledTimes(2);
  version = 2;
  await remember('users', 'find', [7], work);
  expect(work).toHaveBeenCalledTimes(3);
  const failing = vi.fn<() => Promise<never>>(() => Promise.reject(new Error('busy')));
  for (let again = 0; again < 2; again += 1)
    await expect(remember('users', 'find', [9], failing)).rejects.toThrow('busy');
  expect(failing).toHaveBeenCalledTimes(2);
  await remember('tasks', 'find', ['x', 1], work);
  await remember('tasks', 'find', ['x', 1], work);
  expect(work).toHaveBeenCalledTimes(5);
});

test('reports of tasks drop nothing; whatever is changed beside them does, and so do runs themselves', async () => {
  const run = aRun(userId);
  await store.runs.insert(run);
  const reports = [{ taskId: 1, status: 'RUNNING', name: 'SAY (1)', process: 'SAY' } as const];
  const report = (from: Pick<Store, 'tasks'>) =>
    from.tasks.report(run.id, { source: 'http', reports, now: 1 });
  const dropped = async (change: () => Promise<unknown>): Promise<boolean> => {
    const before = store.version?.();
    await change();
    return store.version?.() !== before;
  };

  expect(await dropped(() => report(store))).toBe(false);
  expect(await dropped(() => store.tasks.progress(run.id))).toBe(false);
  expect(await dropped(() => store.tasks.nameProcesses(run.id, ['SAY', 'WAVE']))).toBe(false);
  expect(await dropped(() => store.tasks.closeAll(run.id, 2))).toBe(false);
  expect((await store.tasks.find(run.id, 1))?.status).toBe('ABORTED');

  const both = async () =>
    store.transaction(async (tables) => {
      await report(tables);
      await tables.runs.update(run.id, { status: 'RUNNING' }, 3);
      await report(tables);
    });
  expect(await dropped(both)).toBe(true);
  expect((await store.runs.find(run.id))?.status).toBe('RUNNING');
  await other.runs.update(run.id, { status: 'FAILED' }, 4);
  expect((await store.runs.find(run.id))?.status).toBe('FAILED');
  await store.runs.hide(run.id, 5);
  expect(await store.runs.find(run.id)).toBeUndefined();
});
