/** The tables as kysely sees them, derived from core's records: what is an object there is JSON text here. */
import type { Generated, Kysely } from 'kysely';
import type { AuditRecord } from '#core/audit.ts';
import type { SessionCleanup } from '#core/cleanup.ts';
import type {
  ComputeEnv,
  HostKey,
  ManagedCredential,
  ManagedIdentity,
  StatusReader,
  WorkspaceCredential,
} from '#core/clusters.ts';
import type { Dataset, DatasetVersion } from '#core/datasets.ts';
import type { Label, LabelKind } from '#core/labels.ts';
import type {
  AccessToken,
  CustomRole,
  Member,
  OneTimeLink,
  Organisation,
  Session,
  Team,
  User,
  Workspace,
} from '#core/people.ts';
import type { PipelineSecret } from '#core/pipeline-secrets.ts';
import type { Pipeline, PipelineVersion } from '#core/pipelines.ts';
import type { Use } from '#core/ports/activity.ts';
import type { KeyRefusal } from '#core/ports/refused-keys.ts';
import type { SealedPlace, SealedValue } from '#core/ports/vault.ts';
import type { WorkspaceRole } from '#core/roles.ts';
import type { Run } from '#core/runs.ts';
import type { TaskRecord } from '#core/tasks.ts';

/** Booleans are kept as 0 and 1, objects and lists as JSON text, times as epoch milliseconds. */
type Column<Value> = Value extends boolean ? number : Value extends object ? string : Value;

export type Stored<Fields> = { [Name in keyof Fields]: Column<Fields[Name]> };

type Numbered<Fields> = Omit<Stored<Fields>, 'id'> & { id: Generated<number> };

/** Lower-case copies for searching: the databases' own `lower` differ outside ASCII. */
export interface FoldedUser {
  userNameFolded: string;
  emailFolded: string;
  firstNameFolded: string;
  lastNameFolded: string;
}

/** A user's, where lists are ordered by them: an index of one table then holds all that a page needs. */
export interface NameCopies {
  userNameFolded: string;
  fullNameFolded: string;
}

/** The member or the team, the built-in role or the organisation's own. */
interface ParticipantColumns {
  id: Generated<number>;
  workspaceId: number;
  memberId: number | null;
  teamId: number | null;
  role: WorkspaceRole | null;
  customRoleId: number | null;
  createdAt: number;
}

/** Columns that queries need and the record carries deeper inside, and the lease. */
export interface RunColumns {
  /** `managed:12` or `workspace:…` */
  credential: string;
  identityId: number | null;
  /** Run name, pipeline and id, folded, one per line. */
  searchText: string;
  leaseOwner: string | null;
  leaseUntil: number | null;
  /** Deleted for people. */
  hiddenAt: number | null;
}

export interface TaskColumns {
  id: Generated<number>;
  runId: string;
  /** Name, hash and native id, folded, one per line. */
  searchText: string;
}

export interface RunProgressColumns {
  runId: string;
  counters: string;
  executors: string;
  /** What Nextflow counted itself: pending tasks and peaks. */
  reported: string | null;
  /** When Nextflow was last heard of by HTTP. */
  lastReportAt: number | null;
  createdAt: number;
  updatedAt: number;
}

export interface Database {
  users: Numbered<User> & FoldedUser & { homeOrganisationId: number | null };
  organisations: Numbered<Organisation>;
  members: Numbered<Member> & NameCopies;
  workspaces: Numbered<Workspace>;
  teams: Numbered<Team> & { nameFolded: string };
  teamMembers: { teamId: number; memberId: number; createdAt: number };
  customRoles: Numbered<CustomRole> & { nameFolded: string };
  participants: ParticipantColumns;
  accessTokens: Numbered<AccessToken>;
  sessions: Stored<Session>;
  oneTimeLinks: Stored<OneTimeLink>;
  managedIdentities: Numbered<ManagedIdentity>;
  managedCredentials: Numbered<ManagedCredential> & NameCopies & { hasKey: number };
  workspaceCredentials: Stored<WorkspaceCredential>;
  sealedValues: SealedPlace & SealedValue;
  statusReaders: Stored<StatusReader>;
  refusedKeys: KeyRefusal & { count: number; refusedAt: number };
  clusterActivity: Use & { hour: number };
  hostKeys: Stored<HostKey> & { owner: string };
  computeEnvs: Stored<ComputeEnv>;
  runs: Stored<Run> & RunColumns;
  runJumpCredentials: { credential: string; runId: string };
  tasks: Stored<TaskRecord> & TaskColumns;
  runProgress: RunProgressColumns;
  runReports: {
    runId: string;
    workflow: string | null;
    metrics: string | null;
    begunAt: number | null;
    completedAt: number | null;
  };
  runTokens: { hash: string; runId: string; createdAt: number };
  runProcesses: { runId: string; process: string; position: number; counters: string };
  sessionCleanups: Stored<SessionCleanup> & {
    leaseOwner: string | null;
    leaseUntil: number | null;
    fence: number;
  };
  readings: { runId: string; reading: string };
  runStars: { userId: number; runId: string; createdAt: number };
  pipelineSecrets: Numbered<PipelineSecret>;
  datasets: Stored<Dataset> & { nameFolded: string };
  datasetVersions: Stored<DatasetVersion>;
  datasetPieces: { upload: string; part: number; content: Uint8Array; createdAt: number };
  datasetUses: { datasetId: string; runId: string; version: number; usedAt: number };
  auditEvents: Numbered<AuditRecord> & { organisationId: number | null; userId: number | null };
  pipelines: Numbered<Pipeline> & { searchText: string };
  pipelineVersions: Stored<PipelineVersion> & { repository: string; repositoryFolded: string };
  labels: Omit<Numbered<Label>, 'value'> & { value: string; textFolded: string };
  labelLinks: { kind: LabelKind; target: string; labelId: number };
  settings: { name: string; value: string };
}

export type Db = Kysely<Database>;
export type DialectName = 'sqlite' | 'postgres';

/** Turns a record, or a part of one, into columns; fields that are undefined are left out. */
export const encode = <Fields extends object>(fields: Fields): Stored<Fields> =>
  Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]: [string, unknown]) => {
      if (value === undefined) return [];
      if (typeof value === 'boolean') return [[name, Number(value)]];
      return [[name, typeof value === 'object' && value !== null ? JSON.stringify(value) : value]];
    }),
  ) as Stored<Fields>;

/** Whether a patch changes anything: SQL has no empty UPDATE. */
export const isEmpty = (patch: object): boolean => Object.values(patch).every((value) => value === undefined);

/** Runs `work` in the transaction that `db` is in, or in a new one. */
export const atomic = <Result>(db: Db, work: (db: Db) => Promise<Result>): Promise<Result> =>
  db.isTransaction ? work(db) : db.transaction().execute(work);
