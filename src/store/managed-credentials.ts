/** Managed credentials: each member's key on each cluster. The sealed key itself is in sealed-values.ts. */
import { credentialName } from '#core/clusters.ts';
import type { ManagedCredentialStore } from '#core/ports/cluster-stores.ts';
import { listCredentialRows } from './credential-rows.ts';
import { unique } from './errors.ts';
import { removeHostKeysWithoutUse } from './host-keys.ts';
import { toManagedCredential } from './managed-credential-record.ts';
import { nameCopies } from './people/users.ts';
import { removeRefusalsOf } from './refused-keys.ts';
import { statement } from './statements.ts';
import { atomic, type Db, type DialectName, encode, isEmpty } from './tables.ts';

const sentences = {
  managed_credentials_identity_id_user_id: 'This member has a credential on this identity already',
};

const byId = statement((db, { id }: { id: number }) =>
  db.selectFrom('managedCredentials').selectAll().where('id', '=', id),
);

export const createManagedCredentialStore = (db: Db, dialect: DialectName): ManagedCredentialStore => ({
  insert: (credential) =>
    unique(sentences, async () =>
      toManagedCredential(
        await db
          .insertInto('managedCredentials')
          .values({
            ...encode(credential),
            ...nameCopies(db, credential.userId),
            hasKey: Number(credential.key !== null),
          })
          .returningAll()
          .executeTakeFirstOrThrow(),
      ),
    ),

  findById: async (id) => {
    const [row] = await byId(db, dialect, { id });
    return row && toManagedCredential(row);
  },

  find: async (identityId, userId) => {
    const row = await db
      .selectFrom('managedCredentials')
      .selectAll()
      .where('identityId', '=', identityId)
      .where('userId', '=', userId)
      .where('retiredAt', 'is', null)
      .executeTakeFirst();
    return row && toManagedCredential(row);
  },

  listOfIdentity: async (identityId) => {
    const rows = await db
      .selectFrom('managedCredentials')
      .selectAll()
      .where('identityId', '=', identityId)
      .where('retiredAt', 'is', null)
      .orderBy('id')
      .execute();
    return rows.map(toManagedCredential);
  },

  listRows: (query) => listCredentialRows(db, query),

  update: async (id, patch) => {
    if (isEmpty(patch)) return;
    await unique(sentences, () =>
      db
        .updateTable('managedCredentials')
        .set({ ...encode(patch), ...(patch.key !== undefined && { hasKey: Number(patch.key !== null) }) })
        .where('id', '=', id)
        .execute(),
    );
  },

  listDestroyable: async (now) => {
    const rows = await db
      .selectFrom('managedCredentials')
      .selectAll()
      .where('destroyAt', '<=', now)
      .where('retiredAt', 'is not', null)
      .orderBy('destroyAt')
      .execute();
    return rows.map(toManagedCredential);
  },

  remove: (id) =>
    atomic(db, async (within) => {
      const removed = await within
        .deleteFrom('managedCredentials')
        .where('id', '=', id)
        .returning('identityId')
        .executeTakeFirst();
      await removeRefusalsOf(within, credentialName({ kind: 'managed', id }));
      if (removed) await removeHostKeysWithoutUse(within, removed.identityId);
    }),
});
