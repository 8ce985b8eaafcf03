/** Whose each sealed value is: bound to it, and kept beside it for whoever wraps all of them anew under another root key. */
import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { DialectName } from '../tables.ts';

export const sealedOwners = (dialect: DialectName): Migration => ({
  up: async (db) => {
    const text = dialect === 'sqlite' ? 'text' : 'text collate "C"';
    await sql.raw(`alter table sealed_values add column owner ${text} not null default ''`).execute(db);
  },
});
