/** Whether a credential has a key, in a column that an index can hold: the key itself is too long for one. */
import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { DialectName } from '../tables.ts';

export const credentialLists = (dialect: DialectName): Migration => ({
  up: async (db) => {
    const int = dialect === 'sqlite' ? 'integer' : 'bigint';
    for (const statement of [
      `alter table managed_credentials add column has_key ${int} not null default 0`,
      'update managed_credentials set has_key = 1 where key is not null',
      'drop index managed_credentials_by_name',
      `create index managed_credentials_by_name on managed_credentials
        (identity_id, has_key, user_name_folded, user_id, full_name_folded, retired_at) where retired_at is null`,
    ])
      await sql.raw(statement).execute(db);
  },
});
