/**
 * Scoped tokens, sessions that people can tell apart, links that others make, records of the audit log by person, and
 * copies of folded names where lists are ordered by them: without these an owner's page reads every member (P5).
 */
import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { DialectName } from '../tables.ts';

const concerns = {
  sqlite: `coalesce(json_extract(target, '$.userId'), json_extract(actor, '$.userId'))`,
  postgres: `coalesce((target::json->>'userId')::bigint, (actor::json->>'userId')::bigint)`,
} as const;

const statements = (dialect: DialectName): string[] => {
  const [int, text] = dialect === 'sqlite' ? ['integer', 'text'] : ['bigint', 'text collate "C"'];
  return [
    `alter table access_tokens add column power ${text}`,
    `alter table access_tokens add column organisation_id ${int} references organisations on delete cascade`,
    `alter table access_tokens add column workspace_id ${int} references workspaces on delete cascade`,
    'create index access_tokens_of_organisation on access_tokens (organisation_id) where organisation_id is not null',
    'create index access_tokens_of_workspace on access_tokens (workspace_id) where workspace_id is not null',
    'create index access_tokens_by_end on access_tokens (expires_at) where expires_at is not null',

    `alter table sessions add column ip ${text}`,
    `alter table sessions add column user_agent ${text}`,
    'create index sessions_of_user on sessions (user_id)',

    `alter table one_time_links add column made_by ${int}`,
    'create index one_time_links_of_user on one_time_links (user_id)',

    // Not a reference: that an organisation was somebody's first stays true when it is gone.
    `alter table users add column home_organisation_id ${int}`,
    `update users set home_organisation_id =
      (select organisation_id from members where members.user_id = users.id order by id limit 1)`,

    `alter table audit_events add column user_id ${int}`,
    `update audit_events set user_id = ${concerns[dialect]}`,
    'drop index audit_events_of_organisation',
    'create index audit_events_of_organisation on audit_events (organisation_id, timestamp, id)',
    `create index audit_events_of_user on audit_events (user_id, timestamp, id) where organisation_id is null`,

    `alter table members add column user_name_folded ${text} not null default ''`,
    `alter table members add column full_name_folded ${text} not null default ''`,
    `update members set (user_name_folded, full_name_folded) =
      (select user_name_folded, first_name_folded || ' ' || last_name_folded from users where users.id = user_id)`,
    'create index members_by_name on members (organisation_id, user_name_folded, user_id, full_name_folded, role, id)',
    `alter table managed_credentials add column user_name_folded ${text} not null default ''`,
    `alter table managed_credentials add column full_name_folded ${text} not null default ''`,
    `update managed_credentials set (user_name_folded, full_name_folded) =
      (select user_name_folded, first_name_folded || ' ' || last_name_folded from users where users.id = user_id)`,
    `create index managed_credentials_by_name
      on managed_credentials (identity_id, user_name_folded, user_id, full_name_folded)
      where retired_at is null and key is not null`,
  ];
};

export const gate = (dialect: DialectName): Migration => ({
  up: async (db) => {
    for (const statement of statements(dialect)) await sql.raw(statement).execute(db);
  },
});
