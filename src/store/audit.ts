/** The audit log: only ever added to. */
import type { AuditRecord } from '#core/audit.ts';
import type { AuditStore } from '#core/ports/store.ts';
import { type Db, encode } from './tables.ts';

export const createAuditStore = (db: Db): AuditStore => ({
  append: async (event, timestamp) => {
    await db
      .insertInto('auditEvents')
      .values({
        ...encode(event),
        timestamp,
        organisationId: event.target.organisationId || null,
        userId: event.target.userId ?? event.actor.userId,
      })
      .execute();
  },

  list: async ({ max, before, event, organisationId }) => {
    let query = db.selectFrom('auditEvents').selectAll().orderBy('id', 'desc').limit(max);
    if (before !== undefined) query = query.where('id', '<', before);
    if (event !== undefined) query = query.where((eb) => eb('event', '=', eb.val(event as never)));
    if (organisationId !== undefined) query = query.where('organisationId', '=', organisationId);
    const rows = await query.execute();
    return rows.map(
      ({ organisationId: _organisation, userId: _user, ...row }): AuditRecord => ({
        ...row,
        actor: JSON.parse(row.actor),
        client: JSON.parse(row.client),
        target: JSON.parse(row.target),
        state: JSON.parse(row.state),
      }),
    );
  },
});
