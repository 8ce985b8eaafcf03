/** What is to be removed on clusters. Leased and fenced as runs are: one process works on a session, and only one. */
import type { Selectable } from 'kysely';
import type { SessionCleanup } from '#core/cleanup.ts';
import type { SessionCleanupStore } from '#core/ports/cleanup-store.ts';
import type { Database, Db, DialectName } from './tables.ts';

const toCleanup = ({
  leaseOwner: _o,
  leaseUntil: _u,
  fence: _f,
  ...cleanup
}: Selectable<Database['sessionCleanups']>): SessionCleanup => cleanup;

export const createSessionCleanupStore = (db: Db, dialect: DialectName): SessionCleanupStore => ({
  plan: async ({ sessionId, runId, policy, dueAt }) => {
    const begun = { startedAt: null, cleanedAt: null, failures: 0, message: null, tasksRemoved: 0, fence: 0 };
    await db
      .insertInto('sessionCleanups')
      .values({ sessionId, runId, policy, dueAt, ...begun })
      .onConflict((conflict) =>
        conflict
          .column('sessionId')
          .doUpdateSet({ runId, policy, dueAt, failures: 0, message: null })
          .where('sessionCleanups.startedAt', 'is', null),
      )
      .execute();
  },

  drop: async (sessionId) => {
    await db
      .deleteFrom('sessionCleanups')
      .where('sessionId', '=', sessionId)
      .where('startedAt', 'is', null)
      .execute();
  },

  find: async (sessionId) => {
    const row = await db
      .selectFrom('sessionCleanups')
      .selectAll()
      .where('sessionId', '=', sessionId)
      .executeTakeFirst();
    return row && toCleanup(row);
  },

  leaseDue: async ({ owner, now, leaseMs }) => {
    const row = await db
      .with('due', (cte) =>
        cte
          .selectFrom('sessionCleanups')
          .select('sessionId')
          .where('cleanedAt', 'is', null)
          .where('dueAt', '<=', now)
          .where((eb) => eb.or([eb('leaseUntil', 'is', null), eb('leaseUntil', '<=', now)]))
          .orderBy('dueAt')
          .limit(1)
          .$if(dialect === 'postgres', (query) => query.forUpdate().skipLocked()),
      )
      .updateTable('sessionCleanups')
      .set((eb) => ({ leaseOwner: owner, leaseUntil: now + leaseMs, fence: eb('fence', '+', 1) }))
      .where('sessionId', 'in', (eb) => eb.selectFrom('due').select('due.sessionId'))
      .returningAll()
      .executeTakeFirst();
    return row && { cleanup: toCleanup(row), fence: row.fence };
  },

  releaseAll: async (owner) => {
    await db
      .updateTable('sessionCleanups')
      .set({ leaseOwner: null, leaseUntil: null })
      .where('leaseOwner', '=', owner)
      .execute();
  },

  update: async (sessionId, fence, patch) => {
    const { numUpdatedRows } = await db
      .updateTable('sessionCleanups')
      .set(patch)
      .where('sessionId', '=', sessionId)
      .where('fence', '=', fence)
      .executeTakeFirstOrThrow();
    return numUpdatedRows === 1n;
  },

  release: async (sessionId, fence) => {
    await db
      .updateTable('sessionCleanups')
      .set({ leaseOwner: null, leaseUntil: null })
      .where('sessionId', '=', sessionId)
      .where('fence', '=', fence)
      .execute();
  },
});
