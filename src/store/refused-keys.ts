/** Keys that clusters have refused. A row goes when the key is accepted, given another chance, or deleted. */
import type { RefusedKeyStore } from '#core/ports/refused-keys.ts';
import type { Db } from './tables.ts';

/** A deleted credential's refusals. @param credential as in `credentialName` */
export const removeRefusalsOf = async (db: Db, credential: string): Promise<void> => {
  await db.deleteFrom('refusedKeys').where('credential', '=', credential).execute();
};

export const createRefusedKeyStore = (db: Db): RefusedKeyStore => ({
  find: async (ways) =>
    ways.length === 0
      ? []
      : db.selectFrom('refusedKeys').select(['way', 'count']).where('way', 'in', ways).execute(),

  note: async (refusal, now) => {
    const { count } = await db
      .insertInto('refusedKeys')
      .values({ ...refusal, count: 1, refusedAt: now })
      .onConflict((conflict) =>
        conflict.column('way').doUpdateSet((row) => ({
          count: row(row.ref('refusedKeys.count'), '+', 1),
          refusedAt: now,
        })),
      )
      .returning('count')
      .executeTakeFirstOrThrow();
    return count;
  },

  forget: async (ways) => {
    if (ways.length > 0) await db.deleteFrom('refusedKeys').where('way', 'in', ways).execute();
  },

  forgetCluster: async (clusterKey) => {
    const gone = await db
      .deleteFrom('refusedKeys')
      .where('clusterKey', '=', clusterKey)
      .returning('credential')
      .execute();
    return new Set(gone.map(({ credential }) => credential)).size;
  },
});
