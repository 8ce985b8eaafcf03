/** Roles that organisations define: a name for a set of permissions. */
import type { Selectable } from 'kysely';
import type { CustomRole } from '#core/people.ts';
import type { CustomRoleStore } from '#core/ports/people-stores.ts';
import { taken, unique } from '../errors.ts';
import { type Database, type Db, encode, isEmpty } from '../tables.ts';
import { fold } from '../text.ts';
import { readPermissions } from './columns.ts';

const toCustomRole = ({ nameFolded: _, ...row }: Selectable<Database['customRoles']>): CustomRole => ({
  ...row,
  permissions: readPermissions(row.permissions),
});

const sentences = (name: string | undefined) => ({
  custom_roles_organisation_id_name_folded: taken('name', name),
});

export const createCustomRoleStore = (db: Db): CustomRoleStore => ({
  insert: (role) =>
    unique(sentences(role.name), async () =>
      toCustomRole(
        await db
          .insertInto('customRoles')
          .values({ ...encode(role), nameFolded: fold(role.name) })
          .returningAll()
          .executeTakeFirstOrThrow(),
      ),
    ),

  findByName: async (organisationId, name) => {
    const row = await db
      .selectFrom('customRoles')
      .selectAll()
      .where('organisationId', '=', organisationId)
      .where('nameFolded', '=', fold(name))
      .executeTakeFirst();
    return row && toCustomRole(row);
  },

  list: async (organisationId) => {
    const rows = await db
      .selectFrom('customRoles')
      .selectAll()
      .where('organisationId', '=', organisationId)
      .orderBy('nameFolded')
      .execute();
    return rows.map(toCustomRole);
  },

  update: async (id, patch) => {
    if (isEmpty(patch)) return;
    const folded = patch.name === undefined ? {} : { nameFolded: fold(patch.name) };
    await unique(sentences(patch.name), () =>
      db
        .updateTable('customRoles')
        .set({ ...encode(patch), ...folded })
        .where('id', '=', id)
        .execute(),
    );
  },

  remove: async (id) => {
    await db.deleteFrom('customRoles').where('id', '=', id).execute();
  },

  usedIn: async (id) => {
    const rows = await db
      .selectFrom('participants')
      .innerJoin('workspaces', 'workspaces.id', 'participants.workspaceId')
      .select('workspaces.name')
      .distinct()
      .where('participants.customRoleId', '=', id)
      .orderBy('workspaces.name')
      .execute();
    return rows.map(({ name }) => name);
  },
});
