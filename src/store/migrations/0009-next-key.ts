/** A member's next key: made here, waiting for the cluster to let it in while the present one serves. */
import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { DialectName } from '../tables.ts';

const text = { sqlite: 'text', postgres: 'text collate "C"' } as const;

export const nextKey = (dialect: DialectName): Migration => ({
  up: async (db) => {
    await sql.raw(`alter table managed_credentials add column next_key ${text[dialect]}`).execute(db);
  },
});
