/** What only PostgreSQL can do: go away and come back. */
import { Kysely, sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addUser } from '#test/support/databases.ts';
import { type Postgres, startPostgres } from '#test/support/postgres.ts';
import { openPostgres } from './dialect/postgres.ts';
import { openStore } from './open.ts';

let postgres: Postgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());

test('a crash of the server loses nothing, is survived, and is an outage (503) meanwhile', async () => {
  const warned: string[] = [];
  const log = { warn: (_details: object, message: string) => void warned.push(message) };
  const store = await openStore({ url: await postgres.createDatabase(), log });
  const user = await addUser(store);
  // One connection of the pool more than the transaction needs.
  await Promise.all([store.users.count(), store.users.count()]);
  const cut = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const work = store.transaction(async (tables) => {
    await addUser(tables);
    begun.resolve();
    await cut.promise;
    await tables.users.count();
  });
  const outcome = work.catch((error: unknown) => error);
  await begun.promise;
  await postgres.crashAndRestart();
  cut.resolve();
  expect(await outcome).toMatchObject({ code: 'unavailable', status: 503 });
  expect(warned).toContain('A connection to the database was lost');
  expect(await store.users.find(user.id)).toEqual(user);
  expect(await store.users.count()).toBe(1);
  await store.close();
});

test('who hangs keeps nobody waiting for ever: locks, statements and idle transactions have an end', async () => {
  const db = new Kysely<object>({ dialect: openPostgres(await postgres.createDatabase(), () => {}) });
  const shown = async (setting: string) =>
    (await sql<Record<string, string>>`show ${sql.raw(setting)}`.execute(db)).rows[0]?.[setting];
  expect(await shown('lock_timeout')).toBe('30s');
  expect(await shown('statement_timeout')).toBe('1min');
  expect(await shown('idle_in_transaction_session_timeout')).toBe('1min');
  await db.destroy();
});

test('a server that is not there is an outage, said so', async () => {
  await expect(openStore({ url: 'postgres://nobody@127.0.0.1:1/none' })).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringContaining('The database server does not answer'),
  });
});
