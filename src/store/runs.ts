/** Runs: found and changed here, listed in run-list.ts; who works on them is decided in leases.ts. */
import type { Insertable } from 'kysely';
import { credentialName } from '#core/clusters.ts';
import type { RunStore } from '#core/ports/store.ts';
import { isLive, type Run, runStatuses } from '#core/runs.ts';
import { createLeases } from './leases.ts';
import { countRuns, listRuns } from './run-list.ts';
import { toRun } from './run-record.ts';
import { statement } from './statements.ts';
import { atomic, type Database, type Db, type DialectName, encode } from './tables.ts';
import { fold } from './text.ts';

const liveStatuses = runStatuses.filter(isLive);

/** What free text looks into, one per line. */
const searchTextOf = ({ runName, launch, id }: Pick<Run, 'runName' | 'launch' | 'id'>): string =>
  fold([runName, launch.pipeline, id].join('\n'));

const insert = statement((db, row: Insertable<Database['runs']>) => db.insertInto('runs').values(row));

export const createRunStore = (db: Db, dialect: DialectName): RunStore => {
  const newestFirst = db
    .selectFrom('runs')
    .selectAll('runs')
    .orderBy('runs.createdAt', 'desc')
    .orderBy('runs.id', 'desc');
  /** Hidden ones too: they are on the cluster, and stopped with the credential that started them. */
  const live = newestFirst.where('runs.status', 'in', liveStatuses);
  const records = async (query: typeof newestFirst) => (await query.execute()).map(toRun);

  return {
    insert: (run) =>
      atomic(db, async (tx) => {
        await insert(tx, dialect, {
          ...encode(run),
          credential: credentialName(run.snapshot.credential),
          identityId: run.snapshot.identityId,
          searchText: searchTextOf(run),
        });
        const further = new Set((run.snapshot.jumpCredentials ?? []).map(credentialName));
        if (further.size === 0) return;
        const rows = [...further].map((credential) => ({ credential, runId: run.id }));
        await tx.insertInto('runJumpCredentials').values(rows).execute();
      }),

    find: async (id) => {
      const row = await db
        .selectFrom('runs')
        .selectAll()
        .where('id', '=', id)
        .where('hiddenAt', 'is', null)
        .executeTakeFirst();
      return row && toRun(row);
    },

    list: (query) => listRuns(db, dialect, query),

    nameTaken: async (sessionId, runName) =>
      (await db
        .selectFrom('runs')
        .select('id')
        .where('sessionId', '=', sessionId)
        .where('runName', '=', runName)
        .limit(1)
        .executeTakeFirst()) !== undefined,

    // A hidden run that is still alive holds its session: nobody may resume it beside itself.
    listOfSession: (sessionId) =>
      records(
        newestFirst
          .where('runs.sessionId', '=', sessionId)
          .where((eb) => eb.or([eb('runs.hiddenAt', 'is', null), eb('runs.status', 'in', liveStatuses)])),
      ),
    everyOfSession: (sessionId) => records(newestFirst.where('runs.sessionId', '=', sessionId)),
    liveOfCredential: (ref) =>
      records(
        live.where((eb) =>
          eb.or([
            eb('runs.credential', '=', credentialName(ref)),
            eb(
              'runs.id',
              'in',
              eb
                .selectFrom('runJumpCredentials')
                .select('runId')
                .where('credential', '=', credentialName(ref)),
            ),
          ]),
        ),
      ),
    liveOfIdentity: (identityId) => records(live.where('runs.identityId', '=', identityId)),
    liveOfWorkspace: (workspaceId) => records(live.where('runs.workspaceId', '=', workspaceId)),
    liveOfUser: (userId) => records(live.where('runs.userId', '=', userId)),
    liveOfComputeEnv: (computeEnvId) => records(live.where('runs.computeEnvId', '=', computeEnvId)),

    countIn: (context) => countRuns(db, context),

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

    rename: async (run, runName, now) => {
      await db
        .updateTable('runs')
        .set({ runName, searchText: searchTextOf({ ...run, runName }), updatedAt: now })
        .where('id', '=', run.id)
        .execute();
    },

    hide: async (id, now) => {
      await db.updateTable('runs').set({ hiddenAt: now, updatedAt: now }).where('id', '=', id).execute();
    },

    ...createLeases(db, dialect),
  };
};
