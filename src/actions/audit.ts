/** Making audit events: the caller's side of one is the same everywhere. Append it in the transaction of the change. */
import { createHash } from 'node:crypto';
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

/** How a text that may be long or sensitive appears in the audit log. */
export const digest = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`;

const longestText = 1_024;
/** None of these is ever given; should one slip in, its value stays out. */
const secretName = /^(private_?key|passphrase|password|secret|token|access_?key|refresh_?token)$/i;

/** Large texts as hashes, however deep they lie. */
const shownIn = (value: unknown, name = ''): unknown => {
  if (typeof value === 'string') {
    if (secretName.test(name)) return 'hidden';
    return value.length > longestText ? digest(value) : value;
  }
  if (Array.isArray(value)) return value.map((element) => shownIn(element, name));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, shownIn(field, key)]));
};

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
  state: shownIn(state) as AuditEvent['state'],
});
