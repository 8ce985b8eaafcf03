/** Port: everything that is kept. `src/store` implements it on SQLite and PostgreSQL; users name a narrow `Pick`. */
import type { AuditEvent, AuditRecord } from '../audit.ts';
import type { CredentialRef } from '../clusters.ts';
import type { Run, RunPatch, RunStatus } from '../runs.ts';
import type {
  ComputeEnvStore,
  HostKeyStore,
  IdentityStore,
  ManagedCredentialStore,
  SealedValueStore,
  WorkspaceCredentialStore,
} from './cluster-stores.ts';
import type { LabelStore } from './label-store.ts';
import type { Page, Paged } from './paging.ts';
import type {
  MemberStore,
  OneTimeLinkStore,
  OrganisationStore,
  ParticipantStore,
  SessionStore,
  TokenStore,
  UserStore,
  WorkspaceStore,
} from './people-stores.ts';
import type { TaskStore } from './task-store.ts';

export interface RunQuery extends Page {
  workspaceId: number | null;
  /** Personal context (workspaceId null): whose. */
  userId: number;
  /** Free text on run name, pipeline, user name and id. */
  search?: string | undefined;
  statuses?: readonly RunStatus[] | undefined;
  userName?: string | undefined;
  /** Runs that carry all of these labels: `rnaseq`, `project=atlas`, or `project` alone. */
  labels?: readonly string[] | undefined;
  after?: number | undefined;
  before?: number | undefined;
}

export interface RunStore {
  insert(run: Run): Promise<void>;
  find(id: string): Promise<Run | undefined>;
  /** Newest first. */
  list(query: RunQuery): Promise<Paged<Run>>;
  /** A name is unique among a workspace's (or a person's) runs. */
  nameTaken(context: { workspaceId: number | null; userId: number }, runName: string): Promise<boolean>;
  /** Runs of one session, newest first. */
  listOfSession(sessionId: string): Promise<Run[]>;
  liveOfCredential(ref: CredentialRef): Promise<Run[]>;
  liveOfIdentity(identityId: number): Promise<Run[]>;
  liveOfComputeEnv(computeEnvId: string): Promise<Run[]>;
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
  /** Writes without a lease (a person's request). Sets `dueAt` where the patch does. */
  update(id: string, patch: RunPatch, now: number): Promise<void>;
  /** Deleted for people: neither found nor listed any more; the launcher still brings it to its end. */
  hide(id: string, now: number): Promise<void>;
}

export interface AuditStore {
  append(event: AuditEvent, timestamp: number): Promise<void>;
  list(query: {
    max: number;
    /** Records with a smaller id only. */
    before?: number | undefined;
    event?: string | undefined;
    organisationId?: number | undefined;
  }): Promise<AuditRecord[]>;
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
  workspaces: WorkspaceStore;
  participants: ParticipantStore;
  tokens: TokenStore;
  sessions: SessionStore;
  oneTimeLinks: OneTimeLinkStore;
  identities: IdentityStore;
  managedCredentials: ManagedCredentialStore;
  credentials: WorkspaceCredentialStore;
  sealedValues: SealedValueStore;
  hostKeys: HostKeyStore;
  computeEnvs: ComputeEnvStore;
  runs: RunStore;
  tasks: TaskStore;
  labels: LabelStore;
  audit: AuditStore;
  settings: SettingStore;
}

export interface Store extends Tables {
  /** All or nothing; what `work` throws undoes it. Durable when it resolves. A unique violation is an AppError 409. */
  transaction<Result>(work: (tables: Tables) => Promise<Result>): Promise<Result>;
  /** Answers when the database does. @throws when it does not */
  ping(): Promise<void>;
  close(): Promise<void>;
}
