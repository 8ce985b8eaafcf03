/**
 * The first schema, for both databases. Numbers are never used twice, for tokens and sealed values carry them. Unique
 * indexes are named `<table>_<columns>`: errors are told apart by it (errors.ts).
 */
import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { DialectName } from '../tables.ts';
import { columnTypes } from './column-types.ts';

const people = ({ id, int, text, end }: (typeof columnTypes)[DialectName]): string[] => [
  `create table users (
    id ${id},
    user_name ${text} not null,
    email ${text} not null,
    first_name ${text},
    last_name ${text},
    password_hash ${text},
    created_at ${int} not null,
    last_access_at ${int},
    user_name_folded ${text} not null,
    email_folded ${text} not null,
    first_name_folded ${text} not null,
    last_name_folded ${text} not null${end}`,
  'create unique index users_user_name on users (user_name)',
  'create unique index users_email_folded on users (email_folded)',

  `create table organisations (
    id ${id},
    name ${text} not null,
    full_name ${text} not null,
    description ${text},
    location ${text},
    website ${text},
    created_at ${int} not null${end}`,
  'create unique index organisations_name on organisations (name)',

  `create table members (
    id ${id},
    organisation_id ${int} not null references organisations,
    user_id ${int} not null references users,
    role ${text} not null,
    created_at ${int} not null${end}`,
  'create unique index members_organisation_id_user_id on members (organisation_id, user_id)',
  'create index members_of_user on members (user_id)',

  `create table workspaces (
    id ${id},
    organisation_id ${int} not null references organisations,
    name ${text} not null,
    full_name ${text} not null,
    description ${text},
    visibility ${text} not null,
    created_at ${int} not null${end}`,
  'create unique index workspaces_organisation_id_name on workspaces (organisation_id, name)',

  `create table participants (
    id ${id},
    workspace_id ${int} not null references workspaces,
    member_id ${int} not null references members on delete cascade,
    role ${text} not null,
    created_at ${int} not null${end}`,
  'create unique index participants_workspace_id_member_id on participants (workspace_id, member_id)',
  'create index participants_of_member on participants (member_id)',

  `create table access_tokens (
    id ${id},
    user_id ${int} not null references users,
    name ${text} not null,
    hash ${text} not null,
    created_at ${int} not null,
    last_used_at ${int},
    expires_at ${int}${end}`,
  'create index access_tokens_of_user on access_tokens (user_id)',

  `create table sessions (
    hash ${text} primary key,
    user_id ${int} not null references users,
    created_at ${int} not null,
    last_seen_at ${int} not null,
    expires_at ${int} not null${end}`,
  'create index sessions_by_end on sessions (expires_at)',

  `create table one_time_links (
    hash ${text} primary key,
    purpose ${text} not null,
    user_id ${int} references users,
    created_at ${int} not null,
    expires_at ${int} not null,
    used_at ${int}${end}`,
];

const clusters = ({ id, int, text, end }: (typeof columnTypes)[DialectName]): string[] => [
  `create table managed_identities (
    id ${id},
    organisation_id ${int} not null references organisations,
    name ${text} not null,
    platform ${text} not null,
    config ${text} not null,
    require_checked ${int} not null,
    allowed_system_users ${text} not null,
    blocked_reason ${text},
    updated_by ${int} not null references users,
    created_at ${int} not null,
    updated_at ${int} not null${end}`,
  'create unique index managed_identities_organisation_id_name on managed_identities (organisation_id, name)',

  // No reference to the identity: a retired credential outlives it until its key is destroyed.
  `create table managed_credentials (
    id ${id},
    organisation_id ${int} not null references organisations,
    identity_id ${int} not null,
    user_id ${int} not null references users,
    linux_user ${text},
    account ${text},
    head_job_options ${text},
    key ${text},
    key_version ${int} not null,
    status ${text} not null,
    message ${text},
    verified_at ${int},
    last_used_at ${int},
    created_at ${int} not null,
    updated_at ${int} not null,
    retired_at ${int},
    destroy_at ${int}${end}`,
  `create unique index managed_credentials_identity_id_user_id on managed_credentials (identity_id, user_id)
    where retired_at is null`,
  `create index managed_credentials_retired on managed_credentials (identity_id) where retired_at is not null`,
  'create index managed_credentials_to_destroy on managed_credentials (destroy_at) where destroy_at is not null',

  `create table workspace_credentials (
    id ${text} primary key,
    workspace_id ${int} references workspaces,
    organisation_id ${int} not null,
    user_id ${int} not null references users,
    name ${text} not null,
    description ${text},
    key ${text} not null,
    key_version ${int} not null,
    status ${text} not null,
    message ${text},
    created_at ${int} not null,
    updated_at ${int} not null,
    last_used_at ${int},
    retired_at ${int},
    destroy_at ${int}${end}`,
  `create unique index workspace_credentials_workspace_id_name on workspace_credentials (workspace_id, name)
    where retired_at is null and workspace_id is not null`,
  `create unique index workspace_credentials_user_id_name on workspace_credentials (user_id, name)
    where retired_at is null and workspace_id is null`,
  `create index workspace_credentials_to_destroy on workspace_credentials (destroy_at)
    where destroy_at is not null`,

  `create table sealed_values (
    "table" ${text} not null,
    record ${text} not null,
    field ${text} not null,
    organisation_id ${int} not null,
    version ${int} not null,
    root_key_id ${text} not null,
    wrapped_key ${text} not null,
    ciphertext ${text} not null,
    primary key ("table", record, field)${end}`,

  `create table host_keys (
    owner ${text} not null,
    public_key ${text} not null,
    type ${text} not null,
    fingerprint ${text} not null,
    status ${text} not null,
    first_seen ${int} not null,
    confirmed_by ${text},
    confirmed_at ${int},
    primary key (owner, public_key)${end}`,

  `create table compute_envs (
    id ${text} primary key,
    workspace_id ${int} references workspaces,
    organisation_id ${int} not null,
    user_id ${int} not null references users,
    name ${text} not null,
    description ${text},
    platform ${text} not null,
    credentials_id ${text},
    managed_identity_id ${int},
    config ${text} not null,
    status ${text} not null,
    message ${text},
    "primary" ${int} not null,
    created_at ${int} not null,
    updated_at ${int} not null,
    last_used_at ${int}${end}`,
  `create unique index compute_envs_workspace_id_name on compute_envs (workspace_id, name)
    where status <> 'DELETED' and workspace_id is not null`,
  `create unique index compute_envs_user_id_name on compute_envs (user_id, name)
    where status <> 'DELETED' and workspace_id is null`,
  'create index compute_envs_of_workspace on compute_envs (workspace_id, created_at)',
  'create index compute_envs_of_user on compute_envs (user_id, created_at)',
  'create index compute_envs_of_identity on compute_envs (managed_identity_id)',
  'create index compute_envs_of_credential on compute_envs (credentials_id)',
  `create index compute_envs_unchecked on compute_envs (created_at) where status = 'CREATING'`,
];

const runsAndRecords = ({ id, int, text, end }: (typeof columnTypes)[DialectName]): string[] => [
  `create table runs (
    id ${text} primary key,
    organisation_id ${int} not null,
    workspace_id ${int} references workspaces,
    user_id ${int} not null references users,
    compute_env_id ${text} not null,
    run_name ${text} not null,
    session_id ${text} not null,
    launch ${text} not null,
    snapshot ${text} not null,
    status ${text} not null,
    phase ${text} not null,
    head_job_id ${text},
    job_state ${text},
    head_dir ${text},
    work_dir ${text},
    exit_status ${int},
    error_message ${text},
    error_report ${text},
    messages ${text} not null,
    facts ${text} not null,
    cancel_requested_at ${int},
    failures ${int} not null,
    created_at ${int} not null,
    updated_at ${int} not null,
    started_at ${int},
    completed_at ${int},
    due_at ${int} not null,
    fence ${int} not null,
    credential ${text} not null,
    identity_id ${int},
    search_text ${text} not null,
    lease_owner ${text},
    lease_until ${int},
    hidden_at ${int}${end}`,
  // The same expression as in leases.ts, word for word: else the databases do not see that this index answers it.
  `create index runs_due on runs
    ((case when phase = 'follow' and cancel_requested_at is not null then 0 else due_at end))
    where phase <> 'done'`,
  'create index runs_leased on runs (lease_owner) where lease_owner is not null',
  'create index runs_of_workspace on runs (workspace_id, created_at, id)',
  'create index runs_of_user on runs (user_id, created_at, id)',
  'create index runs_by_workspace_name on runs (workspace_id, run_name)',
  'create index runs_by_user_name on runs (user_id, run_name)',
  'create index runs_of_session on runs (session_id)',
  'create index runs_of_credential on runs (credential, status)',
  'create index runs_of_identity on runs (identity_id, status)',
  'create index runs_of_compute_env on runs (compute_env_id, status)',

  `create table audit_events (
    id ${id},
    timestamp ${int} not null,
    event ${text} not null,
    correlation_id ${text} not null,
    actor ${text} not null,
    client ${text} not null,
    target ${text} not null,
    state ${text} not null,
    organisation_id ${int}${end}`,
  'create index audit_events_of_organisation on audit_events (organisation_id, id)',
  'create index audit_events_by_event on audit_events (event, id)',

  `create table settings (
    name ${text} primary key,
    value ${text} not null${end}`,
];

export const foundation = (dialect: DialectName): Migration => ({
  up: async (db) => {
    const types = columnTypes[dialect];
    for (const statement of [...people(types), ...clusters(types), ...runsAndRecords(types)])
      await sql.raw(statement).execute(db);
  },
});
