/**
 * Port: what people may do with clusters, credentials and environments (runs: `run-actions.ts`). `src/actions` implements it, the handlers
 * of `src/api` call it. Input is clean (parsed, capped, nulls gone), the scope is authorised for the route's permission,
 * and answers are core records: how they look on the wire is the handlers' business.
 *
 * A refusal that carries more than its sentence puts it into `AppError.details.answer`, which is merged into the body:
 * `conflict(message, { answer: { managedCredentialsId: '41', conflicts } })`.
 */

import type { BudgetSettings } from '../budgets.ts';
import type { Caller, OrganisationScope, WorkspaceScope } from '../caller.ts';
import type {
  ComputeEnv,
  HostKey,
  HostKeyOwner,
  HostKeyStatus,
  ManagedCredential,
  ManagedCredentialRow,
  ManagedIdentity,
  WorkspaceCredential,
} from '../clusters.ts';
import type { GridConfig } from '../grid-config.ts';
import type { Platform } from '../platforms.ts';
import type { Page, Paged } from './paging.ts';
import type { AccountReport } from './scheduler.ts';

/** What stands in the way of a checked delete. */
export interface Conflict {
  type: 'workflow';
  id: string;
  name: string;
  /** Where a person can see it. */
  url: string;
}

export interface NewKey {
  /** As pasted, byte for byte. */
  privateKey: string;
  passphrase?: string;
}

export interface NewIdentity {
  /** Asked for by declarative clients; honoured where it is free. */
  id?: number;
  name: string;
  platform: Platform;
  config: GridConfig;
  /** Host keys known beforehand (`type base64`): pinned at once. */
  hostKeys?: string[];
  requireChecked?: boolean;
  allowedSystemUsers?: string[];
  budget?: BudgetSettings;
}

export interface IdentityPatch {
  name?: string;
  platform?: Platform;
  /** Replaces the whole configuration. */
  config?: GridConfig;
  /** Laid over the present configuration by clients that know no other field. */
  hostName?: string;
  port?: number;
  hostKeys?: string[];
  requireChecked?: boolean;
  allowedSystemUsers?: string[];
  /** Replaces the whole budget; what it leaves out is the default. */
  budget?: BudgetSettings;
}

export interface IdentityActions {
  list(
    caller: Caller,
    scope: OrganisationScope,
    query: Page & { search?: string; platform?: Platform },
  ): Promise<Paged<ManagedIdentity>>;
  describe(caller: Caller, scope: OrganisationScope, id: number): Promise<ManagedIdentity>;
  create(caller: Caller, scope: OrganisationScope, input: NewIdentity): Promise<ManagedIdentity>;
  update(caller: Caller, scope: OrganisationScope, id: number, patch: IdentityPatch): Promise<void>;
  /** @throws AppError 409 with `answer: {managedCredentialsId, conflicts}` when checked and in use */
  remove(caller: Caller, scope: OrganisationScope, id: number, how: { checked: boolean }): Promise<void>;
}

/** The stop button of a cluster. Both may be pressed again: what is so already stays as it is. */
export interface SuspensionActions {
  /** Closes all channels of the cluster; its runs and launches wait. */
  suspend(
    caller: Caller,
    scope: OrganisationScope,
    id: number,
    reason: string | null,
  ): Promise<ManagedIdentity>;
  /** What waited goes on. */
  resume(caller: Caller, scope: OrganisationScope, id: number): Promise<ManagedIdentity>;
}

export interface ManagedCredentialInput {
  key?: NewKey;
  /**
   * A key is to be made here. It takes the place of a missing or refused one at once; beside one that may work it waits
   * as the next key, until the cluster lets it in. Never together with `key`.
   */
  generate?: 'ed25519';
  linuxUser?: string;
  /** The scheduler's account for this member; null takes it away, absent leaves it. */
  account?: string | null;
  /** Added to this member's submissions alone; null takes it away, absent leaves it. */
  headJobOptions?: string | null;
  /**
   * The wrapped body of declarative clients, which cannot carry a key: keep what there is, or note an entry that still
   * misses its key. Without it a missing key or Linux user is a 400 that names the field.
   */
  adopt: boolean;
}

/**
 * `userId` names the member and is the credential's number outside. Own: everybody. Another's: organisation owners, for
 * the rest a 403. Who is no member of the organisation: 404.
 */
export interface ManagedCredentialActions {
  /** Owners see every member, everybody else their own row alone. */
  list(
    caller: Caller,
    scope: OrganisationScope,
    identityId: number,
    query: Page & { userId?: number; search?: string; state?: 'missing' | 'added' },
  ): Promise<Paged<ManagedCredentialRow>>;
  /** Creates or replaces the member's one credential on this identity. */
  create(
    caller: Caller,
    scope: OrganisationScope,
    identityId: number,
    userId: number,
    input: ManagedCredentialInput,
  ): Promise<ManagedCredential>;
  /** As create; heals an entry that has vanished (upsert). */
  update(
    caller: Caller,
    scope: OrganisationScope,
    identityId: number,
    userId: number,
    input: ManagedCredentialInput,
  ): Promise<void>;
  remove(
    caller: Caller,
    scope: OrganisationScope,
    identityId: number,
    userId: number,
    how: { checked: boolean },
  ): Promise<void>;
  /** Logs in as the member and tells what the cluster answered. */
  verify(
    caller: Caller,
    scope: OrganisationScope,
    identityId: number,
    userId: number,
  ): Promise<CredentialVerification>;
}

export interface CredentialVerification {
  ok: boolean;
  message: string;
  /** A sentence for whatever is not as it should be. */
  findings: string[];
  /** What the cluster answered; null when it could not be asked. */
  report: AccountReport | null;
}

export interface HostKeyView {
  status: HostKeyStatus;
  hostKeys: HostKey[];
  /** What is to be done; null when nothing is. */
  message: string | null;
}

export interface HostKeyDecision {
  /** Fingerprints to confirm, as shown. */
  confirm?: string[];
  /** Keys known from elsewhere (`type base64`), replacing what is pinned. */
  hostKeys?: string[];
}

/** For an identity the scope is its organisation, for an environment its workspace. */
export interface HostKeyActions {
  /** `scan` asks the host for its keys now; nothing is offered to it. */
  list(
    caller: Caller,
    scope: OrganisationScope | WorkspaceScope,
    owner: HostKeyOwner,
    how: { scan: boolean },
  ): Promise<HostKeyView>;
  decide(
    caller: Caller,
    scope: OrganisationScope | WorkspaceScope,
    owner: HostKeyOwner,
    decision: HostKeyDecision,
  ): Promise<HostKeyView>;
}

export interface NewCredential {
  name: string;
  description?: string;
  key: NewKey;
}

export interface CredentialPatch {
  name?: string;
  description?: string;
  key?: NewKey;
}

export interface Validation<Status extends string> {
  status: Status;
  message: string | null;
  /** The network or the cluster failed, not the thing that was checked: `status` is the last known one. */
  transientError: boolean;
}

export interface CredentialActions {
  /**
   * With a grid `platformId`: also the managed identities of that platform that the workspace's organisation has, for
   * clients without a notion of them. With any other `platformId`: nothing.
   */
  list(
    caller: Caller,
    scope: WorkspaceScope,
    query: { platformId?: string },
  ): Promise<{ credentials: WorkspaceCredential[]; identities: ManagedIdentity[] }>;
  describe(caller: Caller, scope: WorkspaceScope, id: string): Promise<WorkspaceCredential>;
  /** @throws AppError 400 for a bad name, 409 for a taken one */
  validateName(caller: Caller, scope: WorkspaceScope, name: string): Promise<void>;
  create(caller: Caller, scope: WorkspaceScope, input: NewCredential): Promise<WorkspaceCredential>;
  update(caller: Caller, scope: WorkspaceScope, id: string, patch: CredentialPatch): Promise<void>;
  /** @throws AppError 409 with `answer: {credentialsId, conflicts}` when checked and in use */
  remove(caller: Caller, scope: WorkspaceScope, id: string, how: { checked: boolean }): Promise<void>;
  validate(caller: Caller, scope: WorkspaceScope, id: string): Promise<Validation<'AVAILABLE' | 'INVALID'>>;
  /** @throws AppError 403 for whoever sees the credentials: keys go in and never out */
  encryptedKeys(caller: Caller, scope: WorkspaceScope, id: string): Promise<never>;
}

export interface NewComputeEnv {
  name: string;
  description?: string;
  platform: Platform;
  /** As sent; digits alone name a managed identity. Given back verbatim. */
  credentialsId?: string;
  managedIdentityId?: number;
  config: GridConfig;
  /** For environments that name a host themselves. */
  hostKeys?: string[];
  /** Absent: the workspace's default resource labels. */
  labelIds?: number[];
}

export interface ComputeEnvPatch {
  name?: string;
  description?: string;
  credentialsId?: string;
}

export interface ComputeEnvActions {
  list(caller: Caller, scope: WorkspaceScope, query: { status?: string }): Promise<ComputeEnv[]>;
  /** Deleted ones too, as `DELETED`: clients poll for it. */
  describe(caller: Caller, scope: WorkspaceScope, id: string): Promise<ComputeEnv>;
  validateName(caller: Caller, scope: WorkspaceScope, name: string): Promise<void>;
  create(caller: Caller, scope: WorkspaceScope, input: NewComputeEnv): Promise<ComputeEnv>;
  update(caller: Caller, scope: WorkspaceScope, id: string, patch: ComputeEnvPatch): Promise<void>;
  /** `force` stops live runs, which otherwise are a 409 with `answer: {conflicts}`. */
  remove(caller: Caller, scope: WorkspaceScope, id: string, how?: { force: boolean }): Promise<void>;
  /** Checks again, as after creation. */
  validate(caller: Caller, scope: WorkspaceScope, id: string): Promise<Validation<ComputeEnv['status']>>;
  setPrimary(caller: Caller, scope: WorkspaceScope, id: string): Promise<void>;
  setEnabled(caller: Caller, scope: WorkspaceScope, id: string, enabled: boolean): Promise<void>;
}
