/** What only PostgreSQL can do: go away and come back. */
import pino from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addUser } from '#test/support/databases.ts';
import { type Postgres, startPostgres } from '#test/support/postgres.ts';
import { openStore } from './open.ts';

let postgres: Postgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());

test('a crash of the server loses nothing, is survived, and is an outage (503) meanwhile', async () => {
  const store = await openStore({ url: await postgres.createDatabase(), log: pino({ level: 'silent' }) });
  const user = await addUser(store);
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
  expect(await store.users.find(user.id)).toEqual(user);
  expect(await store.users.count()).toBe(1);
  await store.close();
});

test('a server that is not there is an outage, said so', async () => {
  await expect(openStore({ url: 'postgres://nobody@127.0.0.1:1/none' })).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringContaining('The database server does not answer'),
  });
});
