/** Runs: found, listed and changed here; who works on them is decided in leases.ts. */
import { credentialName } from '#core/clusters.ts';
import type { RunStore } from '#core/ports/store.ts';
import { isLive, runStatuses } from '#core/runs.ts';
import { inContext } from './context.ts';
import { carries } from './labels.ts';
import { createLeases } from './leases.ts';
import { paged } from './paging.ts';
import { toRun } from './run-record.ts';
import { type Db, type DialectName, encode } from './tables.ts';
import { contains, fold, searchTerm } from './text.ts';

const liveStatuses = runStatuses.filter(isLive);

export const createRunStore = (db: Db, dialect: DialectName): RunStore => {
  const newestFirst = db
    .selectFrom('runs')
    .selectAll('runs')
    .orderBy('runs.createdAt', 'desc')
    .orderBy('runs.id', 'desc');
  const visible = newestFirst.where('runs.hiddenAt', 'is', null);
  /** Hidden ones too: they are on the cluster, and stopped with the credential that started them. */
  const live = newestFirst.where('runs.status', 'in', liveStatuses);
  const records = async (query: typeof newestFirst) => (await query.execute()).map(toRun);

  return {
    insert: async (run) => {
      await db
        .insertInto('runs')
        .values({
          ...encode(run),
          credential: credentialName(run.snapshot.credential),
          identityId: run.snapshot.identityId,
          searchText: fold([run.runName, run.launch.pipeline, run.id].join('\n')),
        })
        .execute();
    },

    find: async (id) => {
      const row = await db
        .selectFrom('runs')
        .selectAll()
        .where('id', '=', id)
        .where('hiddenAt', 'is', null)
        .executeTakeFirst();
      return row && toRun(row);
    },

    /** `after` ≤ launched < `before`. */
    list: async ({ search, statuses, userName, labels, after, before, max, offset, ...context }) => {
      const term = searchTerm(search);
      let query = visible.where(inContext(context));
      if (statuses) query = query.where('runs.status', 'in', statuses);
      if (after !== undefined) query = query.where('runs.createdAt', '>=', after);
      if (before !== undefined) query = query.where('runs.createdAt', '<', before);
      if (userName !== undefined)
        query = query.where('runs.userId', 'in', (eb) =>
          eb.selectFrom('users').select('users.id').where('users.userNameFolded', '=', fold(userName)),
        );
      for (const label of labels ?? [])
        query = query.where((eb) => carries(db, 'run', eb.ref('runs.id'), label));
      if (term !== undefined)
        query = query.where((eb) =>
          eb.or([
            contains(eb.ref('runs.searchText'), term),
            eb('runs.userId', 'in', (users) =>
              users
                .selectFrom('users')
                .select('users.id')
                .where((user) => contains(user.ref('users.userNameFolded'), term)),
            ),
          ]),
        );
      const { rows, totalSize } = await paged(query, { max, offset });
      return { rows: rows.map(toRun), totalSize };
    },

    nameTaken: async (context, runName) =>
      (await db
        .selectFrom('runs')
        .select('id')
        .where(inContext(context))
        .where('runName', '=', runName)
        .where('hiddenAt', 'is', null)
        .limit(1)
        .executeTakeFirst()) !== undefined,

    // A hidden run that is still alive holds its session: nobody may resume it beside itself.
    listOfSession: (sessionId) =>
      records(
        newestFirst
          .where('runs.sessionId', '=', sessionId)
          .where((eb) => eb.or([eb('runs.hiddenAt', 'is', null), eb('runs.status', 'in', liveStatuses)])),
      ),
    liveOfCredential: (ref) => records(live.where('runs.credential', '=', credentialName(ref))),
    liveOfIdentity: (identityId) => records(live.where('runs.identityId', '=', identityId)),
    liveOfComputeEnv: (computeEnvId) => records(live.where('runs.computeEnvId', '=', computeEnvId)),

    countByStatus: async () => {
      const rows = await db
        .selectFrom('runs')
        .select((eb) => ['status', eb.fn.countAll<number>().as('count')])
        .where('hiddenAt', 'is', null)
        .groupBy('status')
        .execute();
      return Object.fromEntries(rows.map(({ status, count }) => [status, count]));
    },

    update: async (id, patch, now) => {
      await db
        .updateTable('runs')
        .set({ ...encode(patch), updatedAt: now })
        .where('id', '=', id)
        .execute();
    },

    hide: async (id, now) => {
      await db.updateTable('runs').set({ hiddenAt: now, updatedAt: now }).where('id', '=', id).execute();
    },

    ...createLeases(db, dialect),
  };
};
