/** How much each member used a cluster, hour by hour, for a day. */
import { sql } from 'kysely';
import type { ActivityStore } from '#core/ports/activity.ts';
import { atomic, type Db } from './tables.ts';

/** Six values each: far below what one statement may carry on either database. */
const rowsAtOnce = 1_000;

export const createActivityStore = (db: Db): ActivityStore => ({
  add: (uses) =>
    atomic(db, async (within) => {
      for (let from = 0; from < uses.length; from += rowsAtOnce)
        await within
          .insertInto('clusterActivity')
          .values(uses.slice(from, from + rowsAtOnce))
          .onConflict((conflict) =>
            conflict.columns(['identityId', 'hour', 'userId', 'bearer', 'what']).doUpdateSet((eb) => ({
              number: eb('clusterActivity.number', '+', eb.ref('excluded.number')),
            })),
          )
          .execute();
    }),

  of: (identityId, fromHour, userId) => {
    let query = db
      .selectFrom('clusterActivity as activity')
      .leftJoin('users', 'users.id', 'activity.userId')
      .where('activity.identityId', '=', identityId)
      .where('activity.hour', '>=', fromHour)
      .groupBy(['activity.userId', 'activity.bearer', 'activity.what', 'users.userName'])
      .orderBy('activity.bearer')
      .orderBy('activity.userId')
      .select(['activity.userId', 'activity.bearer', 'activity.what', 'users.userName'])
      // PostgreSQL's own sum is no whole number.
      .select(sql<number>`cast(sum(activity.number) as bigint)`.as('number'));
    if (userId !== undefined) query = query.where('activity.userId', '=', userId);
    return query.execute();
  },

  prune: async (beforeHour) => {
    await db.deleteFrom('clusterActivity').where('hour', '<', beforeHour).execute();
  },
});
