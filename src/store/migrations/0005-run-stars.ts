/** The runs that somebody has marked for themselves. */
import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { DialectName } from '../tables.ts';
import { columnTypes } from './column-types.ts';

export const runStars = (dialect: DialectName): Migration => ({
  up: async (db) => {
    const { int, text, end } = columnTypes[dialect];
    await sql
      .raw(
        `create table run_stars (
          user_id ${int} not null references users,
          run_id ${text} not null references runs,
          created_at ${int} not null,
          primary key (user_id, run_id)${end}`,
      )
      .execute(db);
  },
});
