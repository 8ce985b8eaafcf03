/** Organisations: what everything but a person belongs to. */
import type { OrganisationStore } from '#core/ports/people-stores.ts';
import { taken, unique } from '../errors.ts';
import { type Db, isEmpty } from '../tables.ts';

export const createOrganisationStore = (db: Db): OrganisationStore => ({
  insert: (organisation) =>
    unique({ organisations_name: taken('name', organisation.name) }, () =>
      db.insertInto('organisations').values(organisation).returningAll().executeTakeFirstOrThrow(),
    ),

  find: (id) => db.selectFrom('organisations').selectAll().where('id', '=', id).executeTakeFirst(),

  findByName: (name) =>
    db.selectFrom('organisations').selectAll().where('name', '=', name).executeTakeFirst(),

  update: async (id, patch) => {
    if (isEmpty(patch)) return;
    await unique({ organisations_name: taken('name', patch.name) }, () =>
      db.updateTable('organisations').set(patch).where('id', '=', id).execute(),
    );
  },

  listOfUser: async (userId) => {
    const rows = await db
      .selectFrom('members')
      .innerJoin('organisations', 'organisations.id', 'members.organisationId')
      .selectAll('organisations')
      .select(['members.id as memberId', 'members.role', 'members.createdAt as memberSince'])
      .where('members.userId', '=', userId)
      .orderBy('members.createdAt')
      .orderBy('members.id')
      .execute();
    return rows.map(({ memberId, role, memberSince, ...organisation }) => ({
      organisation,
      member: { id: memberId, organisationId: organisation.id, userId, role, createdAt: memberSince },
    }));
  },
});
