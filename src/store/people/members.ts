/** Members of organisations, collaborators among them. */
import type { MemberStore } from '#core/ports/people-stores.ts';
import { unique } from '../errors.ts';
import { paged } from '../paging.ts';
import { statement } from '../statements.ts';
import { atomic, type Db, type DialectName } from '../tables.ts';
import { contains, fold, searchTerm } from '../text.ts';
import { nameCopies } from './users.ts';

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

const memberRows = (db: Db, organisationId: number) =>
  db
    .selectFrom('members')
    .innerJoin('users', 'users.id', 'members.userId')
    .select(columns)
    .where('members.organisationId', '=', organisationId);

/** The page of a list before it is cut: with `search`, free text with exact matches first. */
export const memberListQuery = (
  db: Db,
  organisationId: number,
  { search, roles, teamId }: Omit<Parameters<MemberStore['list']>[1], 'max' | 'offset'>,
) => {
  let all = memberRows(db, organisationId);
  if (roles) all = all.where('members.role', 'in', roles);
  if (teamId !== undefined)
    all = all.where('members.id', 'in', (eb) =>
      eb.selectFrom('teamMembers').select('teamMembers.memberId').where('teamMembers.teamId', '=', teamId),
    );
  const term = searchTerm(search);
  const byName = (query: typeof all) => query.orderBy('members.userNameFolded').orderBy('members.userId');
  if (term === undefined) return { all, matching: byName(all) };
  const matching = all.where((eb) =>
    eb.or([
      contains(eb.ref('members.userNameFolded'), term),
      contains(eb.ref('members.fullNameFolded'), term),
      contains(eb.ref('users.emailFolded'), term),
    ]),
  );
  const exactFirst = matching.orderBy((eb) =>
    eb
      .case()
      .when(eb.or([eb('members.userNameFolded', '=', term), eb('members.fullNameFolded', '=', term)]))
      .then(0)
      .else(1)
      .end(),
  );
  return { all, matching: byName(exactFirst) };
};

const byUser = statement((db, { organisationId, userId }: { organisationId: number; userId: number }) =>
  memberRows(db, organisationId).where('members.userId', '=', userId),
);

export const createMemberStore = (db: Db, dialect: DialectName): MemberStore => {
  /** A user name goes before an e-mail. */
  const exactly = async (query: ReturnType<typeof memberRows>, search: string) =>
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
      memberRows(db, organisationId).where('members.id', '=', memberId).executeTakeFirst(),

    findByUser: async (organisationId, userId) => (await byUser(db, dialect, { organisationId, userId }))[0],

    list: async (organisationId, query) => {
      const { all, matching } = memberListQuery(db, organisationId, query);
      const term = query.search?.trim();
      const exact = term ? await exactly(all, term) : undefined;
      if (!exact) return paged(matching, query);
      return { rows: [exact].slice(query.offset, query.offset + query.max), totalSize: 1 };
    },

    setRole: async (memberId, role) => {
      await db.updateTable('members').set({ role }).where('id', '=', memberId).execute();
    },

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
