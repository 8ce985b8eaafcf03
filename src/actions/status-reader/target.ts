/** How audit records name a status reader, and what they show of one. */
import type { AuditEvent } from '#core/audit.ts';
import type { ManagedIdentity, StatusReader } from '#core/clusters.ts';
import { identityTarget } from '../clusters/cluster-audit.ts';

export const readerTarget = (identity: ManagedIdentity): AuditEvent['target'] => ({
  ...identityTarget(identity),
  type: 'status_reader',
});

export const shownReader = ({ linuxUser, key, keyVersion, status }: StatusReader) => ({
  linuxUser,
  fingerprint: key.fingerprint,
  keyVersion,
  status,
});
