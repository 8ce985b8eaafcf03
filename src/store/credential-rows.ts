/**
 * The members of an organisation with their credentials on one identity: the list that owners look at. Those with a key
 * and those without each stand in an index in their order, so a page reads about as many rows as it shows. Whoever
 * leaves an organisation has their credentials retired in the same transaction, so that a key always has a member.
 */
import type { ManagedCredentialRow } from '#core/clusters.ts';
import type { ManagedCredentialStore } from '#core/ports/cluster-stores.ts';
import type { Paged } from '#core/ports/paging.ts';
import { toManagedCredential } from './managed-credential-record.ts';
import type { Db } from './tables.ts';
import { contains, searchTerm } from './text.ts';

export type CredentialRowsQuery = Parameters<ManagedCredentialStore['listRows']>[0];

type Filter = Pick<CredentialRowsQuery, 'organisationId' | 'identityId' | 'userId' | 'search'>;

/** Credentials with a key. */
export const withKey = (db: Db, { identityId, userId, search }: Filter) => {
  const term = searchTerm(search);
  let query = db
    .selectFrom('managedCredentials')
    .where('identityId', '=', identityId)
    .where('retiredAt', 'is', null)
    .where('hasKey', '=', 1);
  if (userId !== undefined) query = query.where('userId', '=', userId);
  if (term !== undefined)
    query = query.where((eb) =>
      eb.or([contains(eb.ref('userNameFolded'), term), contains(eb.ref('fullNameFolded'), term)]),
    );
  return query;
};

/** Members, with or without. */
export const everybody = (db: Db, { organisationId, userId, search }: Filter) => {
  const term = searchTerm(search);
  let query = db.selectFrom('members').where('members.organisationId', '=', organisationId);
  if (userId !== undefined) query = query.where('members.userId', '=', userId);
  if (term !== undefined)
    query = query.where((eb) =>
      eb.or([
        contains(eb.ref('members.userNameFolded'), term),
        contains(eb.ref('members.fullNameFolded'), term),
      ]),
    );
  return query;
};

const withoutKey = (db: Db, filter: Filter) =>
  everybody(db, filter).where(({ not, exists, selectFrom }) =>
    not(
      exists(
        selectFrom('managedCredentials as credential')
          .select('credential.userId')
          .where('credential.identityId', '=', filter.identityId)
          .where('credential.retiredAt', 'is', null)
          .where('credential.hasKey', '=', 1)
          .whereRef('credential.userNameFolded', '=', 'members.userNameFolded')
          .whereRef('credential.userId', '=', 'members.userId'),
      ),
    ),
  );

/** Orders a query by name and keeps one person out, who stands elsewhere. */
export const addedPage = (db: Db, query: CredentialRowsQuery, without: number) =>
  withKey(db, query)
    .select('userId')
    .where('userId', '!=', without)
    .orderBy('userNameFolded')
    .orderBy('userId');

export const missingPage = (db: Db, query: CredentialRowsQuery, without: number) =>
  withoutKey(db, query)
    .select('members.userId')
    .where('members.userId', '!=', without)
    .orderBy('members.userNameFolded')
    .orderBy('members.userId');

/** What both pages have in common. */
interface Page {
  limit(rows: number): Page;
  offset(rows: number): Page;
  execute(): Promise<{ userId: number }[]>;
}

const nobody = 0;

interface Own {
  userId: number;
  hasKey: boolean;
}

/** The entry that comes first, if it is among those that were asked for. */
const ownEntry = async (db: Db, query: CredentialRowsQuery): Promise<Own | undefined> => {
  if (query.userId !== undefined && query.userId !== query.firstUserId) return undefined;
  const found = await db
    .selectFrom('managedCredentials')
    .select(['key', 'userNameFolded', 'fullNameFolded'])
    .where('identityId', '=', query.identityId)
    .where('userId', '=', query.firstUserId)
    .where('retiredAt', 'is', null)
    .executeTakeFirst();
  if (!found) return undefined;
  const hasKey = found.key !== null;
  if (query.state !== undefined && (query.state === 'added') !== hasKey) return undefined;
  const term = searchTerm(query.search) ?? '';
  const matches = found.userNameFolded.includes(term) || found.fullNameFolded.includes(term);
  return matches ? { userId: query.firstUserId, hasKey } : undefined;
};

const count = async (query: ReturnType<typeof withKey> | ReturnType<typeof everybody>): Promise<number> => {
  const { rows } = await (query as ReturnType<typeof withKey>)
    .select((eb) => eb.fn.countAll<number>().as('rows'))
    .executeTakeFirstOrThrow();
  return rows;
};

/** User numbers of the page, in order: the own entry, those with a key, those without. */
const pageOf = async (
  db: Db,
  query: CredentialRowsQuery,
  own: Own | undefined,
  added: number,
): Promise<number[]> => {
  const first = own?.userId ?? nobody;
  const page: number[] = [];
  let skip = query.offset;
  if (own && skip > 0) skip -= 1;
  else if (own && query.max > 0) page.push(own.userId);
  const take = async (
    pages: (db: Db, query: CredentialRowsQuery, without: number) => Page,
  ): Promise<void> => {
    const limit = query.max - page.length;
    if (limit <= 0) return;
    const rows = await pages(db, query, first).limit(limit).offset(skip).execute();
    page.push(...rows.map(({ userId }) => userId));
  };
  if (query.state !== 'missing') {
    const others = added - (own?.hasKey ? 1 : 0);
    if (skip < others) await take(addedPage);
    skip = Math.max(0, skip - others);
  }
  if (query.state !== 'added') await take(missingPage);
  return page;
};

const recordsOf = async (
  db: Db,
  identityId: number,
  userIds: readonly number[],
): Promise<ManagedCredentialRow[]> => {
  if (userIds.length === 0) return [];
  const users = await db
    .selectFrom('users')
    .select(['id as userId', 'userName', 'email', 'firstName', 'lastName'])
    .where('id', 'in', userIds)
    .execute();
  const credentials = await db
    .selectFrom('managedCredentials')
    .selectAll()
    .where('identityId', '=', identityId)
    .where('userId', 'in', userIds)
    .where('retiredAt', 'is', null)
    .execute();
  const userOf = new Map(users.map((user) => [user.userId, user]));
  const credentialOf = new Map(credentials.map((row) => [row.userId, toManagedCredential(row)]));
  return userIds.flatMap((userId) => {
    const user = userOf.get(userId);
    return user ? [{ ...user, credential: credentialOf.get(userId) ?? null }] : [];
  });
};

export const listCredentialRows = async (
  db: Db,
  query: CredentialRowsQuery,
): Promise<Paged<ManagedCredentialRow>> => {
  const own = await ownEntry(db, query);
  const added = await count(withKey(db, query));
  const all = query.state === 'added' ? added : await count(everybody(db, query));
  const rows = await recordsOf(db, query.identityId, await pageOf(db, query, own, added));
  return { rows, totalSize: query.state === 'missing' ? all - added : all };
};
