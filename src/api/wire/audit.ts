/** Records of the audit log as clients know them. */
import type { z } from 'zod';
import type { NamedRecord } from '#actions/audit-log/names.ts';
import type { auditLog } from '#contract/audit.ts';
import { iso } from './dates.ts';

/** By which clients tell the kinds of states apart. */
const imageTypes: Record<string, string> = { compute_environment: 'compute_env' };

const imageOf = (type: string, state: unknown) =>
  typeof state === 'object' && state !== null
    ? { auditImageType: imageTypes[type] ?? type, ...state }
    : undefined;

const named = (id: number | null, name: string | null) =>
  id ? { id, ...(name !== null && { name }) } : undefined;

export const wireAuditLog = (
  { record, ...names }: NamedRecord,
  withState: boolean,
): z.output<typeof auditLog> => {
  const { actor, client, target, state } = record;
  const { type, organisationId, workspaceId, userId } = target;
  const status = (given: unknown) => (given === undefined ? 'UNAPPLICABLE' : 'RECORDED');
  return {
    id: String(record.id),
    timestamp: iso(record.timestamp),
    event: record.event,
    correlationId: record.correlationId,
    actor: {
      type: actor.type,
      userId: actor.userId ?? undefined,
      userName: actor.userName ?? undefined,
      email: actor.email ?? undefined,
      firstName: names.firstName ?? undefined,
      lastName: names.lastName ?? undefined,
      isRoot: false,
    },
    client: {
      ip: client.ip ?? undefined,
      userAgent: client.userAgent ?? undefined,
      accessTokenId: client.accessTokenId ?? undefined,
    },
    target: {
      type,
      id: target.id,
      name: target.name ?? undefined,
      context: workspaceId ? 'Workspace' : organisationId ? 'Organization' : userId ? 'User' : 'System',
      organization: named(organisationId, names.organisationName),
      workspace: named(workspaceId, names.workspaceName),
      user: named(userId, names.userName),
      state: {
        ...(withState && {
          previousState: imageOf(type, state.previousState),
          newState: imageOf(type, state.newState),
        }),
        metadata: {
          ...(withState && state.metadata),
          contentRequested: withState,
          preStateStatus: status(state.previousState),
          postStateStatus: status(state.newState),
        },
      },
    },
  };
};
