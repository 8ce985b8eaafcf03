/** Stars: each person's own marks on runs. */
import type { RunStarStore } from '#core/ports/store.ts';
import type { Db } from './tables.ts';

export const createRunStarStore = (db: Db): RunStarStore => ({
  add: async (userId, runId, createdAt) => {
    const { numInsertedOrUpdatedRows } = await db
      .insertInto('runStars')
      .values({ userId, runId, createdAt })
      .onConflict((conflict) => conflict.columns(['userId', 'runId']).doNothing())
      .executeTakeFirstOrThrow();
    return numInsertedOrUpdatedRows === 1n;
  },

  remove: async (userId, runId) => {
    const { numDeletedRows } = await db
      .deleteFrom('runStars')
      .where('userId', '=', userId)
      .where('runId', '=', runId)
      .executeTakeFirstOrThrow();
    return numDeletedRows === 1n;
  },

  among: async (userId, runIds) => {
    if (runIds.length === 0) return new Set();
    const rows = await db
      .selectFrom('runStars')
      .select('runId')
      .where('userId', '=', userId)
      .where('runId', 'in', runIds)
      .execute();
    return new Set(rows.map(({ runId }) => runId));
  },
});
