/** The way from a row of managed credentials to its record, for the aggregate and for the owners' list. */
import type { Selectable } from 'kysely';
import type { ManagedCredential } from '#core/clusters.ts';
import type { Database } from './tables.ts';

export const toManagedCredential = ({
  userNameFolded: _name,
  fullNameFolded: _fullName,
  hasKey: _hasKey,
  ...row
}: Selectable<Database['managedCredentials']>): ManagedCredential => ({
  ...row,
  key: row.key === null ? null : JSON.parse(row.key),
  nextKey: row.nextKey === null ? null : JSON.parse(row.nextKey),
});
