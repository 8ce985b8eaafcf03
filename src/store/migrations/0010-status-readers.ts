/** Status readers: one more account for an identity, which asks for the state of jobs and does nothing else. */
import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { DialectName } from '../tables.ts';
import { columnTypes } from './column-types.ts';

export const statusReaders = (dialect: DialectName): Migration => ({
  up: async (db) => {
    const { text, int, end } = columnTypes[dialect];
    await sql
      .raw(
        `create table status_readers (
          identity_id ${int} primary key references managed_identities on delete cascade,
          organisation_id ${int} not null,
          linux_user ${text} not null,
          key ${text} not null,
          key_version ${int} not null,
          status ${text} not null,
          message ${text},
          verified_at ${int},
          seen_at ${int},
          hidden_users ${text} not null,
          created_at ${int} not null,
          updated_at ${int} not null${end}`,
      )
      .execute(db);
  },
});
