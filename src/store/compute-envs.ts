/** Compute environments; deleted ones stay, for clients ask for them. */
import { type Selectable, sql } from 'kysely';
import type { ComputeEnv } from '#core/clusters.ts';
import type { ComputeEnvStore } from '#core/ports/cluster-stores.ts';
import { inContext } from './context.ts';
import { taken, unique } from './errors.ts';
import { statement } from './statements.ts';
import { type Database, type Db, type DialectName, encode, isEmpty } from './tables.ts';

const toComputeEnv = (row: Selectable<Database['computeEnvs']>): ComputeEnv => ({
  ...row,
  config: JSON.parse(row.config),
  primary: row.primary === 1,
});

const sentences = (name: string | undefined) => ({
  compute_envs_workspace_id_name: taken('name', name),
  compute_envs_user_id_name: taken('name', name),
});

const byId = statement((db, { id }: { id: string }) =>
  db.selectFrom('computeEnvs').selectAll().where('id', '=', id),
);

export const createComputeEnvStore = (db: Db, dialect: DialectName): ComputeEnvStore => {
  const newestFirst = db
    .selectFrom('computeEnvs')
    .selectAll()
    .where('status', '<>', 'DELETED')
    .orderBy('createdAt', 'desc')
    .orderBy('id', 'desc');
  const records = async (query: typeof newestFirst) => (await query.execute()).map(toComputeEnv);

  return {
    insert: async (environment) => {
      await unique(sentences(environment.name), () =>
        db.insertInto('computeEnvs').values(encode(environment)).execute(),
      );
    },

    find: async (id) => {
      const [row] = await byId(db, dialect, { id });
      return row && toComputeEnv(row);
    },

    list: ({ status, ...context }) => {
      const all = newestFirst.where(inContext(context));
      return records(
        status === undefined ? all : all.where((eb) => eb(eb.cast<string>('status', 'text'), '=', status)),
      );
    },

    listOfIdentity: (identityId) => records(newestFirst.where('managedIdentityId', '=', identityId)),

    listOfCredential: (credentialsId) => records(newestFirst.where('credentialsId', '=', credentialsId)),

    listUnchecked: () => records(newestFirst.where('status', '=', sql.lit('CREATING'))),

    update: async (id, patch) => {
      if (isEmpty(patch)) return;
      await unique(sentences(patch.name), () =>
        db.updateTable('computeEnvs').set(encode(patch)).where('id', '=', id).execute(),
      );
    },
  };
};
