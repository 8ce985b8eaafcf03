/** Browser sessions; of the cookie's secret the hash alone is here. */
import type { SessionStore } from '#core/ports/people-stores.ts';
import type { Db } from './tables.ts';

export const createSessionStore = (db: Db): SessionStore => ({
  insert: async (session) => {
    await db.insertInto('sessions').values(session).execute();
  },

  find: (hash) => db.selectFrom('sessions').selectAll().where('hash', '=', hash).executeTakeFirst(),

  listOfUser: (userId) =>
    db
      .selectFrom('sessions')
      .selectAll()
      .where('userId', '=', userId)
      .orderBy('lastSeenAt', 'desc')
      .orderBy('hash')
      .execute(),

  touch: async (hash, lastSeenAt) => {
    await db.updateTable('sessions').set({ lastSeenAt }).where('hash', '=', hash).execute();
  },

  remove: async (hash) => {
    await db.deleteFrom('sessions').where('hash', '=', hash).execute();
  },

  removeOfUser: async (userId) => {
    await db.deleteFrom('sessions').where('userId', '=', userId).execute();
  },

  removeExpired: async (now) => {
    await db.deleteFrom('sessions').where('expiresAt', '<=', now).execute();
  },
});
