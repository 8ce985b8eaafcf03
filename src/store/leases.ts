/**
 * Who works on which run. A lease is a promise with an end; the fence is what protects: it rises with each lease, and
 * a write that names an older one changes nothing, however late it comes (promise 29).
 */
import { sql } from 'kysely';
import type { RunStore } from '#core/ports/store.ts';
import { toRun } from './run-record.ts';
import { type Db, type DialectName, encode } from './tables.ts';

export type Leases = Pick<RunStore, 'leaseDue' | 'release' | 'releaseAll' | 'updateFenced'>;

const free = { leaseOwner: null, leaseUntil: null };

/**
 * When a run is to be looked at. A follower that looks less and less often must not make a cancellation wait. As in
 * the index `runs_due`, word for word.
 */
const due = sql<number>`case when phase = 'follow' and cancel_requested_at is not null then 0 else due_at end`;

/** The runs to lease; one range of the index `runs_due`, in its order. */
export const dueRuns = (db: Db, dialect: DialectName, now: number, limit: number) =>
  db
    .selectFrom('runs')
    .select('id')
    .where('phase', '<>', sql.lit('done'))
    .where(due, '<=', now)
    .where((eb) => eb.or([eb('leaseUntil', 'is', null), eb('leaseUntil', '<=', now)]))
    .orderBy(due)
    .limit(limit)
    .$if(dialect === 'postgres', (query) => query.forUpdate().skipLocked());

export const createLeases = (db: Db, dialect: DialectName): Leases => ({
  leaseDue: async ({ owner, now, leaseMs, limit }) => {
    const rows = await db
      .with('due', () => dueRuns(db, dialect, now, limit))
      .updateTable('runs')
      .set((eb) => ({
        leaseOwner: owner,
        leaseUntil: now + leaseMs,
        fence: eb('fence', '+', 1),
      }))
      .where('id', 'in', (eb) => eb.selectFrom('due').select('due.id'))
      .returningAll()
      .execute();
    return rows.map(toRun).sort((a, b) => a.dueAt - b.dueAt);
  },

  release: async (owner, ids) => {
    if (ids.length === 0) return;
    await db.updateTable('runs').set(free).where('leaseOwner', '=', owner).where('id', 'in', ids).execute();
  },

  releaseAll: async (owner) => {
    await db.updateTable('runs').set(free).where('leaseOwner', '=', owner).execute();
  },

  updateFenced: async (id, fence, patch, now) => {
    const { numUpdatedRows } = await db
      .updateTable('runs')
      .set({ ...encode(patch), updatedAt: now })
      .where('id', '=', id)
      .where('fence', '=', fence)
      .executeTakeFirstOrThrow();
    return numUpdatedRows === 1n;
  },
});
