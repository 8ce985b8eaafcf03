/** Why a task failed. The column comes last, beside the other long texts. */
import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { DialectName } from '../tables.ts';
import { columnTypes } from './column-types.ts';

export const taskErrors = (dialect: DialectName): Migration => ({
  up: async (db) => {
    await sql.raw(`alter table tasks add column error_message ${columnTypes[dialect].text}`).execute(db);
  },
});
