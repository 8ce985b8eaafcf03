/** Members of organisations, collaborators among them. */
import type { MemberStore } from '#core/ports/people-stores.ts';
import { unique } from '../errors.ts';
import { paged } from '../paging.ts';
import { atomic, type Db } from '../tables.ts';
import { contains, fold, searchTerm } from '../text.ts';
import { fullNameFolded, nameCopies } from './users.ts';

const columns = [
  'members.id',
  'members.organisationId',
  'members.userId',
  'members.role',
  'members.createdAt',
  'users.userName',
  'users.email',
  'users.firstName',
  'users.lastName',
] as const;

export const createMemberStore = (db: Db): MemberStore => {
  const rows = (organisationId: number) =>
    db
      .selectFrom('members')
      .innerJoin('users', 'users.id', 'members.userId')
      .select(columns)
      .where('members.organisationId', '=', organisationId);

  /** A user name goes before an e-mail. */
  const exactly = async (query: ReturnType<typeof rows>, search: string) =>
    (await query.where('users.userName', '=', search).executeTakeFirst()) ??
    query.where('users.emailFolded', '=', fold(search)).executeTakeFirst();

  return {
    insert: (member) =>
      unique({ members_organisation_id_user_id: 'This user is a member of the organisation already' }, () =>
        atomic(db, async (within) => {
          await within
            .updateTable('users')
            .set({ homeOrganisationId: member.organisationId })
            .where('id', '=', member.userId)
            .where('homeOrganisationId', 'is', null)
            .execute();
          return within
            .insertInto('members')
            .values({ ...member, ...nameCopies(within, member.userId) })
            .returning(['id', 'organisationId', 'userId', 'role', 'createdAt'])
            .executeTakeFirstOrThrow();
        }),
      ),

    findById: (organisationId, memberId) =>
      rows(organisationId).where('members.id', '=', memberId).executeTakeFirst(),

    findByUser: (organisationId, userId) =>
      rows(organisationId).where('members.userId', '=', userId).executeTakeFirst(),

    list: async (organisationId, { search, roles, ...page }) => {
      const all = roles ? rows(organisationId).where('members.role', 'in', roles) : rows(organisationId);
      const term = searchTerm(search);
      if (term === undefined) return paged(all.orderBy('users.userNameFolded').orderBy('members.id'), page);
      const exact = await exactly(all, search?.trim() ?? '');
      if (exact) return { rows: [exact].slice(page.offset, page.offset + page.max), totalSize: 1 };
      const matching = all.where((eb) =>
        eb.or([
          contains(eb.ref('users.userNameFolded'), term),
          contains(eb.ref('users.emailFolded'), term),
          contains(fullNameFolded, term),
        ]),
      );
      const exactFirst = matching.orderBy((eb) =>
        eb
          .case()
          .when(eb.or([eb('users.userNameFolded', '=', term), eb(fullNameFolded, '=', term)]))
          .then(0)
          .else(1)
          .end(),
      );
      return paged(exactFirst.orderBy('users.userNameFolded').orderBy('members.id'), page);
    },

    setRole: async (memberId, role) => {
      await db.updateTable('members').set({ role }).where('id', '=', memberId).execute();
    },

    /** The member's participations go with it. */
    remove: async (memberId) => {
      await db.deleteFrom('members').where('id', '=', memberId).execute();
    },

    countOwners: async (organisationId) => {
      const { owners } = await db
        .selectFrom('members')
        .select((eb) => eb.fn.countAll<number>().as('owners'))
        .where('organisationId', '=', organisationId)
        .where('role', '=', 'owner')
        .executeTakeFirstOrThrow();
      return owners;
    },
  };
};
