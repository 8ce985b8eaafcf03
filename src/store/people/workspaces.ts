/** Workspaces of organisations. */
import type { WorkspaceStore } from '#core/ports/people-stores.ts';
import { taken, unique } from '../errors.ts';
import { atomic, type Db, isEmpty } from '../tables.ts';

const sentences = (name: string | undefined) => ({
  workspaces_organisation_id_name: taken('name', name),
});

export const createWorkspaceStore = (db: Db): WorkspaceStore => {
  const present = db.selectFrom('workspaces').selectAll().where('deletedAt', 'is', null);
  return {
    insert: (workspace) =>
      unique(sentences(workspace.name), () =>
        db.insertInto('workspaces').values(workspace).returningAll().executeTakeFirstOrThrow(),
      ),

    find: (id) => present.where('id', '=', id).executeTakeFirst(),

    findByName: (organisationId, name) =>
      present.where('organisationId', '=', organisationId).where('name', '=', name).executeTakeFirst(),

    update: async (id, patch) => {
      if (isEmpty(patch)) return;
      await unique(sentences(patch.name), () =>
        db.updateTable('workspaces').set(patch).where('id', '=', id).execute(),
      );
    },

    remove: (id, deletedAt) =>
      atomic(db, async (within) => {
        await within.deleteFrom('participants').where('workspaceId', '=', id).execute();
        await within.updateTable('workspaces').set({ deletedAt }).where('id', '=', id).execute();
      }),

    listOfOrganisation: (organisationId) =>
      present.where('organisationId', '=', organisationId).orderBy('name').execute(),
  };
};
