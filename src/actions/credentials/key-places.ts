/** Where private keys lie sealed; what stands in a place is bound to it (promise 3). */
import type { ManagedCredential, StatusReader, WorkspaceCredential } from '#core/clusters.ts';
import type { SealedPlace } from '#core/ports/vault.ts';

export const managedKeyPlace = (
  credential: Pick<ManagedCredential, 'id' | 'organisationId' | 'identityId' | 'userId' | 'keyVersion'>,
): SealedPlace => ({
  organisationId: credential.organisationId,
  table: 'managed_credentials',
  record: String(credential.id),
  field: 'private_key',
  owner: `identity ${credential.identityId}, user ${credential.userId}`,
  version: credential.keyVersion,
});

/** Where a key waits that is to follow the present one; it is sealed anew when it moves up. */
export const nextKeyPlace = (
  credential: Pick<ManagedCredential, 'id' | 'organisationId' | 'identityId' | 'userId' | 'keyVersion'>,
): SealedPlace => ({
  ...managedKeyPlace(credential),
  field: 'next_private_key',
  version: credential.keyVersion + 1,
});

export const workspaceKeyPlace = (
  credential: Pick<WorkspaceCredential, 'id' | 'organisationId' | 'workspaceId' | 'userId' | 'keyVersion'>,
): SealedPlace => ({
  organisationId: credential.organisationId,
  table: 'credentials',
  record: credential.id,
  field: 'private_key',
  owner: `workspace ${credential.workspaceId ?? 'none'}, user ${credential.userId}`,
  version: credential.keyVersion,
});

export const readerKeyPlace = (
  reader: Pick<StatusReader, 'identityId' | 'organisationId' | 'keyVersion'>,
): SealedPlace => ({
  organisationId: reader.organisationId,
  table: 'status_readers',
  record: String(reader.identityId),
  field: 'private_key',
  owner: `identity ${reader.identityId}`,
  version: reader.keyVersion,
});
