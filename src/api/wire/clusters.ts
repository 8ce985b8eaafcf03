/** Clusters, keys and environments as clients know them. No key ever passes through here. */

import type { z } from 'zod';
import type { computeEnv, computeEnvRow } from '#contract/compute-envs.ts';
import type { credential } from '#contract/credentials.ts';
import type { listIdentityHostKeys } from '#contract/host-keys.ts';
import type { identity, identityActivity, identityRow } from '#contract/identities.ts';
import type { createManagedCredentials, credentialRow } from '#contract/managed-credentials.ts';
import type { AnswerBody } from '#contract/route.ts';
import { authorizedKeysLine } from '#core/authorized-keys.ts';
import { budgetOf, type Suspension } from '#core/budgets.ts';
import type {
  ComputeEnv,
  ManagedCredential,
  ManagedCredentialRow,
  ManagedIdentity,
  WorkspaceCredential,
} from '#core/clusters.ts';
import { defaultPort } from '#core/grid-config.ts';
import type { Label } from '#core/labels.ts';
import type { HostKeyView } from '#core/ports/actions.ts';
import type { ClusterActivity } from '#core/ports/activity.ts';
import type { KeyFacts } from '#core/ports/vault.ts';
import { iso, isoOrAbsent } from './dates.ts';
import { wireLabel } from './labels.ts';

export const wireIdentityRow = ({
  id,
  name,
  platform,
  config,
}: ManagedIdentity): z.output<typeof identityRow> => ({
  id,
  name,
  platform,
  config,
});

const wireSuspension = ({ since, userName, reason }: Suspension) => ({
  since: iso(since),
  by: userName,
  reason: reason ?? undefined,
});

export const wireIdentity = (record: ManagedIdentity): z.output<typeof identity> => {
  const row = wireIdentityRow(record);
  const { hostName, port = defaultPort } = record.config;
  return {
    ...row,
    requireChecked: record.requireChecked,
    allowedSystemUsers: record.allowedSystemUsers,
    blockedReason: record.blockedReason ?? undefined,
    budget: budgetOf(record.budget),
    suspended: record.suspension ? wireSuspension(record.suspension) : undefined,
    managedIdentity: { ...row, hostName, port, orgId: record.organisationId },
  };
};

export const wireActivity = ({
  since,
  until,
  members,
}: ClusterActivity): AnswerBody<typeof identityActivity> => ({
  since: iso(since),
  until: iso(until),
  members,
});

const publicHalf = (
  { publicKey }: Pick<KeyFacts, 'publicKey'>,
  { identityId, userId }: Pick<ManagedCredential, 'identityId' | 'userId'>,
) => ({
  publicKey,
  authorizedKeysLine: authorizedKeysLine(publicKey, `latchkey:identity-${identityId}:user-${userId}`),
});

/** The newest key of a member is the one that was just saved or made. */
export const wireSavedCredential = (
  saved: ManagedCredential,
): AnswerBody<typeof createManagedCredentials> => {
  const newest = saved.nextKey ?? saved.key;
  return {
    managedCredentialsId: saved.userId,
    managedCredentials: { id: saved.userId },
    status: saved.status,
    message: saved.message ?? undefined,
    ...(newest && publicHalf(newest, saved)),
  };
};

export const wireCredentialRow = (
  { credential: found, ...member }: ManagedCredentialRow,
  { id: managedIdentityId, organisationId: orgId }: Pick<ManagedIdentity, 'id' | 'organisationId'>,
): z.output<typeof credentialRow> => ({
  managedCredentialsId: found === null ? null : member.userId,
  managedIdentityId,
  orgId,
  userId: member.userId,
  userName: member.userName,
  firstName: member.firstName ?? undefined,
  lastName: member.lastName ?? undefined,
  provider: 'ssh',
  metadata:
    found === null
      ? undefined
      : {
          discriminator: 'ssh',
          userName: found.linuxUser ?? undefined,
          account: found.account ?? undefined,
          headJobOptions: found.headJobOptions ?? undefined,
        },
  status: found?.status ?? 'missing',
  message: found?.message ?? undefined,
  fingerprint: found?.key?.fingerprint,
  keyType: found?.key?.type,
  keyBits: found?.key?.bits,
  ...(found?.key && publicHalf(found.key, found)),
  nextKey: found?.nextKey
    ? { fingerprint: found.nextKey.fingerprint, ...publicHalf(found.nextKey, found) }
    : undefined,
});

export const wireHostKeys = ({
  status,
  message,
  hostKeys,
}: HostKeyView): AnswerBody<typeof listIdentityHostKeys> => ({
  status,
  message,
  hostKeys: hostKeys.map((key) => ({ ...key, firstSeen: iso(key.firstSeen) })),
});

export const wireCredential = (record: WorkspaceCredential): z.output<typeof credential> => ({
  id: record.id,
  name: record.name,
  description: record.description ?? undefined,
  provider: 'ssh',
  status: record.status,
  message: record.message ?? undefined,
  dateCreated: iso(record.createdAt),
  lastUpdated: iso(record.updatedAt),
  lastUsed: isoOrAbsent(record.lastUsedAt),
  fingerprint: record.key.fingerprint,
  keyType: record.key.type,
  keyBits: record.key.bits,
});

/** A managed identity among credentials, for clients without a notion of it: its id works as `credentialsId`. */
export const wireIdentityAsCredential = (record: ManagedIdentity): z.output<typeof credential> => ({
  id: String(record.id),
  name: record.name,
  description: 'Managed identity: each member connects with a key of their own',
  provider: 'ssh',
  status: record.blockedReason === null ? 'AVAILABLE' : 'INVALID',
  message: record.blockedReason ?? undefined,
  dateCreated: iso(record.createdAt),
  lastUpdated: iso(record.updatedAt),
});

const idText = (id: number | null): string | null => (id === null ? null : String(id));

export const wireComputeEnvRow = (
  record: ComputeEnv,
  workspaceName: string | null,
  labels: readonly Label[] = [],
): z.output<typeof computeEnvRow> => ({
  id: record.id,
  name: record.name,
  description: record.description ?? undefined,
  platform: record.platform,
  status: record.status,
  message: record.message ?? undefined,
  primary: record.primary,
  credentialsId: record.credentialsId ?? undefined,
  managedIdentityId: idText(record.managedIdentityId) ?? undefined,
  workDir: record.config.workDir,
  workspaceName: workspaceName ?? undefined,
  visibility: record.workspaceId === null ? 'PRIVATE' : 'SHARED',
  lastUsed: isoOrAbsent(record.lastUsedAt),
  labels: labels.map(wireLabel),
});

export const wireComputeEnv = (
  record: ComputeEnv,
  labels: readonly Label[] = [],
): z.output<typeof computeEnv> => ({
  id: record.id,
  name: record.name,
  description: record.description ?? undefined,
  platform: record.platform,
  config: record.config,
  credentialsId: record.credentialsId ?? undefined,
  managedIdentityId: idText(record.managedIdentityId),
  orgId: record.organisationId || undefined,
  workspaceId: record.workspaceId ?? undefined,
  status: record.status,
  message: record.message ?? undefined,
  primary: record.primary,
  deleted: record.status === 'DELETED',
  dateCreated: iso(record.createdAt),
  lastUpdated: iso(record.updatedAt),
  lastUsed: isoOrAbsent(record.lastUsedAt),
  labels: labels.map(wireLabel),
});
