/**
 * Who works on which run. A lease is a promise with an end; the fence is what protects: it rises with each lease, and
 * a write that names an older one changes nothing, however late it comes (promise 29).
 */
import { sql, type Updateable } from 'kysely';
import type { RunStore } from '#core/ports/store.ts';
import type { Run } from '#core/runs.ts';
import { among, asList, type List } from './lists.ts';
import { toRun } from './run-record.ts';
import { statement } from './statements.ts';
import { type Database, type Db, type DialectName, encode } from './tables.ts';

export type Leases = Pick<
  RunStore,
  'leaseDue' | 'release' | 'releaseAll' | 'updateFenced' | 'updateAllFenced'
>;

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

interface Held {
  ids: List;
  /** Each with its fence. */
  leases: List;
}

const leaseOf = ({ id, fence }: Pick<Run, 'id' | 'fence'>): string => `${id} ${fence}`;

const changeHeld = statement((db, { ids, leases, ...change }: Updateable<Database['runs']> & Held, dialect) =>
  db
    .updateTable('runs')
    .set(change)
    .where(among(dialect, sql`id`, ids))
    .where(among(dialect, sql`id || ' ' || fence`, leases))
    .returning('id'),
);

const freeAll = statement((db, { owner, ids }: { owner: string; ids: List }, dialect) =>
  db
    .updateTable('runs')
    .set(free)
    .where('leaseOwner', '=', owner)
    .where(among(dialect, sql`id`, ids)),
);

export const createLeases = (db: Db, dialect: DialectName): Leases => {
  const updateAllFenced: Leases['updateAllFenced'] = async (runs, patch, now) => {
    if (runs.length === 0) return new Set();
    const held: Held = {
      ids: asList(
        dialect,
        runs.map(({ id }) => id),
      ),
      leases: asList(dialect, runs.map(leaseOf)),
    };
    const written = await changeHeld(db, dialect, { ...encode(patch), updatedAt: now, ...held });
    return new Set(written.map(({ id }) => id));
  };

  return {
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
      if (ids.length > 0) await freeAll(db, dialect, { owner, ids: asList(dialect, ids) });
    },

    releaseAll: async (owner) => {
      await db.updateTable('runs').set(free).where('leaseOwner', '=', owner).execute();
    },

    updateAllFenced,
    updateFenced: async (id, fence, patch, now) =>
      (await updateAllFenced([{ id, fence }], patch, now)).has(id),
  };
};
