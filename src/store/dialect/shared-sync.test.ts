/** Promise 23: an answer comes after the disk, also where changes share one fsync. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kysely, sql } from 'kysely';
import { expect, test } from 'vitest';
import { createSharedSync } from './shared-sync.ts';
import { openSqlite } from './sqlite.ts';

/** A disk that is done when it is told. */
const slowDisk = () => {
  const waiting: { resolve: () => void; reject: (error: Error) => void }[] = [];
  let started = 0;
  return {
    started: () => started,
    sync: () => {
      started += 1;
      return new Promise<void>((resolve, reject) => waiting.push({ resolve, reject }));
    },
    finish: () => waiting.shift()?.resolve(),
    fail: () => waiting.shift()?.reject(new Error('EIO')),
  };
};

const settled = () => new Promise((resolve) => setImmediate(resolve));

const watched = (promise: Promise<unknown>) => {
  const seen = { state: 'waiting' };
  promise.then(
    () => (seen.state = 'done'),
    () => (seen.state = 'failed'),
  );
  return seen;
};

test('whoever comes while an fsync is on its way waits for the next, together', async () => {
  const disk = slowDisk();
  const shared = createSharedSync(disk.sync);
  const first = watched(shared.done());
  const second = watched(shared.done());
  const third = watched(shared.done());
  expect(disk.started()).toBe(1);
  disk.finish();
  await settled();
  expect([first.state, second.state, third.state]).toEqual(['done', 'waiting', 'waiting']);
  expect(disk.started()).toBe(2);
  disk.finish();
  await settled();
  expect([second.state, third.state]).toEqual(['done', 'done']);
  expect(disk.started()).toBe(2);
  const fourth = watched(shared.done());
  expect(disk.started()).toBe(3);
  disk.finish();
  await shared.idle();
  await settled();
  expect(fourth.state).toBe('done');
});

test('after a failed fsync no later one is believed', async () => {
  const disk = slowDisk();
  const shared = createSharedSync(disk.sync);
  const first = watched(shared.done());
  const second = watched(shared.done());
  disk.fail();
  await settled();
  expect([first.state, second.state]).toEqual(['failed', 'failed']);
  await expect(shared.done()).rejects.toMatchObject({ status: 503, message: expect.stringContaining('EIO') });
  expect(() => shared.check()).toThrow('then restart');
  expect(disk.started()).toBe(1);
});

test('a change is answered once it is on the disk; the next one may begin before', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'store-sync-'));
  const disk = slowDisk();
  const db = new Kysely<{ t: { a: number } }>({ dialect: openSqlite(join(dir, 'x.db'), disk.sync) });
  const insert = (a: number) =>
    watched(db.transaction().execute((within) => within.insertInto('t').values({ a }).execute()));
  const until = async (count: number) => {
    while (disk.started() < count) await settled();
  };
  const made = watched(sql`create table t (a integer)`.execute(db));
  await until(1);
  expect(made.state).toBe('waiting');
  const changes = [insert(1), insert(2), insert(3)];
  while ((await db.selectFrom('t').select('a').execute()).length < 3) await settled();
  expect(changes.map(({ state }) => state)).toEqual(['waiting', 'waiting', 'waiting']);
  disk.finish();
  await until(2);
  expect(made.state).toBe('done');
  expect(changes.map(({ state }) => state)).toEqual(['waiting', 'waiting', 'waiting']);
  // One that is under way must not be undone along with those whose fsync fails.
  let goOn = () => {};
  const later = watched(
    db.transaction().execute(async (within) => {
      await within.insertInto('t').values({ a: 4 }).execute();
      await new Promise<void>((resolve) => (goOn = resolve));
    }),
  );
  await settled();
  disk.fail();
  while (changes.some(({ state }) => state === 'waiting')) await settled();
  expect(changes.map(({ state }) => state)).toEqual(['failed', 'failed', 'failed']);
  expect(disk.started()).toBe(2);
  expect(later.state).toBe('waiting');
  goOn();
  while (later.state === 'waiting') await settled();
  await expect(db.insertInto('t').values({ a: 5 }).execute()).rejects.toThrow('then restart');
  expect(later.state).toBe('failed');
  expect(await db.selectFrom('t').select('a').execute()).toHaveLength(4);
  await db.destroy();
  await rm(dir, { recursive: true });
});
