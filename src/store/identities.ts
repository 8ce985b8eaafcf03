/** Managed identities: the clusters of an organisation. */
import { type Selectable, sql } from 'kysely';
import { clusterKeyOf, type ManagedIdentity } from '#core/clusters.ts';
import { badRequest, conflict } from '#core/errors.ts';
import type { IdentityStore } from '#core/ports/cluster-stores.ts';
import { taken, unique } from './errors.ts';
import { removeHostKeysWithoutUse } from './host-keys.ts';
import { paged } from './paging.ts';
import { atomic, type Database, type Db, type DialectName, encode, isEmpty } from './tables.ts';
import { contains, searchTerm } from './text.ts';

const toIdentity = (row: Selectable<Database['managedIdentities']>): ManagedIdentity => ({
  ...row,
  config: JSON.parse(row.config),
  requireChecked: row.requireChecked === 1,
  allowedSystemUsers: JSON.parse(row.allowedSystemUsers),
  budget: JSON.parse(row.budget),
  suspension: row.suspension === null ? null : JSON.parse(row.suspension),
});

const numberTaken = (id: number | undefined): string => `id: ${id} is already taken`;

const sentences = (name: string | undefined, id?: number) => ({
  managed_identities_organisation_id_name: taken('name', name),
  managed_identities_id: numberTaken(id),
  managed_identities_pkey: numberTaken(id),
});

/** Numbers handed out later follow the highest one, so this bounds how far anybody can push them. */
const highestNumber = 2 ** 31 - 1;

/**
 * A number that an identity had before is not free while anything still names it: an environment of whoever had it
 * would suddenly be on somebody else's cluster.
 */
const checkNumber = async (db: Db, id: number): Promise<void> => {
  if (!Number.isInteger(id) || id < 1 || id > highestNumber)
    throw badRequest(`id: use a whole number from 1 to ${highestNumber}`, { field: 'id' });
  const traces = await Promise.all([
    db
      .selectFrom('managedCredentials')
      .select('id')
      .where('identityId', '=', id)
      .where('retiredAt', 'is not', null)
      .limit(1)
      .execute(),
    db.selectFrom('computeEnvs').select('id').where('managedIdentityId', '=', id).limit(1).execute(),
    db.selectFrom('runs').select('id').where('identityId', '=', id).limit(1).execute(),
  ]);
  if (traces.some((rows) => rows.length > 0)) throw conflict(numberTaken(id));
};

/** SQLite counts on from the highest number by itself. */
const continueAfter = async (db: Db, id: number): Promise<void> => {
  await sql`
    select setval('managed_identities_id_seq', ${id}) from managed_identities_id_seq where last_value < ${id}
  `.execute(db);
};

export const createIdentityStore = (db: Db, dialect: DialectName): IdentityStore => ({
  insert: (identity) =>
    atomic(db, async (within) => {
      if (identity.id !== undefined) await checkNumber(within, identity.id);
      const row = await unique(sentences(identity.name, identity.id), () =>
        within
          .insertInto('managedIdentities')
          .values(encode(identity))
          .returningAll()
          .executeTakeFirstOrThrow(),
      );
      if (identity.id !== undefined && dialect === 'postgres') await continueAfter(within, identity.id);
      return toIdentity(row);
    }),

  find: async (id) => {
    const row = await db.selectFrom('managedIdentities').selectAll().where('id', '=', id).executeTakeFirst();
    return row && toIdentity(row);
  },

  findByName: async (organisationId, name) => {
    const row = await db
      .selectFrom('managedIdentities')
      .selectAll()
      .where('organisationId', '=', organisationId)
      .where('name', '=', name)
      .executeTakeFirst();
    return row && toIdentity(row);
  },

  list: async (organisationId, { search, platform, ...page }) => {
    const term = searchTerm(search);
    let query = db.selectFrom('managedIdentities').selectAll().where('organisationId', '=', organisationId);
    if (term !== undefined) query = query.where((eb) => contains(eb.fn<string>('lower', ['name']), term));
    if (platform !== undefined)
      query = query.where((eb) => eb(eb.cast<string>('platform', 'text'), '=', platform));
    const { rows, totalSize } = await paged(query.orderBy('name'), page);
    return { rows: rows.map(toIdentity), totalSize };
  },

  listSuspended: async () => {
    const rows = await db
      .selectFrom('managedIdentities')
      .selectAll()
      .where('suspension', 'is not', null)
      .execute();
    return rows.map(toIdentity);
  },

  update: async (id, patch) => {
    if (isEmpty(patch)) return;
    await unique(sentences(patch.name), () =>
      db.updateTable('managedIdentities').set(encode(patch)).where('id', '=', id).execute(),
    );
  },

  /**
   * Credentials are retired first (their keys must be destroyed, not forgotten). Retired ones stay, and the pinned host
   * keys with them, for they still serve cancellations.
   * @throws AppError `conflict` (409) while a current credential is left
   */
  remove: (id) =>
    atomic(db, async (within) => {
      const current = await within
        .selectFrom('managedCredentials')
        .select('id')
        .where('identityId', '=', id)
        .where('retiredAt', 'is', null)
        .limit(1)
        .executeTakeFirst();
      if (current) throw conflict('The identity still has credentials: delete them first');
      await within.deleteFrom('managedIdentities').where('id', '=', id).execute();
      const clusterKey = clusterKeyOf({ kind: 'identity', id });
      await within.deleteFrom('refusedKeys').where('clusterKey', '=', clusterKey).execute();
      await within.deleteFrom('clusterActivity').where('identityId', '=', id).execute();
      await removeHostKeysWithoutUse(within, id);
    }),
});
