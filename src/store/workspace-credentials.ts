/** SSH keys of workspaces and of personal contexts. The sealed key itself is in sealed-values.ts. */
import type { Selectable } from 'kysely';
import { credentialName, type WorkspaceCredential } from '#core/clusters.ts';
import type { WorkspaceCredentialStore } from '#core/ports/cluster-stores.ts';
import { inContext } from './context.ts';
import { taken, unique } from './errors.ts';
import { removeRefusalsOf } from './refused-keys.ts';
import { type Database, type Db, encode, isEmpty } from './tables.ts';

const toCredential = (row: Selectable<Database['workspaceCredentials']>): WorkspaceCredential => ({
  ...row,
  key: JSON.parse(row.key),
});

const sentences = (name: string | undefined) => ({
  workspace_credentials_workspace_id_name: taken('name', name),
  workspace_credentials_user_id_name: taken('name', name),
});

export const createWorkspaceCredentialStore = (db: Db): WorkspaceCredentialStore => ({
  insert: async (credential) => {
    await unique(sentences(credential.name), () =>
      db.insertInto('workspaceCredentials').values(encode(credential)).execute(),
    );
  },

  find: async (id) => {
    const row = await db
      .selectFrom('workspaceCredentials')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirst();
    return row && toCredential(row);
  },

  list: async (context) => {
    const rows = await db
      .selectFrom('workspaceCredentials')
      .selectAll()
      .where(inContext(context))
      .where('retiredAt', 'is', null)
      .orderBy('name')
      .execute();
    return rows.map(toCredential);
  },

  listMadeBy: async (organisationId, userId) => {
    const rows = await db
      .selectFrom('workspaceCredentials')
      .selectAll()
      .where('userId', '=', userId)
      .where('organisationId', '=', organisationId)
      .where('workspaceId', 'is not', null)
      .where('retiredAt', 'is', null)
      .orderBy('name')
      .execute();
    return rows.map(toCredential);
  },

  update: async (id, patch) => {
    if (isEmpty(patch)) return;
    await unique(sentences(patch.name), () =>
      db.updateTable('workspaceCredentials').set(encode(patch)).where('id', '=', id).execute(),
    );
  },

  listDestroyable: async (now) => {
    const rows = await db
      .selectFrom('workspaceCredentials')
      .selectAll()
      .where('destroyAt', '<=', now)
      .where('retiredAt', 'is not', null)
      .orderBy('destroyAt')
      .execute();
    return rows.map(toCredential);
  },

  remove: async (id) => {
    await db.deleteFrom('workspaceCredentials').where('id', '=', id).execute();
    await removeRefusalsOf(db, credentialName({ kind: 'workspace', id }));
  },
});
