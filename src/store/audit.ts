/** The audit log: only ever added to. */
import { type Insertable, type Selectable, sql } from 'kysely';
import type { AuditRecord } from '#core/audit.ts';
import type { AuditQuery, AuditStore } from '#core/ports/store.ts';
import { statement } from './statements.ts';
import { type Database, type Db, type DialectName, encode } from './tables.ts';

const toRecord = ({
  organisationId: _organisation,
  userId: _user,
  ...row
}: Selectable<Database['auditEvents']>): AuditRecord => ({
  ...row,
  actor: JSON.parse(row.actor),
  client: JSON.parse(row.client),
  target: JSON.parse(row.target),
  state: JSON.parse(row.state),
});

/** What an organisation, or a person outside of any, has: along one index from the newest on. */
export const auditPage = (
  db: Db,
  wall: { organisationId: number } | { userId: number },
  { after, before, beyond, max }: Omit<AuditQuery, 'walls'>,
) => {
  let query = db.selectFrom('auditEvents').selectAll();
  query =
    'userId' in wall
      ? query.where('organisationId', 'is', null).where('userId', '=', wall.userId)
      : query.where('organisationId', '=', wall.organisationId);
  if (after !== undefined) query = query.where('timestamp', '>=', after);
  if (before !== undefined) query = query.where('timestamp', '<=', before);
  if (beyond)
    query = query.where(
      sql<boolean>`(${sql.ref('timestamp')}, ${sql.ref('id')}) < (${beyond.timestamp}, ${beyond.id})`,
    );
  return query.orderBy('timestamp', 'desc').orderBy('id', 'desc').limit(max);
};

const newestFirst = (one: AuditRecord, other: AuditRecord): number =>
  other.timestamp - one.timestamp || other.id - one.id;

const insert = statement((db, row: Insertable<Database['auditEvents']>) =>
  db.insertInto('auditEvents').values(row),
);

export const createAuditStore = (db: Db, dialect: DialectName): AuditStore => ({
  append: async (event, timestamp) => {
    await insert(db, dialect, {
      ...encode(event),
      timestamp,
      organisationId: event.target.organisationId || null,
      userId: event.target.userId ?? event.actor.userId,
    });
  },

  list: async ({ max, before, event }) => {
    let query = db.selectFrom('auditEvents').selectAll().orderBy('id', 'desc').limit(max);
    if (before !== undefined) query = query.where('id', '<', before);
    if (event !== undefined) query = query.where((eb) => eb('event', '=', eb.val(event as never)));
    return (await query.execute()).map(toRecord);
  },

  // A page of each, merged: one query over all of them would sort everything that they have.
  page: async ({ walls: { organisationIds, userId }, ...query }) => {
    const walls = organisationIds.map((organisationId): Parameters<typeof auditPage>[1] => ({
      organisationId,
    }));
    if (userId !== null) walls.push({ userId });
    const found: AuditRecord[] = [];
    for (const wall of walls) found.push(...(await auditPage(db, wall, query).execute()).map(toRecord));
    return found.sort(newestFirst).slice(0, query.max);
  },

  find: async (id) => {
    const row = await db.selectFrom('auditEvents').selectAll().where('id', '=', id).executeTakeFirst();
    return row && toRecord(row);
  },
});
