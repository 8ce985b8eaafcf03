/** Port: how managed identities, credentials, host keys and compute environments are kept. */
import type {
  ComputeEnv,
  HostKey,
  HostKeyOwner,
  ManagedCredential,
  ManagedCredentialRow,
  ManagedIdentity,
  StatusReader,
  WorkspaceCredential,
} from '../clusters.ts';
import type { Page, Paged, Unnumbered } from './paging.ts';
import type { SealedPlace, SealedValue } from './vault.ts';

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
  /** Of all organisations. */
  listSuspended(): Promise<ManagedIdentity[]>;
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
  /** Current ones of an organisation's workspaces that a user has made. */
  listMadeBy(organisationId: number, userId: number): Promise<WorkspaceCredential[]>;
  update(id: string, patch: Partial<Omit<WorkspaceCredential, 'id' | 'createdAt'>>): Promise<void>;
  listDestroyable(now: number): Promise<WorkspaceCredential[]>;
  remove(id: string): Promise<void>;
}

/** One for each identity at most. */
export interface StatusReaderStore {
  find(identityId: number): Promise<StatusReader | undefined>;
  /** Replaces whatever the identity had. */
  put(reader: StatusReader): Promise<void>;
  update(
    identityId: number,
    patch: Partial<Omit<StatusReader, 'identityId' | 'organisationId' | 'createdAt'>>,
  ): Promise<void>;
  remove(identityId: number): Promise<void>;
}

export interface SealedValueStore {
  /** Replaces whatever version was at that place. */
  put(place: SealedPlace, sealed: SealedValue): Promise<void>;
  /** The value at that place and version. */
  get(place: SealedPlace): Promise<SealedValue | undefined>;
  /** Destroys every value of a record, or that of one field, and with it the data key (promise 8). */
  destroy(table: string, record: string, field?: string): Promise<void>;
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
