/** Runs after their launch: list, describe, rename, cancel, remove. */
import { type Caller, scopeAllows, type WorkspaceScope } from '#core/caller.ts';
import type { Clock } from '#core/clock.ts';
import { conflict, forbidden, isAppError, notFound } from '#core/errors.ts';
import { checkRunName } from '#core/names.ts';
import type { RunActions, RunDetails } from '#core/ports/run-actions.ts';
import type { Store, Tables } from '#core/ports/store.ts';
import { nothingReported, type RunProgress } from '#core/progress.ts';
import { isLive, type Run, silentAfterMs, startedByHand } from '#core/runs.ts';
import { record, runTarget } from '../clusters/cluster-audit.ts';
import { contextOf, liesWithin } from '../context.ts';
import { createLookAgain } from './look-again.ts';

export interface RunDeps {
  store: Pick<
    Store,
    | 'runs'
    | 'runStars'
    | 'runReports'
    | 'sessionCleanups'
    | 'tasks'
    | 'users'
    | 'computeEnvs'
    | 'labels'
    | 'transaction'
  >;
  clock: Clock;
  /** Tells the launcher that something is due. */
  wake(): void;
}

/** The run if it lies within the scope's walls. @throws AppError 404 */
export const findRun = async (
  store: Pick<Store, 'runs'>,
  caller: Caller,
  scope: WorkspaceScope,
  id: string,
): Promise<Run> => {
  const run = await store.runs.find(id);
  if (!run || !liesWithin(caller, scope, run)) throw notFound('workflow', id);
  return run;
};

/**
 * Asks the launcher to stop a run; nothing happens to one that is over, or that nobody here has started. To be called within a transaction.
 * @returns whether there was something to stop
 */
export const requestCancel = async (store: Pick<Store, 'runs'>, run: Run, now: number): Promise<boolean> => {
  if (run.phase === 'done' || run.phase === 'report' || run.cancelRequestedAt !== null) return false;
  await store.runs.update(
    run.id,
    { cancelRequestedAt: now, messages: ['Being cancelled.'], dueAt: now },
    now,
  );
  return true;
};

/**
 * Whoever may launch may also stop, rename and delete what is their own; what others have launched takes more.
 * @throws AppError 403
 */
const checkMayChange = (caller: Caller, scope: WorkspaceScope, run: Run): void => {
  if (run.userId === caller.userId || scopeAllows(scope, 'workflow_others:write')) return;
  throw forbidden(
    `Run ${run.runName} is not yours: with your role in this workspace, ${scope.roles.join(' and ')}, you may change your own runs; those of others take owner, admin or maintain, or the permission workflow_others:write`,
  );
};

/** Of a run that the scheduler knows: what it says counts, and Nextflow's silence is only told. */
const silence = (run: Run, { workflow }: RunProgress, now: number): string[] => {
  const heardAt = workflow.lastReportAt;
  if (heardAt === null || run.phase === 'done' || run.phase === 'report' || now - heardAt < silentAfterMs)
    return [];
  return [
    `Nextflow has not reported over HTTP since ${new Date(heardAt).toISOString()}; the scheduler has the head job as ${run.jobState ?? 'unknown'}.`,
  ];
};

type Changes = 'list' | 'count' | 'describe' | 'cancel' | 'rename' | 'remove' | 'removeMany';

export const createRunActions = ({ store, clock, wake }: RunDeps): Pick<RunActions, Changes> => {
  const lookAgain = createLookAgain({ store, clock, wake });

  const details = (
    scope: WorkspaceScope,
    run: Run,
    known: Pick<
      RunDetails,
      'userName' | 'computeEnv' | 'labels' | 'starred' | 'progress' | 'report' | 'cleanup'
    >,
  ): RunDetails => ({
    run,
    organisationName: scope.organisationName,
    workspaceName: scope.workspaceName,
    ...known,
  });

  const nameOf = async (userId: number): Promise<string> =>
    (await store.users.find(userId))?.userName ?? `user-${userId}`;

  /** A run that the caller may change. */
  const changeable = async (
    tables: Pick<Tables, 'runs'>,
    caller: Caller,
    scope: WorkspaceScope,
    id: string,
  ) => {
    const run = await findRun(tables, caller, scope, id);
    checkMayChange(caller, scope, run);
    return run;
  };

  const cancel = async (tables: Tables, caller: Caller, run: Run, now: number): Promise<void> => {
    if (!(await requestCancel(tables, run, now))) return;
    await record(tables, now, caller, 'workflow_cancelled', runTarget(run), {
      previousState: { status: run.status },
      metadata: { requested: true, headJobId: run.headJobId },
    });
  };

  const remove: RunActions['remove'] = async (caller, scope, id, { force }) => {
    await store.transaction(async (tables) => {
      const run = await changeable(tables, caller, scope, id);
      if (isLive(run.status) && !force) {
        throw conflict(`Run ${run.runName} is ${run.status}; cancel it first, or delete it with force=true`);
      }
      const now = clock.now();
      await cancel(tables, caller, run, now);
      await tables.runs.hide(run.id, now);
      await record(tables, now, caller, 'workflow_deleted', runTarget(run), {
        previousState: { status: run.status, headJobId: run.headJobId },
      });
    });
    wake();
  };

  return {
    list: async (caller, scope, { starred, includeTotalSize = true, max, ...query }) => {
      const found = await store.runs.list({
        ...query,
        // One more than asked for tells whether there are more.
        max: includeTotalSize ? max : max + 1,
        count: includeTotalSize,
        ...contextOf(caller, scope),
        ...(starred === true && { starredBy: caller.userId }),
      });
      const rows = found.rows.slice(0, max);
      const names = new Map<number, string>();
      for (const { userId } of rows) if (!names.has(userId)) names.set(userId, await nameOf(userId));
      const ids = rows.map(({ id }) => id);
      const stars = await store.runStars.among(caller.userId, ids);
      const labels = await store.labels.of('run', ids);
      const progress = await store.tasks.progressOf(ids);
      return {
        rows: rows.map((run) =>
          details(scope, run, {
            userName: names.get(run.userId) ?? '',
            computeEnv: null,
            labels: labels.get(run.id) ?? [],
            starred: stars.has(run.id),
            progress: progress.get(run.id) ?? nothingReported(),
            report: null,
            cleanup: null,
          }),
        ),
        ...(includeTotalSize && { totalSize: found.totalSize }),
        hasMore: query.offset + rows.length < found.totalSize,
      };
    },

    count: (caller, scope) => store.runs.countIn(contextOf(caller, scope)),

    describe: async (caller, scope, id) => {
      const found = await findRun(store, caller, scope, id);
      await lookAgain(found);
      const progress = await store.tasks.progress(id);
      const run = { ...found, messages: [...found.messages, ...silence(found, progress, clock.now())] };
      const stars = await store.runStars.among(caller.userId, [run.id]);
      return details(scope, run, {
        userName: await nameOf(run.userId),
        computeEnv: (await store.computeEnvs.find(run.computeEnvId)) ?? null,
        labels: (await store.labels.of('run', [run.id])).get(run.id) ?? [],
        starred: stars.has(run.id),
        progress,
        report: (await store.runReports.find(run.id)) ?? null,
        cleanup: startedByHand(run) ? null : ((await store.sessionCleanups.find(run.sessionId)) ?? null),
      });
    },

    rename: async (caller, scope, id, runName) => {
      checkRunName(runName);
      await store.transaction(async (tables) => {
        const run = await changeable(tables, caller, scope, id);
        if (run.runName === runName) return;
        if (await tables.runs.nameTaken(run.sessionId, runName))
          throw conflict(`runName: a run of this session is named ${runName} already; give another name`);
        const now = clock.now();
        await tables.runs.rename(run, runName, now);
        await record(tables, now, caller, 'workflow_updated', runTarget(run), {
          previousState: { runName: run.runName },
          newState: { runName },
        });
      });
    },

    cancel: async (caller, scope, id) => {
      await store.transaction(async (tables) => {
        const run = await changeable(tables, caller, scope, id);
        if (run.phase === 'report')
          throw conflict(
            `Run ${run.runName} was started by hand: stop it where it runs, with Ctrl-C or kill`,
          );
        await cancel(tables, caller, run, clock.now());
      });
      wake();
    },

    remove,

    removeMany: async (caller, scope, ids, how) => {
      const failed: string[] = [];
      for (const id of new Set(ids)) {
        try {
          await remove(caller, scope, id, how);
        } catch (error) {
          if (!isAppError(error) || error.status >= 500) throw error;
          failed.push(id);
        }
      }
      return failed;
    },
  };
};
