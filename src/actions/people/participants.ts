/** Participants of a workspace: members, collaborators, teams. A new one may look on; everything else is given afterwards. */
import type { Caller, WorkspaceScope } from '#core/caller.ts';
import type { Clock } from '#core/clock.ts';
import { badRequest, conflict, forbidden, notFound } from '#core/errors.ts';
import type { MemberRow, ParticipantRow, RoleRef } from '#core/people.ts';
import type { Page, Paged } from '#core/ports/paging.ts';
import type { Store, Tables } from '#core/ports/store.ts';
import { type WorkspacePermission, type WorkspaceRole } from '#core/roles.ts';
import { auditEvent } from '../audit.ts';
import { resolveRole } from './custom-roles.ts';
import { insertMember } from './members.ts';

export interface ParticipantDeps {
  store: Pick<Store, 'participants' | 'transaction'>;
  clock: Clock;
}

export interface NewParticipant {
  memberId?: number;
  teamId?: number;
  userNameOrEmail?: string;
}

type Place = { workspaceId: number; organisationId: number };

/** A workspace in an organisation; a personal context has no participants. @throws AppError 404 */
const placeOf = ({ workspaceId, organisationId }: WorkspaceScope): Place => {
  if (workspaceId === null || organisationId === null) throw notFound('workspace', 0);
  return { workspaceId, organisationId };
};

const targetOf = (row: ParticipantRow, { organisationId, workspaceId }: Place) => ({
  type: 'participant',
  id: row.id,
  name: row.userName ?? row.teamName,
  organisationId,
  workspaceId,
  userId: row.userId,
});

/** Within a transaction. */
const insertRow = async (
  tables: Pick<Tables, 'participants' | 'audit'>,
  caller: Caller,
  place: Place,
  who: { memberId: number; teamId: null } | { memberId: null; teamId: number },
  ref: RoleRef,
  now: number,
): Promise<ParticipantRow> => {
  const { workspaceId } = place;
  const { id } = await tables.participants.insert({ workspaceId, createdAt: now, ...who, ...ref });
  const made = await tables.participants.findById(workspaceId, id);
  if (!made) throw notFound('participant', id);
  const state = { newState: { role: made.roleName } };
  const target = targetOf(made, place);
  await tables.audit.append(auditEvent(caller, { event: 'participant_added', target, state }), now);
  return made;
};

/** A member with a built-in role; within a transaction. */
export const insertParticipant = (
  tables: Pick<Tables, 'participants' | 'audit'>,
  caller: Caller,
  workspaceId: number,
  member: Pick<MemberRow, 'id' | 'organisationId'>,
  role: WorkspaceRole,
  now: number,
): Promise<ParticipantRow> => {
  const place = { workspaceId, organisationId: member.organisationId };
  const who = { memberId: member.id, teamId: null };
  return insertRow(tables, caller, place, who, { role, customRoleId: null }, now);
};

/** Nobody hands out, or takes away, more than they may do themselves. @throws AppError 403 */
const checkReach = (
  { permissions }: WorkspaceScope,
  role: { name: string; permissions: readonly WorkspacePermission[] },
): void => {
  const beyond = role.permissions.find((permission) => !permissions.has(permission));
  if (beyond !== undefined)
    throw forbidden(
      `The role ${role.name} allows more than yours here (${beyond}): ask an owner of the workspace`,
    );
};

const reachOf = ({ roleName, permissions }: ParticipantRow) => ({ name: roleName, permissions });

const noneNamed = () => badRequest('memberId: is missing: give memberId, teamId or userNameOrEmail');

export const createParticipantActions = ({ store, clock }: ParticipantDeps) => {
  /** Who has an account and is no member yet becomes a collaborator of the organisation. */
  const memberOf = async (
    tables: Tables,
    caller: Caller,
    organisationId: number,
    { memberId, userNameOrEmail }: NewParticipant,
  ): Promise<MemberRow> => {
    if (memberId === undefined && userNameOrEmail === undefined) throw noneNamed();
    if (memberId !== undefined) {
      const member = await tables.members.findById(organisationId, memberId);
      if (!member) throw notFound('member', memberId);
      return member;
    }
    const user = await tables.users.findByNameOrEmail(userNameOrEmail ?? '');
    if (!user) throw notFound('user', userNameOrEmail ?? '');
    const member = await tables.members.findByUser(organisationId, user.id);
    return member ?? insertMember(tables, caller, organisationId, user, 'collaborator', clock.now());
  };

  const removeRow = async (
    tables: Pick<Tables, 'participants' | 'runs' | 'audit'>,
    caller: Caller,
    place: Place,
    row: ParticipantRow,
  ): Promise<void> => {
    await tables.participants.remove(row.id);
    const live = await tables.runs.liveOfWorkspace(place.workspaceId);
    const state = {
      previousState: { role: row.roleName },
      // They go on under the key they were launched with; who may, cancels them.
      metadata: { runsGoingOn: live.filter((run) => run.userId === row.userId).map((run) => run.id) },
    };
    const target = targetOf(row, place);
    await tables.audit.append(
      auditEvent(caller, { event: 'participant_removed', target, state }),
      clock.now(),
    );
  };

  /** The user's own participation, not those of their teams. @throws AppError 404, 409 */
  const ownRow = async (tables: Tables, scope: WorkspaceScope, userId: number): Promise<ParticipantRow> => {
    const { workspaceId, organisationId } = placeOf(scope);
    const member = await tables.members.findByUser(organisationId, userId);
    if (!member) throw notFound('user', userId);
    const row = await tables.participants.findByMember(workspaceId, member.id);
    if (row) return row;
    if (member.role === 'owner')
      throw conflict(`${member.userName} is here as owner of ${scope.organisationName}`);
    const [held] = await tables.participants.rolesHeld(userId, workspaceId);
    if (held) throw conflict(`${member.userName} is here as member of the team ${held.team?.name}`);
    throw notFound('participant', userId);
  };

  return {
    list: (scope: WorkspaceScope, query: Page & { search?: string }): Promise<Paged<ParticipantRow>> =>
      store.participants.list(placeOf(scope).workspaceId, query),

    /** @throws AppError 404 for who has no account, 409 for a participant */
    add: (caller: Caller, scope: WorkspaceScope, who: NewParticipant): Promise<ParticipantRow> =>
      store.transaction(async (tables) => {
        const place = placeOf(scope);
        const { workspaceId, organisationId } = place;
        const view = await resolveRole(tables, organisationId, 'view');
        checkReach(scope, view);
        const now = clock.now();
        if (who.teamId !== undefined) {
          const team = await tables.teams.find(organisationId, who.teamId);
          if (!team) throw notFound('team', who.teamId);
          if (await tables.participants.findByTeam(workspaceId, team.id))
            throw conflict(`The team ${team.name} is a participant of this workspace already`);
          return insertRow(tables, caller, place, { memberId: null, teamId: team.id }, view.ref, now);
        }
        const member = await memberOf(tables, caller, organisationId, who);
        if (await tables.participants.findByMember(workspaceId, member.id))
          throw conflict(`${member.userName} is a participant of this workspace already`);
        return insertRow(tables, caller, place, { memberId: member.id, teamId: null }, view.ref, now);
      }),

    /** @param role built-in or one of the organisation's own, in any case */
    setRole: (
      caller: Caller,
      scope: WorkspaceScope,
      participantId: number,
      role: string | undefined,
    ): Promise<void> =>
      store.transaction(async (tables) => {
        const place = placeOf(scope);
        const before = await tables.participants.findById(place.workspaceId, participantId);
        if (!before) throw notFound('participant', participantId);
        const after = await resolveRole(tables, place.organisationId, role ?? '');
        checkReach(scope, reachOf(before));
        checkReach(scope, after);
        await tables.participants.setRole(participantId, after.ref);
        const state = { previousState: { role: before.roleName }, newState: { role: after.name } };
        const facts = { event: 'participant_updated' as const, target: targetOf(before, place), state };
        await tables.audit.append(auditEvent(caller, facts), clock.now());
      }),

    remove: (caller: Caller, scope: WorkspaceScope, participantId: number): Promise<void> =>
      store.transaction(async (tables) => {
        const place = placeOf(scope);
        const row = await tables.participants.findById(place.workspaceId, participantId);
        if (!row) throw notFound('participant', participantId);
        checkReach(scope, reachOf(row));
        await removeRow(tables, caller, place, row);
      }),

    /** As `remove`, by the user's number. @throws AppError 409 for who is here through a team or as owner alone */
    removeUser: (caller: Caller, scope: WorkspaceScope, userId: number): Promise<void> =>
      store.transaction(async (tables) => {
        const row = await ownRow(tables, scope, userId);
        checkReach(scope, reachOf(row));
        await removeRow(tables, caller, placeOf(scope), row);
      }),

    /** @throws AppError 409 for who is here through a team or as owner alone */
    leave: (caller: Caller, scope: WorkspaceScope): Promise<void> =>
      store.transaction(async (tables) => {
        await removeRow(tables, caller, placeOf(scope), await ownRow(tables, scope, caller.userId));
      }),
  };
};
