/** Members of an organisation. Whoever is added must have an account; a new member is a plain member. */
import type { Caller, OrganisationScope } from '#core/caller.ts';
import type { Clock } from '#core/clock.ts';
import { badRequest, conflict, forbidden, notFound } from '#core/errors.ts';
import type { HeldRole, MemberRow, User, Workspace } from '#core/people.ts';
import type { Page, Paged } from '#core/ports/paging.ts';
import type { Store, Tables } from '#core/ports/store.ts';
import { ownerRights } from '#core/rights.ts';
import { type OrganisationRole, organisationRoleAllows } from '#core/roles.ts';
import { auditEvent } from '../audit.ts';
import { checkNotLastOwner, type Holdings, holdingsOf, type Removal } from './removal.ts';

export interface MemberDeps {
  store: Pick<
    Store,
    | 'members'
    | 'teams'
    | 'participants'
    | 'workspaces'
    | 'identities'
    | 'managedCredentials'
    | 'credentials'
    | 'runs'
    | 'transaction'
  >;
  clock: Clock;
  removal: Removal;
}

/** Where a user may do what, and why. */
export interface RolesOfUser {
  member: MemberRow;
  workspaces: { workspace: Workspace; held: HeldRole[] }[];
}

const targetOf = ({ id, userName, organisationId, userId }: MemberRow) => ({
  type: 'member',
  id,
  name: userName,
  organisationId,
  userId,
});

/** Within a transaction. */
export const insertMember = async (
  tables: Pick<Tables, 'members' | 'audit'>,
  caller: Caller,
  organisationId: number,
  user: User,
  role: OrganisationRole,
  now: number,
): Promise<MemberRow> => {
  const made = await tables.members.insert({ organisationId, userId: user.id, role, createdAt: now });
  const { userName, email, firstName, lastName } = user;
  const member = { ...made, userName, email, firstName, lastName };
  const facts = { event: 'member_added' as const, target: targetOf(member), state: { newState: { role } } };
  await tables.audit.append(auditEvent(caller, facts), now);
  return member;
};

/** Within a transaction. */
export const changeRole = async (
  tables: Pick<Tables, 'members' | 'audit'>,
  caller: Caller,
  member: MemberRow,
  role: OrganisationRole,
  now: number,
): Promise<MemberRow> => {
  await tables.members.setRole(member.id, role);
  const state = { previousState: { role: member.role }, newState: { role } };
  const facts = { event: 'member_updated' as const, target: targetOf(member), state };
  await tables.audit.append(auditEvent(caller, facts), now);
  return { ...member, role };
};

/** Asked again in the transaction: of two owners who act against each other at once, the second is none any more. */
const checkStillOwner = async (
  tables: Pick<Tables, 'members'>,
  caller: Caller,
  { organisationId, organisationName }: OrganisationScope,
): Promise<void> => {
  const own = await tables.members.findByUser(organisationId, caller.userId);
  if (own?.role !== 'owner') throw forbidden(`You are no owner of ${organisationName} any more`);
};

/** @throws AppError 404, the same whether it never existed or is another organisation's (promise 14) */
const findMember = async (
  { members }: Pick<Tables, 'members'>,
  { organisationId }: OrganisationScope,
  memberId: number,
): Promise<MemberRow> => {
  const member = await members.findById(organisationId, memberId);
  if (!member) throw notFound('member', memberId);
  return member;
};

const organisationOf = ({ organisationId, organisationName }: OrganisationScope) => ({
  id: organisationId,
  name: organisationName,
});

export const createMemberActions = ({ store, clock, removal }: MemberDeps) => ({
  list: (
    scope: OrganisationScope,
    roles: readonly OrganisationRole[],
    query: Page & { search?: string },
  ): Promise<Paged<MemberRow>> => store.members.list(scope.organisationId, { ...query, roles }),

  /** A collaborator becomes a member. @throws AppError 404 for somebody without an account, 409 for a member */
  add: (caller: Caller, scope: OrganisationScope, nameOrEmail: string | undefined): Promise<MemberRow> =>
    store.transaction(async (tables) => {
      if (nameOrEmail === undefined)
        throw badRequest('user: is missing: give a user name or an e-mail address');
      await checkStillOwner(tables, caller, scope);
      const { organisationId } = scope;
      const user = await tables.users.findByNameOrEmail(nameOrEmail);
      if (!user) throw notFound('user', nameOrEmail);
      const found = await tables.members.findByUser(organisationId, user.id);
      if (!found) return insertMember(tables, caller, organisationId, user, 'member', clock.now());
      if (found.role === 'collaborator') return changeRole(tables, caller, found, 'member', clock.now());
      throw conflict(`${user.userName} belongs to ${scope.organisationName} already`);
    }),

  /** @throws AppError 404, 409 for the last owner */
  setRole: (
    caller: Caller,
    scope: OrganisationScope,
    memberId: number,
    role: OrganisationRole,
  ): Promise<void> =>
    store.transaction(async (tables) => {
      await checkStillOwner(tables, caller, scope);
      const member = await findMember(tables, scope, memberId);
      if (member.role === role) return;
      await checkNotLastOwner(tables, organisationOf(scope), member);
      await changeRole(tables, caller, member, role, clock.now());
    }),

  /** What `remove` would end. */
  async holdings(
    scope: OrganisationScope,
    memberId: number,
  ): Promise<{ member: MemberRow; holdings: Holdings }> {
    const member = await findMember(store, scope, memberId);
    return { member, holdings: await holdingsOf(store, member) };
  },

  /** Ends at once what the member may do and has here. @throws AppError 404, 409 for the last owner */
  async remove(caller: Caller, scope: OrganisationScope, memberId: number): Promise<void> {
    const credentials = await store.transaction(async (tables) => {
      await checkStillOwner(tables, caller, scope);
      const member = await findMember(tables, scope, memberId);
      return removal.remove(tables, caller, organisationOf(scope), member);
    });
    removal.afterwards(credentials);
  },

  /** As `remove`, by oneself. @throws AppError 409 for the last owner */
  async leave(caller: Caller, scope: OrganisationScope): Promise<void> {
    const credentials = await store.transaction(async (tables) => {
      const member = await tables.members.findByUser(scope.organisationId, caller.userId);
      if (!member) throw notFound('organisation', scope.organisationId);
      return removal.remove(tables, caller, organisationOf(scope), member);
    });
    removal.afterwards(credentials);
  },

  /** One's own; those of others are for owners. @throws AppError 403, 404 */
  async rolesOf(caller: Caller, scope: OrganisationScope, userId: number): Promise<RolesOfUser> {
    if (userId !== caller.userId && !organisationRoleAllows(scope.role, 'member:write'))
      throw forbidden(`Roles of others are shown to owners of ${scope.organisationName}`);
    const member = await store.members.findByUser(scope.organisationId, userId);
    if (!member) throw notFound('user', userId);
    const everywhere = await store.participants.rolesHeld(userId);
    const workspaces: RolesOfUser['workspaces'] = [];
    for (const workspace of await store.workspaces.listOfOrganisation(scope.organisationId)) {
      const held = everywhere.filter(({ workspaceId }) => workspaceId === workspace.id);
      if (member.role === 'owner')
        held.unshift({
          workspaceId: workspace.id,
          roleName: 'owner',
          permissions: [...ownerRights.permissions],
          team: null,
        });
      if (held.length > 0) workspaces.push({ workspace, held });
    }
    return { member, workspaces };
  },
});
