/** Sealed values: opaque here; without the root key nothing in this table opens. */
import type { SealedValueStore } from '#core/ports/cluster-stores.ts';
import type { SealedPlace } from '#core/ports/vault.ts';
import { statement } from './statements.ts';
import type { Db, DialectName } from './tables.ts';

const at = statement((db, { table, record, field, organisationId, version }: SealedPlace) =>
  db
    .selectFrom('sealedValues')
    .select(['rootKeyId', 'wrappedKey', 'ciphertext'])
    .where('table', '=', table)
    .where('record', '=', record)
    .where('field', '=', field)
    .where('organisationId', '=', organisationId)
    .where('version', '=', version),
);

/** `sweep` is called after values were replaced or destroyed, so that no copy lingers. */
export const createSealedValueStore = (
  db: Db,
  dialect: DialectName,
  sweep: () => void,
): SealedValueStore => ({
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

  get: async (place) => (await at(db, dialect, place))[0],

  destroy: async (table, record, field) => {
    const values = db.deleteFrom('sealedValues').where('table', '=', table).where('record', '=', record);
    await (field === undefined ? values : values.where('field', '=', field)).execute();
    sweep();
  },
});
