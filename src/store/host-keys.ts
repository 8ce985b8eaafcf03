/** Host keys of identities and of environments that name a host themselves. */
import { clusterKeyOf } from '#core/clusters.ts';
import type { HostKeyStore } from '#core/ports/cluster-stores.ts';
import type { Db } from './tables.ts';

export const createHostKeyStore = (db: Db): HostKeyStore => ({
  list: (owner) =>
    db
      .selectFrom('hostKeys')
      .select(['type', 'publicKey', 'fingerprint', 'status', 'firstSeen', 'confirmedBy', 'confirmedAt'])
      .where('owner', '=', clusterKeyOf(owner))
      .orderBy('firstSeen')
      .orderBy('publicKey')
      .execute(),

  put: async (owner, key) => {
    await db
      .insertInto('hostKeys')
      .values({ ...key, owner: clusterKeyOf(owner) })
      .onConflict((conflict) => conflict.columns(['owner', 'publicKey']).doUpdateSet(key))
      .execute();
  },

  remove: async (owner, publicKey) => {
    await db
      .deleteFrom('hostKeys')
      .where('owner', '=', clusterKeyOf(owner))
      .where('publicKey', '=', publicKey)
      .execute();
  },

  removeAll: async (owner) => {
    await db.deleteFrom('hostKeys').where('owner', '=', clusterKeyOf(owner)).execute();
  },
});

/** Removes an identity's host keys once both it and the last of its (retired) credentials are gone. */
export const removeHostKeysWithoutUse = async (db: Db, identityId: number): Promise<void> => {
  await db
    .deleteFrom('hostKeys')
    .where('owner', '=', clusterKeyOf({ kind: 'identity', id: identityId }))
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('managedIdentities').select('id').where('id', '=', identityId))),
    )
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('managedCredentials')
            .select('id')
            .where('identityId', '=', identityId)
            .where('retiredAt', 'is not', null),
        ),
      ),
    )
    .execute();
};
