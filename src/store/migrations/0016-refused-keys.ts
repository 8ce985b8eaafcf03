/** Which keys clusters have refused: no restart makes the service offer them again. */
import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { DialectName } from '../tables.ts';
import { columnTypes } from './column-types.ts';

export const refusedKeys = (dialect: DialectName): Migration => ({
  up: async (db) => {
    const { text, int, end } = columnTypes[dialect];
    const statements = [
      `create table refused_keys (
        way ${text} primary key,
        cluster_key ${text} not null,
        credential ${text} not null,
        count ${int} not null,
        refused_at ${int} not null${end}`,
      'create index refused_keys_of_cluster on refused_keys (cluster_key)',
      'create index refused_keys_of_credential on refused_keys (credential)',
    ];
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
});
