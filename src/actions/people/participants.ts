/** Participants of a workspace. A new one may look on; everything else is given afterwards. */
import type { Caller, WorkspaceScope } from '#core/caller.ts';
import type { Clock } from '#core/clock.ts';
import { badRequest, conflict, forbidden, notFound } from '#core/errors.ts';
import type { MemberRow, ParticipantRow } from '#core/people.ts';
import type { Page, Paged } from '#core/ports/paging.ts';
import type { Store, Tables } from '#core/ports/store.ts';
import { permissionsOf, type WorkspaceRole } from '#core/roles.ts';
import { auditEvent } from '../audit.ts';

export interface ParticipantDeps {
  store: Pick<Store, 'users' | 'members' | 'participants' | 'transaction'>;
  clock: Clock;
}

/** A workspace in an organisation; a personal context has no participants. @throws AppError 404 */
const placeOf = ({ workspaceId, organisationId }: WorkspaceScope) => {
  if (workspaceId === null || organisationId === null) throw notFound('workspace', 0);
  return { workspaceId, organisationId };
};

/** Within a transaction. */
export const insertParticipant = async (
  tables: Pick<Tables, 'participants' | 'audit'>,
  caller: Caller,
  workspaceId: number,
  member: MemberRow,
  role: WorkspaceRole,
  now: number,
): Promise<ParticipantRow> => {
  const made = await tables.participants.insert({ workspaceId, memberId: member.id, role, createdAt: now });
  const { userId, userName, email, firstName, lastName, organisationId } = member;
  const target = { type: 'participant', id: made.id, name: userName, organisationId, workspaceId, userId };
  await tables.audit.append(
    auditEvent(caller, { event: 'participant_added', target, state: { newState: { role } } }),
    now,
  );
  return { ...made, userId, userName, email, firstName, lastName, organisationRole: member.role };
};

/** Nobody hands out, or takes away, more than they may do themselves. @throws AppError 403 */
const checkReach = ({ permissions }: WorkspaceScope, ...roles: WorkspaceRole[]): void => {
  for (const role of roles)
    for (const permission of permissionsOf(role))
      if (!permissions.has(permission))
        throw forbidden(
          `The role ${role} allows more than yours here (${permission}): ask an owner of the workspace`,
        );
};

export const createParticipantActions = ({ store, clock }: ParticipantDeps) => ({
  /** An exact user name or e-mail finds that one alone: some clients take the first row without looking at its name. */
  async list(scope: WorkspaceScope, query: Page & { search?: string }): Promise<Paged<ParticipantRow>> {
    const { workspaceId, organisationId } = placeOf(scope);
    const user = query.search && (await store.users.findByNameOrEmail(query.search.trim()));
    const member = user && (await store.members.findByUser(organisationId, user.id));
    const exact = member && (await store.participants.findByMember(workspaceId, member.id));
    if (!exact) return store.participants.list(workspaceId, query);
    return { rows: [exact].slice(query.offset, query.offset + query.max), totalSize: 1 };
  },

  /** @throws AppError 404 for who is no member of the organisation, 409 for a participant */
  add: (
    caller: Caller,
    scope: WorkspaceScope,
    who: { memberId?: number; teamId?: number; userNameOrEmail?: string },
  ): Promise<ParticipantRow> =>
    store.transaction(async (tables) => {
      const { workspaceId, organisationId } = placeOf(scope);
      if (who.teamId !== undefined) throw notFound('team', who.teamId);
      if (who.memberId === undefined && who.userNameOrEmail === undefined)
        throw badRequest('memberId: is missing: give memberId or userNameOrEmail');
      const user = who.userNameOrEmail && (await tables.users.findByNameOrEmail(who.userNameOrEmail));
      const member =
        who.memberId === undefined
          ? user && (await tables.members.findByUser(organisationId, user.id))
          : await tables.members.findById(organisationId, who.memberId);
      if (!member) throw notFound('member', who.memberId ?? who.userNameOrEmail ?? '');
      if (await tables.participants.findByMember(workspaceId, member.id))
        throw conflict(`${member.userName} is a participant of this workspace already`);
      return insertParticipant(tables, caller, workspaceId, member, 'view', clock.now());
    }),

  setRole: (
    caller: Caller,
    scope: WorkspaceScope,
    participantId: number,
    role: WorkspaceRole,
  ): Promise<void> =>
    store.transaction(async (tables) => {
      const { workspaceId, organisationId } = placeOf(scope);
      const before = await tables.participants.findById(workspaceId, participantId);
      if (!before) throw notFound('participant', participantId);
      checkReach(scope, before.role, role);
      await tables.participants.setRole(participantId, role);
      const { userId, userName: name } = before;
      const target = { type: 'participant', id: participantId, name, organisationId, workspaceId, userId };
      const state = { previousState: { role: before.role }, newState: { role } };
      const facts = { event: 'participant_updated' as const, target, state };
      await tables.audit.append(auditEvent(caller, facts), clock.now());
    }),
});

export type ParticipantActions = ReturnType<typeof createParticipantActions>;
