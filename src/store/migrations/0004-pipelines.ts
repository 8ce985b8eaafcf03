/** Labels and what carries them, saved pipelines and their versions, and the pipeline that a run came from. */
import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { DialectName } from '../tables.ts';
import { columnTypes } from './column-types.ts';

const statements = ({ id, int, text, end }: (typeof columnTypes)[DialectName]): string[] => [
  // An absent value is '': unique indexes take each null for another one.
  `create table labels (
    id ${id},
    workspace_id ${int} references workspaces,
    user_id ${int} not null references users,
    name ${text} not null,
    value ${text} not null,
    resource ${int} not null,
    is_default ${int} not null,
    created_at ${int} not null,
    text_folded ${text} not null${end}`,
  `create unique index labels_workspace_id_name_value on labels (workspace_id, name, value)
    where workspace_id is not null`,
  `create unique index labels_user_id_name_value on labels (user_id, name, value) where workspace_id is null`,

  // No reference to what carries them: it is of several kinds.
  `create table label_links (
    kind ${text} not null,
    target ${text} not null,
    label_id ${int} not null references labels on delete cascade,
    primary key (kind, target, label_id)${end}`,
  'create index label_links_of_label on label_links (label_id)',

  `create table pipelines (
    id ${id},
    organisation_id ${int} not null,
    workspace_id ${int} references workspaces,
    user_id ${int} not null references users,
    name ${text} not null,
    description ${text},
    icon ${text},
    default_version_id ${text} not null,
    created_at ${int} not null,
    updated_at ${int} not null,
    search_text ${text} not null${end}`,
  `create unique index pipelines_workspace_id_name on pipelines (workspace_id, name)
    where workspace_id is not null`,
  `create unique index pipelines_user_id_name on pipelines (user_id, name) where workspace_id is null`,

  `create table pipeline_versions (
    id ${text} primary key,
    pipeline_id ${int} not null references pipelines on delete cascade,
    user_id ${int} not null references users,
    name ${text},
    launch_id ${text} not null,
    compute_env_id ${text},
    launch ${text} not null,
    repository ${text} not null,
    repository_folded ${text} not null,
    hash ${text} not null,
    created_at ${int} not null,
    updated_at ${int} not null${end}`,
  'create unique index pipeline_versions_launch_id on pipeline_versions (launch_id)',
  'create unique index pipeline_versions_pipeline_id_name on pipeline_versions (pipeline_id, name)',
  'create index pipeline_versions_by_age on pipeline_versions (pipeline_id, created_at)',

  `alter table runs add column pipeline ${text}`,
];

export const pipelines = (dialect: DialectName): Migration => ({
  up: async (db) => {
    for (const statement of statements(columnTypes[dialect])) await sql.raw(statement).execute(db);
  },
});
