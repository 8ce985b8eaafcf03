/** Sealed values: opaque here; without the root key nothing in this table opens. */
import type { SealedValueStore } from '#core/ports/cluster-stores.ts';
import type { Db } from './tables.ts';

/** `sweep` is called after values were replaced or destroyed, so that no copy lingers. */
export const createSealedValueStore = (db: Db, sweep: () => void): SealedValueStore => ({
  put: async (place, sealed) => {
    const { organisationId, owner, version } = place;
    const { rootKeyId, wrappedKey, ciphertext } = sealed;
    const { numInsertedOrUpdatedRows } = await db
      .insertInto('sealedValues')
      .values({
        organisationId,
        owner,
        version,
        table: place.table,
        record: place.record,
        field: place.field,
        rootKeyId,
        wrappedKey,
        ciphertext,
      })
      .onConflict((conflict) =>
        conflict
          .columns(['table', 'record', 'field'])
          .doUpdateSet({ owner, version, rootKeyId, wrappedKey, ciphertext })
          // A record has one organisation for life: never overwrite another one's key.
          .where('sealedValues.organisationId', '=', organisationId),
      )
      .executeTakeFirstOrThrow();
    if (numInsertedOrUpdatedRows !== 1n)
      throw new Error(`The sealed ${place.field} of ${place.table} ${place.record} belongs elsewhere`);
    sweep();
  },

  get: (place) =>
    db
      .selectFrom('sealedValues')
      .select(['rootKeyId', 'wrappedKey', 'ciphertext'])
      .where('table', '=', place.table)
      .where('record', '=', place.record)
      .where('field', '=', place.field)
      .where('organisationId', '=', place.organisationId)
      .where('version', '=', place.version)
      .executeTakeFirst(),

  destroy: async (table, record, field) => {
    const values = db.deleteFrom('sealedValues').where('table', '=', table).where('record', '=', record);
    await (field === undefined ? values : values.where('field', '=', field)).execute();
    sweep();
  },
});
