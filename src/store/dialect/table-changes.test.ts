/** A read stays current until a commit writes what it was read from, and no longer. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type Kysely as AnyKysely, Kysely, sql } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSqlite, type SqliteDialect } from './sqlite.ts';

let dir: string;
let dialect: SqliteDialect;
let db: AnyKysely<unknown>;
let other: DatabaseSync;

const run = (text: string, on = db) => sql.raw(text).execute(on);
const read = async (text: string) => {
  const seen = dialect.observe(() => run(text));
  await seen.answer;
  return seen;
};

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'changes-'));
  const path = join(dir, 'a.db');
  dialect = openSqlite(path);
  db = new Kysely({ dialect });
  await run('create table parents (id integer primary key, name text)');
  await run(
    'create table children (id integer primary key, parent integer references parents on delete cascade)',
  );
  await run('create table others (id integer primary key)');
  await run("insert into parents values (1, 'a')");
  await run('insert into children values (1, 1)');
  other = new DatabaseSync(path);
});
afterEach(async () => {
  other.close();
  await db.destroy();
  await rm(dir, { recursive: true });
});

test('other tables may change; its own may not, joined ones and subqueries included', async () => {
  const one = await read('select name from parents');
  const joined = await read('select name from parents join children on parent = parents.id');
  const nested = await read('select id from others where id in (select id from children)');
  const counted = await read('select count(*) from children');
  const current = () => [one, joined, nested, counted].map((each) => each.isCurrent());
  await run('insert into others values (1)');
  expect(current()).toEqual([true, true, false, true]);
  await run('insert into children values (2, 1)');
  expect(current()).toEqual([true, false, false, false]);
  await run('with some as (select 1 as id) update parents set name = name where id in (select id from some)');
  expect(current()).toEqual([false, false, false, false]);
});

test('what a deletion takes along has changed too', async () => {
  const children = await read('select id from children');
  await run('delete from parents');
  expect(children.isCurrent()).toBe(false);
});

test('a transaction counts when it is committed, and not when it is undone', async () => {
  const seen = await read('select name from parents');
  const undone = db.transaction().execute(async (within) => {
    await run("update parents set name = 'b'", within);
    throw new Error('undone');
  });
  await expect(undone).rejects.toThrow('undone');
  await run('insert into others values (7)');
  expect(seen.isCurrent()).toBe(true);
  await db.transaction().execute(async (within) => {
    await run("update parents set name = 'b'", within);
    expect(seen.isCurrent()).toBe(true);
  });
  expect(seen.isCurrent()).toBe(false);
});

test('a commit of another process may have changed anything', async () => {
  const seen = await read('select name from parents');
  other.exec('insert into others values (9)');
  expect(seen.isCurrent()).toBe(false);
});

test('a read that is under way, or has failed, is overtaken by whatever is committed', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const slow = dialect.observe(async () => {
    await promise;
    return run('select name from parents');
  });
  expect(slow.isCurrent()).toBe(true);
  await run('insert into others values (1)');
  expect(slow.isCurrent()).toBe(false);
  resolve();
  await slow.answer;
  expect(slow.isCurrent()).toBe(true);
  await run("update parents set name = 'b'");
  expect(slow.isCurrent()).toBe(false);
  const failed = dialect.observe(() => Promise.reject(new Error('no')));
  await expect(failed.answer).rejects.toThrow('no');
  await run('insert into others values (2)');
  expect(failed.isCurrent()).toBe(false);
});
