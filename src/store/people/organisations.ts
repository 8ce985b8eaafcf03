/** Organisations: what everything but a person belongs to. */
import type { OrganisationStore } from '#core/ports/people-stores.ts';
import { taken, unique } from '../errors.ts';
import { atomic, type Db, isEmpty } from '../tables.ts';

export const createOrganisationStore = (db: Db): OrganisationStore => {
  const present = db.selectFrom('organisations').selectAll().where('deletedAt', 'is', null);
  return {
    insert: (organisation) =>
      unique({ organisations_name: taken('name', organisation.name) }, () =>
        db.insertInto('organisations').values(organisation).returningAll().executeTakeFirstOrThrow(),
      ),

    find: (id) => present.where('id', '=', id).executeTakeFirst(),

    findByName: (name) => present.where('name', '=', name).executeTakeFirst(),

    update: async (id, patch) => {
      if (isEmpty(patch)) return;
      await unique({ organisations_name: taken('name', patch.name) }, () =>
        db.updateTable('organisations').set(patch).where('id', '=', id).execute(),
      );
    },

    remove: (id, deletedAt) =>
      atomic(db, async (within) => {
        for (const table of ['members', 'teams', 'customRoles'] as const)
          await within.deleteFrom(table).where('organisationId', '=', id).execute();
        await within.updateTable('organisations').set({ deletedAt }).where('id', '=', id).execute();
      }),

    listOfUser: async (userId) => {
      const rows = await db
        .selectFrom('members')
        .innerJoin('organisations', 'organisations.id', 'members.organisationId')
        .selectAll('organisations')
        .select(['members.id as memberId', 'members.role', 'members.createdAt as memberSince'])
        .where('members.userId', '=', userId)
        .where('organisations.deletedAt', 'is', null)
        .orderBy('members.createdAt')
        .orderBy('members.id')
        .execute();
      return rows.map(({ memberId, role, memberSince, ...organisation }) => ({
        organisation,
        member: { id: memberId, organisationId: organisation.id, userId, role, createdAt: memberSince },
      }));
    },
  };
};
