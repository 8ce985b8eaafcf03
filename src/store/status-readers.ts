/** Status readers, at most one for each identity. The sealed key itself is in sealed-values.ts. */
import { credentialName } from '#core/clusters.ts';
import type { StatusReaderStore } from '#core/ports/cluster-stores.ts';
import { removeRefusalsOf } from './refused-keys.ts';
import { type Db, encode, isEmpty } from './tables.ts';

export const createStatusReaderStore = (db: Db): StatusReaderStore => ({
  find: async (identityId) => {
    const row = await db
      .selectFrom('statusReaders')
      .selectAll()
      .where('identityId', '=', identityId)
      .executeTakeFirst();
    return row && { ...row, key: JSON.parse(row.key), hiddenUsers: JSON.parse(row.hiddenUsers) };
  },

  put: async (reader) => {
    await db
      .insertInto('statusReaders')
      .values(encode(reader))
      .onConflict((conflict) => conflict.column('identityId').doUpdateSet(encode(reader)))
      .execute();
  },

  update: async (identityId, patch) => {
    if (isEmpty(patch)) return;
    await db.updateTable('statusReaders').set(encode(patch)).where('identityId', '=', identityId).execute();
  },

  remove: async (identityId) => {
    await db.deleteFrom('statusReaders').where('identityId', '=', identityId).execute();
    await removeRefusalsOf(db, credentialName({ kind: 'reader', id: identityId }));
  },
});
