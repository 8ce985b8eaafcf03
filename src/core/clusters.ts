/** Managed identities, credentials, host keys, compute environments: what a run needs to reach its cluster. */
import type { BudgetSettings, Suspension } from './budgets.ts';
import type { GridConfig } from './grid-config.ts';
import type { Platform } from './platforms.ts';
import type { KeyFacts } from './ports/vault.ts';

/** A cluster that an organisation has registered. */
export interface ManagedIdentity {
  id: number;
  organisationId: number;
  name: string;
  platform: Platform;
  config: GridConfig;
  /** `checked=false` from anyone but the key's own member counts as `true`. */
  requireChecked: boolean;
  /** System accounts that members may nevertheless use as their Linux user (promise 12). */
  allowedSystemUsers: string[];
  /** Why the cluster cannot be used now (host key changed, …); null when all is well. */
  blockedReason: string | null;
  /** How much of it may be used, where its owners have decided. */
  budget: BudgetSettings;
  /** Set while its owners have stopped everything on it. */
  suspension: Suspension | null;
  /** User who edited it last: the author of its scripts. */
  updatedBy: number;
  createdAt: number;
  updatedAt: number;
}

/**
 * `missing`: the entry exists, the key does not. `unverified`: stored, not yet proved on the cluster.
 * `verified`: the cluster said that it is the promised user. `refused`: the cluster refused it.
 */
export type CredentialStatus = 'missing' | 'unverified' | 'verified' | 'refused';

/** One member's key for one cluster. Outside it is known by the member's user id. */
export interface ManagedCredential {
  /** Internal number; names the sealed record. */
  id: number;
  organisationId: number;
  identityId: number;
  userId: number;
  linuxUser: string | null;
  /** The scheduler's account, project or billing group of this member. */
  account: string | null;
  /** Added to this member's submissions alone. */
  headJobOptions: string | null;
  key: KeyFacts | null;
  /** Counts up with each replacement; part of the associated data. */
  keyVersion: number;
  /** Made here to follow `key`, which serves until the cluster has let this one in. */
  nextKey: KeyFacts | null;
  status: CredentialStatus;
  message: string | null;
  verifiedAt: number | null;
  lastUsedAt: number | null;
  createdAt: number;
  updatedAt: number;
  /** Set once deleted: hidden and disabled, the key then serves cancellations alone … */
  retiredAt: number | null;
  /** … and is destroyed at this time at the latest. */
  destroyAt: number | null;
}

/** A managed credential with the member it belongs to; `credential` is null for members who have none. */
export interface ManagedCredentialRow {
  userId: number;
  userName: string;
  email: string;
  firstName: string | null;
  lastName: string | null;
  credential: ManagedCredential | null;
}

/**
 * An account of an owner's choice that asks a cluster's scheduler for the jobs of all members at once. Its key serves
 * that and nothing else: where it does not help, members' own keys do, and nothing is lost.
 */
export interface StatusReader {
  identityId: number;
  organisationId: number;
  linuxUser: string;
  key: KeyFacts;
  /** Counts up with each replacement; part of the associated data. */
  keyVersion: number;
  /** It counts once it is `verified`. */
  status: Exclude<CredentialStatus, 'missing'>;
  message: string | null;
  verifiedAt: number | null;
  /** When it last showed a member's job; null: it never had to. */
  seenAt: number | null;
  /** Linux users whose live jobs the scheduler does not show it. */
  hiddenUsers: string[];
  createdAt: number;
  updatedAt: number;
}

/** An SSH key of a workspace (or of a user's personal context), shared by everybody who may launch there. */
export interface WorkspaceCredential {
  id: string;
  workspaceId: number | null;
  /** Organisation of the workspace; 0 in a personal context. */
  organisationId: number;
  /** Who made it; the owner of the personal context. */
  userId: number;
  name: string;
  description: string | null;
  key: KeyFacts;
  keyVersion: number;
  status: 'AVAILABLE' | 'INVALID';
  message: string | null;
  createdAt: number;
  updatedAt: number;
  lastUsedAt: number | null;
  retiredAt: number | null;
  destroyAt: number | null;
}

/** Which credential a run uses. `id` is the internal number of a managed one, the id of a workspace one. */
export type KeyRef = { kind: 'managed'; id: number } | { kind: 'workspace'; id: string };
/** `none`: of a run that was started by hand, not launched here. */
export type CredentialRef = KeyRef | { kind: 'none'; id: 0 };

/** An identity's status reader; `id` is the identity's. It asks for the state of jobs and can do nothing else: never a run's. */
export type ReaderRef = { kind: 'reader'; id: number };

export const credentialName = (ref: CredentialRef | ReaderRef): string => `${ref.kind}:${ref.id}`;

/** What host keys belong to: an identity, or an environment that names its host itself. */
export type HostKeyOwner = { kind: 'identity'; id: number } | { kind: 'compute-env'; id: string };

export const clusterKeyOf = (owner: HostKeyOwner): string => `${owner.kind}:${owner.id}`;

/** `identity:12` or `compute-env:4kG…`, taken apart again. */
export const ownerOfClusterKey = (clusterKey: string): HostKeyOwner => {
  const id = clusterKey.slice(clusterKey.indexOf(':') + 1);
  return clusterKey.startsWith('identity:')
    ? { kind: 'identity', id: Number(id) }
    : { kind: 'compute-env', id };
};

export type HostKeyStatus = 'PENDING' | 'PINNED' | 'CHANGED';

export interface HostKey {
  type: string;
  /** `type base64` */
  publicKey: string;
  fingerprint: string;
  /** PENDING: seen, not confirmed. PINNED: trusted. CHANGED: shown by the host instead of what is pinned. */
  status: HostKeyStatus;
  firstSeen: number;
  confirmedBy: string | null;
  confirmedAt: number | null;
}

export type ComputeEnvStatus =
  | 'CREATING'
  | 'AVAILABLE'
  | 'DISABLED'
  | 'DELETING'
  | 'DELETED'
  | 'ERRORED'
  | 'INVALID';

export interface ComputeEnv {
  id: string;
  workspaceId: number | null;
  organisationId: number;
  /** Who made it; the owner of the personal context. */
  userId: number;
  name: string;
  description: string | null;
  platform: Platform;
  /** As the client sent it: an id of a workspace credential or, for clients without the notion, of an identity. */
  credentialsId: string | null;
  managedIdentityId: number | null;
  config: GridConfig;
  status: ComputeEnvStatus;
  message: string | null;
  primary: boolean;
  createdAt: number;
  updatedAt: number;
  /** To the minute. */
  lastUsedAt: number | null;
}
