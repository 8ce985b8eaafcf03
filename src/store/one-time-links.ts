/** Links that work once. */
import type { OneTimeLinkStore } from '#core/ports/people-stores.ts';
import type { Db } from './tables.ts';

export const createOneTimeLinkStore = (db: Db): OneTimeLinkStore => ({
  insert: async (link) => {
    await db.insertInto('oneTimeLinks').values(link).execute();
  },

  find: (hash) => db.selectFrom('oneTimeLinks').selectAll().where('hash', '=', hash).executeTakeFirst(),

  // One statement decides and marks, so of two callers at once one gets true.
  use: async (hash, now) => {
    const { numUpdatedRows } = await db
      .updateTable('oneTimeLinks')
      .set({ usedAt: now })
      .where('hash', '=', hash)
      .where('usedAt', 'is', null)
      .where('expiresAt', '>', now)
      .executeTakeFirstOrThrow();
    return numUpdatedRows === 1n;
  },

  removeUnused: async (purpose, userId) => {
    const unused = db.deleteFrom('oneTimeLinks').where('purpose', '=', purpose).where('usedAt', 'is', null);
    await (userId === undefined ? unused : unused.where('userId', '=', userId)).execute();
  },
});
