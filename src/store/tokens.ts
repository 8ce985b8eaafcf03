/** Access tokens; of their secret part the hash alone is here. */
import type { TokenStore } from '#core/ports/people-stores.ts';
import type { Db } from './tables.ts';

export const createTokenStore = (db: Db): TokenStore => ({
  insert: (token) => db.insertInto('accessTokens').values(token).returningAll().executeTakeFirstOrThrow(),

  find: (id) => db.selectFrom('accessTokens').selectAll().where('id', '=', id).executeTakeFirst(),

  listOfUser: (userId) =>
    db
      .selectFrom('accessTokens')
      .selectAll()
      .where('userId', '=', userId)
      .orderBy('createdAt', 'desc')
      .orderBy('id', 'desc')
      .execute(),

  touch: async (id, lastUsedAt) => {
    await db.updateTable('accessTokens').set({ lastUsedAt }).where('id', '=', id).execute();
  },

  remove: async (id) => {
    await db.deleteFrom('accessTokens').where('id', '=', id).execute();
  },
});
