/** How far Nextflow's files of each run have been read. */
import type { ReadingStore } from '#core/ports/progress.ts';
import type { Db } from './tables.ts';

export const createReadingStore = (db: Db): ReadingStore => ({
  of: async (runIds) => {
    if (runIds.length === 0) return new Map();
    const rows = await db.selectFrom('readings').selectAll().where('runId', 'in', runIds).execute();
    return new Map(rows.map(({ runId, reading }) => [runId, JSON.parse(reading)]));
  },

  keep: async (runId, reading) => {
    await db
      .insertInto('readings')
      .values({ runId, reading: JSON.stringify(reading) })
      .onConflict((conflict) =>
        conflict.column('runId').doUpdateSet((eb) => ({ reading: eb.ref('excluded.reading') })),
      )
      .execute();
  },
});
