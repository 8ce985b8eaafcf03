/** Port: everything that is kept. `src/store` implements it on SQLite and PostgreSQL; users name a narrow `Pick`. */
import type { AuditEvent, AuditRecord } from '../audit.ts';
import type { CredentialRef } from '../clusters.ts';
import type { Run, RunPatch, RunStatus } from '../runs.ts';
import type { ActivityStore } from './activity.ts';
import type { SessionCleanupStore } from './cleanup-store.ts';
import type {
  ComputeEnvStore,
  HostKeyStore,
  IdentityStore,
  ManagedCredentialStore,
  SealedValueStore,
  StatusReaderStore,
  WorkspaceCredentialStore,
} from './cluster-stores.ts';
import type {
  DatasetPieceStore,
  DatasetStore,
  DatasetVersionStore,
  PipelineSecretStore,
} from './data-stores.ts';
import type { LabelStore } from './label-store.ts';
import type { Page, Paged } from './paging.ts';
import type {
  CustomRoleStore,
  MemberStore,
  OneTimeLinkStore,
  OrganisationStore,
  ParticipantStore,
  SessionStore,
  TeamStore,
  TokenStore,
  UserStore,
  WorkspaceStore,
} from './people-stores.ts';
import type { PipelineStore, PipelineVersionStore } from './pipeline-store.ts';
import type { ReadingStore } from './progress.ts';
import type { RefusedKeyStore } from './refused-keys.ts';
import type { RunReportStore, RunTokenStore } from './report-store.ts';
import type { TaskStore } from './task-store.ts';

/** Which runs; all that is given must fit. */
export interface RunFilter {
  /** Free text on run name, pipeline, session, user name and id. */
  search?: string | undefined;
  /** One of these. */
  statuses?: readonly RunStatus[] | undefined;
  userName?: string | undefined;
  id?: string | undefined;
  runName?: string | undefined;
  sessionId?: string | undefined;
  /** As Nextflow reported it; before that, the pipeline as it was asked for. */
  projectName?: string | undefined;
  /** All of these labels: `rnaseq`, `project=atlas`, or `project` alone. */
  labels?: readonly string[] | undefined;
  /** Launched not before, and before; epoch milliseconds. */
  after?: number | undefined;
  before?: number | undefined;
  /** Those that come after this one in the list: pages that stay whole while new runs come in. */
  olderThan?: Pick<Run, 'id' | 'createdAt'> | undefined;
}

export interface RunQuery extends Page, RunFilter {
  workspaceId: number | null;
  /** Personal context (workspaceId null): whose. */
  userId: number;
  /** Only those that this person has starred. */
  starredBy?: number | undefined;
  /** Without it the rows alone are read, and `totalSize` counts what is known to be there. */
  count?: boolean | undefined;
}

/** Runs that are alike in what decides about their state. */
export type RunCount = Pick<Run, 'status' | 'phase' | 'cancelRequestedAt' | 'exitStatus'> & { count: number };

export interface RunStore {
  insert(run: Run): Promise<void>;
  find(id: string): Promise<Run | undefined>;
  /** Newest first. */
  list(query: RunQuery): Promise<Paged<Run>>;
  /** Has a run of this session had this name, deleted ones too? Nextflow's own history keeps it. */
  nameTaken(sessionId: string, runName: string): Promise<boolean>;
  /** Runs of one session, newest first. */
  listOfSession(sessionId: string): Promise<Run[]>;
  /** Hidden ones too. */
  everyOfSession(sessionId: string): Promise<Run[]>;
  /** Runs that log in with it, on their cluster or on a jump host. */
  liveOfCredential(ref: CredentialRef): Promise<Run[]>;
  liveOfIdentity(identityId: number): Promise<Run[]>;
  liveOfComputeEnv(computeEnvId: string): Promise<Run[]>;
  liveOfWorkspace(workspaceId: number): Promise<Run[]>;
  /** In all organisations and in the personal context. */
  liveOfUser(userId: number): Promise<Run[]>;
  /** How many runs of a workspace or person are in which situation, hidden ones left out. */
  countIn(context: { workspaceId: number | null; userId: number }): Promise<RunCount[]>;
  /** How many runs there are in each status, hidden ones left out. */
  countByStatus(): Promise<Partial<Record<RunStatus, number>>>;
  /**
   * Takes runs whose time has come, for `leaseMs`: raises their fence, so that whoever held them before can write no
   * more (promise 29). PostgreSQL: SKIP LOCKED, so two replicas never get the same one. A followed run that is to be
   * cancelled is due at once, whatever its `dueAt`.
   */
  leaseDue(lease: { owner: string; now: number; leaseMs: number; limit: number }): Promise<Run[]>;
  /** Gives leased runs back. */
  release(owner: string, ids: readonly string[]): Promise<void>;
  /** Gives back all leases of an owner that has gone (a restart with the same name). */
  releaseAll(owner: string): Promise<void>;
  /** Writes if the fence still holds; false if somebody else has the run by now. */
  updateFenced(id: string, fence: number, patch: RunPatch, now: number): Promise<boolean>;
  /** The same change to many runs; returns the ids of those that were written. */
  updateAllFenced(
    runs: readonly Pick<Run, 'id' | 'fence'>[],
    patch: RunPatch,
    now: number,
  ): Promise<ReadonlySet<string>>;
  /** Writes without a lease (a person's request). Sets `dueAt` where the patch does. */
  update(id: string, patch: RunPatch, now: number): Promise<void>;
  rename(run: Run, runName: string, now: number): Promise<void>;
  /** Deleted for people: neither found nor listed any more; the launcher still brings it to its end. */
  hide(id: string, now: number): Promise<void>;
}

/** Each person's own marks on runs. */
export interface RunStarStore {
  /** @returns false when it was there already */
  add(userId: number, runId: string, now: number): Promise<boolean>;
  /** @returns false when there was none */
  remove(userId: number, runId: string): Promise<boolean>;
  /** Which of these runs the person has starred. */
  among(userId: number, runIds: readonly string[]): Promise<ReadonlySet<string>>;
}

/** Whose records: of these organisations, and of no organisation but about this person. */
export interface AuditWalls {
  organisationIds: readonly number[];
  userId: number | null;
}

export type AuditCursor = Pick<AuditRecord, 'timestamp' | 'id'>;

export interface AuditQuery {
  walls: AuditWalls;
  /** Both ends are part of it. */
  after?: number | undefined;
  before?: number | undefined;
  /** Older than this record. */
  beyond?: AuditCursor | undefined;
  max: number;
}

export interface AuditStore {
  append(event: AuditEvent, timestamp: number): Promise<void>;
  list(query: {
    max: number;
    /** Records with a smaller id only. */
    before?: number | undefined;
    event?: string | undefined;
  }): Promise<AuditRecord[]>;
  /** Newest first. */
  page(query: AuditQuery): Promise<AuditRecord[]>;
  find(id: number): Promise<AuditRecord | undefined>;
}

/** Small facts about the installation itself (the root key's proof, …). */
export interface SettingStore {
  get(name: string): Promise<string | undefined>;
  set(name: string, value: string): Promise<void>;
}

/** All aggregates, inside or outside a transaction. */
export interface Tables {
  users: UserStore;
  organisations: OrganisationStore;
  members: MemberStore;
  teams: TeamStore;
  customRoles: CustomRoleStore;
  workspaces: WorkspaceStore;
  participants: ParticipantStore;
  tokens: TokenStore;
  sessions: SessionStore;
  oneTimeLinks: OneTimeLinkStore;
  identities: IdentityStore;
  managedCredentials: ManagedCredentialStore;
  credentials: WorkspaceCredentialStore;
  sealedValues: SealedValueStore;
  statusReaders: StatusReaderStore;
  refusedKeys: RefusedKeyStore;
  activity: ActivityStore;
  hostKeys: HostKeyStore;
  computeEnvs: ComputeEnvStore;
  runs: RunStore;
  pipelineSecrets: PipelineSecretStore;
  datasets: DatasetStore;
  datasetVersions: DatasetVersionStore;
  datasetPieces: DatasetPieceStore;
  tasks: TaskStore;
  sessionCleanups: SessionCleanupStore;
  readings: ReadingStore;
  runReports: RunReportStore;
  runTokens: RunTokenStore;
  labels: LabelStore;
  runStars: RunStarStore;
  pipelines: PipelineStore;
  pipelineVersions: PipelineVersionStore;
  audit: AuditStore;
  settings: SettingStore;
}

export interface Store extends Tables {
  /** All or nothing; what `work` throws undoes it. Durable when it resolves. A unique violation is an AppError 409. */
  transaction<Result>(work: (tables: Tables) => Promise<Result>): Promise<Result>;
  /**
   * Another number whenever something was committed, by whichever process: what was read at the same number is read the
   * same again. Absent where the database does not say (PostgreSQL).
   */
  version?: () => number;
  /** Answers when the database does. @throws when it does not */
  ping(): Promise<void>;
  close(): Promise<void>;
}
