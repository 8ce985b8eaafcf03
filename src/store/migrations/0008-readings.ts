/** How far Nextflow's files of each run have been read. */
import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { DialectName } from '../tables.ts';

const ends = {
  sqlite: { text: 'text', end: ') strict' },
  postgres: { text: 'text collate "C"', end: ')' },
} as const;

export const readings = (dialect: DialectName): Migration => ({
  up: async (db) => {
    const { text, end } = ends[dialect];
    await sql
      .raw(
        `create table readings (
          run_id ${text} primary key references runs on delete cascade,
          reading ${text} not null${end}`,
      )
      .execute(db);
  },
});
