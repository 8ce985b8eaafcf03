/** What a cluster's owners allow: budgets, the stop button, and who used it how much in the last day. */
import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { DialectName } from '../tables.ts';
import { columnTypes } from './column-types.ts';

const statements = ({ int, text, end }: (typeof columnTypes)[DialectName]): string[] => [
  `alter table managed_identities add column budget ${text} not null default '{}'`,
  `alter table managed_identities add column suspension ${text}`,
  `create index managed_identities_suspended on managed_identities (id) where suspension is not null`,
  `create table cluster_activity (
    identity_id ${int} not null,
    hour ${int} not null,
    user_id ${int} not null,
    bearer ${text} not null,
    what ${text} not null,
    number ${int} not null,
    primary key (identity_id, hour, user_id, bearer, what)${end}`,
  'create index cluster_activity_by_hour on cluster_activity (hour)',
];

export const neighbour = (dialect: DialectName): Migration => ({
  up: async (db) => {
    for (const statement of statements(columnTypes[dialect])) await sql.raw(statement).execute(db);
  },
});
