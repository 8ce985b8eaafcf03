/** Audit records of clusters, keys and environments: one short call each, inside the transaction they belong to. */
import type { AuditEvent, AuditEventName } from '#core/audit.ts';
import { type Caller, systemCaller } from '#core/caller.ts';
import type { ComputeEnv, ManagedCredential, ManagedIdentity, WorkspaceCredential } from '#core/clusters.ts';
import type { GridConfig } from '#core/grid-config.ts';
import type { Tables } from '#core/ports/store.ts';
import type { Run } from '#core/runs.ts';
import { auditEvent, digest } from '../audit.ts';

type Target = AuditEvent['target'];

export const identityTarget = (identity: ManagedIdentity): Target => ({
  type: 'managed_identity',
  id: String(identity.id),
  name: identity.name,
  organisationId: identity.organisationId,
  workspaceId: null,
  userId: null,
});

/** Outside, a managed credential is known by its member and identity. */
export const managedCredentialTarget = (
  credential: Pick<ManagedCredential, 'organisationId' | 'identityId' | 'userId'>,
  name: string | null = null,
): Target => ({
  type: 'managed_credentials',
  id: `${credential.identityId}/${credential.userId}`,
  name,
  organisationId: credential.organisationId,
  workspaceId: null,
  userId: credential.userId,
});

export const credentialTarget = (credential: WorkspaceCredential): Target => ({
  type: 'credentials',
  id: credential.id,
  name: credential.name,
  organisationId: credential.organisationId || null,
  workspaceId: credential.workspaceId,
  userId: credential.userId,
});

export const environmentTarget = (environment: ComputeEnv): Target => ({
  type: 'compute_environment',
  id: environment.id,
  name: environment.name,
  organisationId: environment.organisationId || null,
  workspaceId: environment.workspaceId,
  userId: environment.userId,
});

export const runTarget = (run: Run): Target => ({
  type: 'workflow',
  id: run.id,
  name: run.runName,
  organisationId: run.organisationId || null,
  workspaceId: run.workspaceId,
  userId: run.userId,
});

/** A configuration as the audit log shows it: scripts and the values of variables as digests. */
export const auditedConfig = (config: GridConfig): Record<string, unknown> => {
  const shown: Record<string, unknown> = { ...config };
  for (const field of ['preRunScript', 'postRunScript', 'nextflowConfig'] as const) {
    if (config[field]) shown[field] = digest(config[field]);
  }
  if (config.environment) {
    shown['environment'] = config.environment.map(({ value, ...rest }) => ({
      ...rest,
      value: digest(value),
    }));
  }
  return shown;
};

/** Appends one record. `caller` null: the service itself did it. */
export const record = (
  tables: Pick<Tables, 'audit'>,
  now: number,
  caller: Caller | null,
  event: AuditEventName,
  target: Target,
  state: AuditEvent['state'] = {},
): Promise<void> => {
  const who = caller ?? systemCaller(`${target.type}-${target.id}`);
  return tables.audit.append(auditEvent(who, { event, target, state }), now);
};
