/** How far Nextflow's files of each run have been read. */
import { sql } from 'kysely';
import type { ReadingStore } from '#core/ports/progress.ts';
import { asRows, type Rows, rowsOf } from './lists.ts';
import { statement } from './statements.ts';
import type { Db, DialectName } from './tables.ts';

const ofRuns = statement((db, { ids }: { ids: Rows }, dialect) =>
  db
    .selectFrom('readings')
    .selectAll()
    .where('runId', 'in', sql<string>`(select value ->> 0 from ${rowsOf(dialect, ids)})`),
);

export const createReadingStore = (db: Db, dialect: DialectName): ReadingStore => ({
  of: async (runIds) => {
    if (runIds.length === 0) return new Map();
    const rows = await ofRuns(db, dialect, { ids: asRows(runIds.map((id) => [id])) });
    return new Map(rows.map(({ runId, reading }) => [runId, JSON.parse(reading)]));
  },

  keep: async (readings) => {
    if (readings.size === 0) return;
    const rows = asRows([...readings].map(([runId, reading]) => [runId, JSON.stringify(reading)]));
    // Without a condition SQLite would take `on` for a join's.
    await sql`insert into readings (run_id, reading)
      select value ->> 0, value ->> 1 from ${rowsOf(dialect, rows)} where true
      on conflict (run_id) do update set reading = excluded.reading`.execute(db);
  },
});
