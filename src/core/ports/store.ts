/** Port: everything that is kept. `src/store` implements it on SQLite and PostgreSQL; users name a narrow `Pick`. */
import type { AuditEvent, AuditRecord } from '../audit.ts';
import type {
  ComputeEnv,
  CredentialRef,
  HostKey,
  HostKeyOwner,
  ManagedCredential,
  ManagedCredentialRow,
  ManagedIdentity,
  WorkspaceCredential,
} from '../clusters.ts';
import type {
  AccessToken,
  Member,
  MemberRow,
  OneTimeLink,
  Organisation,
  Participant,
  ParticipantRow,
  Session,
  User,
  Workspace,
} from '../people.ts';
import type { OrganisationRole, WorkspaceRole } from '../roles.ts';
import type { Run, RunPatch, RunStatus } from '../runs.ts';
import type { SealedPlace, SealedValue } from './vault.ts';

export interface Page {
  max: number;
  offset: number;
}

export interface Paged<Row> {
  rows: Row[];
  totalSize: number;
}

type Unnumbered<Row extends { id: unknown }> = Omit<Row, 'id'>;

export interface UserStore {
  insert(user: Unnumbered<User>): Promise<User>;
  find(id: number): Promise<User | undefined>;
  /** By user name (exact) or e-mail (any case). */
  findByNameOrEmail(nameOrEmail: string): Promise<User | undefined>;
  update(
    id: number,
    patch: Partial<Pick<User, 'firstName' | 'lastName' | 'passwordHash' | 'lastAccessAt'>>,
  ): Promise<void>;
  count(): Promise<number>;
}

export interface OrganisationStore {
  insert(organisation: Unnumbered<Organisation>): Promise<Organisation>;
  find(id: number): Promise<Organisation | undefined>;
  findByName(name: string): Promise<Organisation | undefined>;
  update(id: number, patch: Partial<Unnumbered<Organisation>>): Promise<void>;
  /** Organisations of a user, oldest membership first. */
  listOfUser(userId: number): Promise<{ organisation: Organisation; member: Member }[]>;
}

export interface MemberStore {
  insert(member: Unnumbered<Member>): Promise<Member>;
  findById(organisationId: number, memberId: number): Promise<MemberRow | undefined>;
  findByUser(organisationId: number, userId: number): Promise<MemberRow | undefined>;
  /** `search`: an exact user name or e-mail gives that row alone; otherwise free text, exact matches first. */
  list(
    organisationId: number,
    query: Page & { search?: string | undefined; roles?: readonly OrganisationRole[] },
  ): Promise<Paged<MemberRow>>;
  setRole(memberId: number, role: OrganisationRole): Promise<void>;
  remove(memberId: number): Promise<void>;
  countOwners(organisationId: number): Promise<number>;
}

export interface WorkspaceStore {
  insert(workspace: Unnumbered<Workspace>): Promise<Workspace>;
  find(id: number): Promise<Workspace | undefined>;
  findByName(organisationId: number, name: string): Promise<Workspace | undefined>;
  update(id: number, patch: Partial<Unnumbered<Workspace>>): Promise<void>;
  listOfOrganisation(organisationId: number): Promise<Workspace[]>;
}

export interface ParticipantStore {
  insert(participant: Unnumbered<Participant>): Promise<Participant>;
  findById(workspaceId: number, participantId: number): Promise<ParticipantRow | undefined>;
  findByMember(workspaceId: number, memberId: number): Promise<ParticipantRow | undefined>;
  list(workspaceId: number, query: Page & { search?: string | undefined }): Promise<Paged<ParticipantRow>>;
  /** Roles that a user holds directly: workspace id → role. */
  rolesOfUser(userId: number): Promise<Map<number, WorkspaceRole>>;
  setRole(participantId: number, role: WorkspaceRole): Promise<void>;
  remove(participantId: number): Promise<void>;
}

export interface TokenStore {
  insert(token: Unnumbered<AccessToken>): Promise<AccessToken>;
  find(id: number): Promise<AccessToken | undefined>;
  /** Newest first. */
  listOfUser(userId: number): Promise<AccessToken[]>;
  touch(id: number, usedAt: number): Promise<void>;
  remove(id: number): Promise<void>;
}

export interface SessionStore {
  insert(session: Session): Promise<void>;
  find(hash: string): Promise<Session | undefined>;
  touch(hash: string, seenAt: number): Promise<void>;
  remove(hash: string): Promise<void>;
  removeExpired(now: number): Promise<void>;
}

export interface OneTimeLinkStore {
  insert(link: OneTimeLink): Promise<void>;
  find(hash: string): Promise<OneTimeLink | undefined>;
  /** Marks it used; false when it was used or has expired already: only one caller ever gets true. */
  use(hash: string, now: number): Promise<boolean>;
  /** Removes unused links of a purpose, so that only the newest works. */
  removeUnused(purpose: OneTimeLink['purpose']): Promise<void>;
}

export interface IdentityStore {
  /** With the number asked for, where one is and it is free (409 otherwise). */
  insert(identity: Unnumbered<ManagedIdentity> & { id?: number | undefined }): Promise<ManagedIdentity>;
  find(id: number): Promise<ManagedIdentity | undefined>;
  findByName(organisationId: number, name: string): Promise<ManagedIdentity | undefined>;
  /** `search`: free text on the name, case-insensitive; by name. */
  list(
    organisationId: number,
    query: Page & { search?: string | undefined; platform?: string | undefined },
  ): Promise<Paged<ManagedIdentity>>;
  update(
    id: number,
    patch: Partial<Omit<ManagedIdentity, 'id' | 'organisationId' | 'createdAt'>>,
  ): Promise<void>;
  remove(id: number): Promise<void>;
}

export interface ManagedCredentialStore {
  insert(credential: Unnumbered<ManagedCredential>): Promise<ManagedCredential>;
  /** By internal number, retired ones too. */
  findById(id: number): Promise<ManagedCredential | undefined>;
  /** The member's current one on an identity. */
  find(identityId: number, userId: number): Promise<ManagedCredential | undefined>;
  /** Current ones of an identity. */
  listOfIdentity(identityId: number): Promise<ManagedCredential[]>;
  /**
   * One row per organisation member (`everyMember`) or only those with a credential. Order: `firstUserId`'s own row if
   * it has a credential, then those with one, then the missing; each by user name. An entry without a key counts as
   * missing for `state`.
   */
  listRows(
    query: Page & {
      organisationId: number;
      identityId: number;
      firstUserId: number;
      userId?: number | undefined;
      search?: string | undefined;
      state?: 'missing' | 'added' | undefined;
    },
  ): Promise<Paged<ManagedCredentialRow>>;
  update(
    id: number,
    patch: Partial<Omit<ManagedCredential, 'id' | 'organisationId' | 'identityId' | 'userId' | 'createdAt'>>,
  ): Promise<void>;
  /** Retired ones whose time has come. */
  listDestroyable(now: number): Promise<ManagedCredential[]>;
  remove(id: number): Promise<void>;
}

export interface WorkspaceCredentialStore {
  insert(credential: WorkspaceCredential): Promise<void>;
  /** Retired ones too. */
  find(id: string): Promise<WorkspaceCredential | undefined>;
  /** Current ones of a workspace, or (workspaceId null) of a user's personal context; by name. */
  list(context: { workspaceId: number | null; userId: number }): Promise<WorkspaceCredential[]>;
  update(id: string, patch: Partial<Omit<WorkspaceCredential, 'id' | 'createdAt'>>): Promise<void>;
  listDestroyable(now: number): Promise<WorkspaceCredential[]>;
  remove(id: string): Promise<void>;
}

export interface SealedValueStore {
  /** Replaces whatever version was at that place. */
  put(place: SealedPlace, sealed: SealedValue): Promise<void>;
  /** The value at that place and version. */
  get(place: SealedPlace): Promise<SealedValue | undefined>;
  /** Destroys every value of a record, and with it the data key (promise 8). */
  destroy(table: string, record: string): Promise<void>;
}

export interface HostKeyStore {
  list(owner: HostKeyOwner): Promise<HostKey[]>;
  /** Inserts or, for the same public key, updates. */
  put(owner: HostKeyOwner, key: HostKey): Promise<void>;
  remove(owner: HostKeyOwner, publicKey: string): Promise<void>;
  removeAll(owner: HostKeyOwner): Promise<void>;
}

export interface ComputeEnvStore {
  insert(environment: ComputeEnv): Promise<void>;
  /** Deleted ones too. */
  find(id: string): Promise<ComputeEnv | undefined>;
  /** Not deleted; newest first. */
  list(context: {
    workspaceId: number | null;
    userId: number;
    status?: string | undefined;
  }): Promise<ComputeEnv[]>;
  listOfIdentity(identityId: number): Promise<ComputeEnv[]>;
  /** Not deleted, using a workspace credential. */
  listOfCredential(credentialsId: string): Promise<ComputeEnv[]>;
  /** Still `CREATING`: to be checked (again) after a restart. */
  listUnchecked(): Promise<ComputeEnv[]>;
  update(
    id: string,
    patch: Partial<
      Pick<
        ComputeEnv,
        | 'name'
        | 'description'
        | 'credentialsId'
        | 'config'
        | 'status'
        | 'message'
        | 'primary'
        | 'lastUsedAt'
        | 'updatedAt'
      >
    >,
  ): Promise<void>;
}

export interface RunQuery extends Page {
  workspaceId: number | null;
  /** Personal context (workspaceId null): whose. */
  userId: number;
  /** Free text on run name, pipeline, user name and id. */
  search?: string | undefined;
  statuses?: readonly RunStatus[] | undefined;
  userName?: string | undefined;
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
