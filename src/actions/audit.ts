/** Making audit events: the caller's side of one is the same everywhere. Append it in the transaction of the change. */
import type { AuditEvent, AuditEventName } from '#core/audit.ts';
import type { Caller } from '#core/caller.ts';
import { systemUserId } from '#core/caller.ts';

export interface AuditTarget {
  /** `managed_identity`, `workflow`, … */
  type: string;
  id: string | number;
  name?: string | null;
  organisationId?: number | null;
  workspaceId?: number | null;
  /** Whom it concerns, where that is not the actor. */
  userId?: number | null;
}

export interface AuditFacts {
  event: AuditEventName;
  target: AuditTarget;
  /** Holds no secrets: hashes and digests alone. */
  state?: AuditEvent['state'];
}

/** An event as `AuditStore.append` takes it. */
export const auditEvent = (caller: Caller, { event, target, state = {} }: AuditFacts): AuditEvent => ({
  event,
  correlationId: caller.correlationId,
  actor:
    caller.userId === systemUserId
      ? { type: 'system', userId: null, userName: null, email: null }
      : { type: 'user', userId: caller.userId, userName: caller.userName, email: caller.email },
  client: { ip: caller.ip, userAgent: caller.userAgent, accessTokenId: caller.tokenId },
  target: {
    type: target.type,
    id: String(target.id),
    name: target.name ?? null,
    organisationId: target.organisationId ?? null,
    workspaceId: target.workspaceId ?? null,
    userId: target.userId ?? null,
  },
  state,
});
