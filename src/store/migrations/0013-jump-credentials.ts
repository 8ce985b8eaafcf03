/** Whose further keys a run needs on its way over jump hosts: they are in use as its own is. */
import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { DialectName } from '../tables.ts';
import { columnTypes } from './column-types.ts';

export const jumpCredentials = (dialect: DialectName): Migration => ({
  up: async (db) => {
    const { text, end } = columnTypes[dialect];
    await sql
      .raw(
        `create table run_jump_credentials (
          credential ${text} not null,
          run_id ${text} not null references runs on delete cascade,
          primary key (credential, run_id)${end}`,
      )
      .execute(db);
  },
});
