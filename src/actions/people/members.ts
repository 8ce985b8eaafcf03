/** Members of an organisation. Whoever is added must have an account; a new member is a plain member. */
import type { Caller, OrganisationScope } from '#core/caller.ts';
import type { Clock } from '#core/clock.ts';
import { badRequest, conflict, notFound } from '#core/errors.ts';
import type { MemberRow, User } from '#core/people.ts';
import type { Page, Paged } from '#core/ports/paging.ts';
import type { Store, Tables } from '#core/ports/store.ts';
import type { OrganisationRole } from '#core/roles.ts';
import { auditEvent } from '../audit.ts';

export interface MemberDeps {
  store: Pick<Store, 'members' | 'transaction'>;
  clock: Clock;
}

/** Within a transaction. */
export const insertMember = async (
  tables: Pick<Tables, 'members' | 'audit'>,
  caller: Caller,
  organisationId: number,
  user: User,
  role: OrganisationRole,
  now: number,
): Promise<MemberRow> => {
  const member = await tables.members.insert({ organisationId, userId: user.id, role, createdAt: now });
  const target = { type: 'member', id: member.id, name: user.userName, organisationId, userId: user.id };
  const state = { newState: { role } };
  await tables.audit.append(auditEvent(caller, { event: 'member_added', target, state }), now);
  const { userName, email, firstName, lastName } = user;
  return { ...member, userName, email, firstName, lastName };
};

export const createMemberActions = ({ store, clock }: MemberDeps) => ({
  list: (
    scope: OrganisationScope,
    roles: readonly OrganisationRole[],
    query: Page & { search?: string },
  ): Promise<Paged<MemberRow>> => store.members.list(scope.organisationId, { ...query, roles }),

  /** @throws AppError 404 for somebody without an account, 409 for a member */
  add: (caller: Caller, scope: OrganisationScope, nameOrEmail: string | undefined): Promise<MemberRow> =>
    store.transaction(async (tables) => {
      if (nameOrEmail === undefined)
        throw badRequest('user: is missing: give a user name or an e-mail address');
      const { organisationId } = scope;
      const user = await tables.users.findByNameOrEmail(nameOrEmail);
      if (!user) throw notFound('user', nameOrEmail);
      if (await tables.members.findByUser(organisationId, user.id))
        throw conflict(`${user.userName} belongs to ${scope.organisationName} already`);
      return insertMember(tables, caller, organisationId, user, 'member', clock.now());
    }),
});

export type MemberActions = ReturnType<typeof createMemberActions>;
