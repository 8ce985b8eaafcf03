/** Pipeline secrets; their values are in sealed-values.ts. */
import type { PipelineSecretStore } from '#core/ports/data-stores.ts';
import { inContext } from './context.ts';
import { taken, unique } from './errors.ts';
import type { Db } from './tables.ts';

export const createPipelineSecretStore = (db: Db): PipelineSecretStore => ({
  insert: (secret) => {
    const sentence = taken('name', secret.name);
    return unique(
      { pipeline_secrets_workspace_id_name: sentence, pipeline_secrets_user_id_name: sentence },
      () => db.insertInto('pipelineSecrets').values(secret).returningAll().executeTakeFirstOrThrow(),
    );
  },

  find: (id) => db.selectFrom('pipelineSecrets').selectAll().where('id', '=', id).executeTakeFirst(),

  list: (context) =>
    db.selectFrom('pipelineSecrets').selectAll().where(inContext(context)).orderBy('name').execute(),

  update: async (id, patch) => {
    await db.updateTable('pipelineSecrets').set(patch).where('id', '=', id).execute();
  },

  touch: async (ids, lastUsedAt) => {
    if (ids.length > 0)
      await db.updateTable('pipelineSecrets').set({ lastUsedAt }).where('id', 'in', ids).execute();
  },

  remove: async (id) => {
    await db.deleteFrom('pipelineSecrets').where('id', '=', id).execute();
  },
});
