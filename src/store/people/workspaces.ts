/** Workspaces of organisations. */
import type { WorkspaceStore } from '#core/ports/people-stores.ts';
import { taken, unique } from '../errors.ts';
import { type Db, isEmpty } from '../tables.ts';

const sentences = (name: string | undefined) => ({
  workspaces_organisation_id_name: taken('name', name),
});

export const createWorkspaceStore = (db: Db): WorkspaceStore => ({
  insert: (workspace) =>
    unique(sentences(workspace.name), () =>
      db.insertInto('workspaces').values(workspace).returningAll().executeTakeFirstOrThrow(),
    ),

  find: (id) => db.selectFrom('workspaces').selectAll().where('id', '=', id).executeTakeFirst(),

  findByName: (organisationId, name) =>
    db
      .selectFrom('workspaces')
      .selectAll()
      .where('organisationId', '=', organisationId)
      .where('name', '=', name)
      .executeTakeFirst(),

  update: async (id, patch) => {
    if (isEmpty(patch)) return;
    await unique(sentences(patch.name), () =>
      db.updateTable('workspaces').set(patch).where('id', '=', id).execute(),
    );
  },

  listOfOrganisation: (organisationId) =>
    db
      .selectFrom('workspaces')
      .selectAll()
      .where('organisationId', '=', organisationId)
      .orderBy('name')
      .execute(),
});
