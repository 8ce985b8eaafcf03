/** How far Nextflow's files of each run have been read. */
import { sql } from 'kysely';
import type { ReadingStore } from '#core/ports/progress.ts';
import { among, asList, type List } from './lists.ts';
import { statement } from './statements.ts';
import type { Db, DialectName } from './tables.ts';

const ofRuns = statement((db, { ids }: { ids: List }, dialect) =>
  db
    .selectFrom('readings')
    .selectAll()
    .where(among(dialect, sql`run_id`, ids)),
);

export const createReadingStore = (db: Db, dialect: DialectName): ReadingStore => ({
  of: async (runIds) => {
    if (runIds.length === 0) return new Map();
    const rows = await ofRuns(db, dialect, { ids: asList(dialect, runIds) });
    return new Map(rows.map(({ runId, reading }) => [runId, JSON.parse(reading)]));
  },

  keep: async (readings) => {
    if (readings.size === 0) return;
    const json = JSON.stringify([...readings].map(([runId, reading]) => [runId, JSON.stringify(reading)]));
    const rows = dialect === 'postgres' ? sql`json_array_elements(${json}::json)` : sql`json_each(${json})`;
    // Without a condition SQLite would take `on` for a join's.
    await sql`insert into readings (run_id, reading) select value ->> 0, value ->> 1 from ${rows} where true
      on conflict (run_id) do update set reading = excluded.reading`.execute(db);
  },
});
