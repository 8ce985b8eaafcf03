/** Runs after their launch: list, describe, cancel, remove. */
import type { Caller, WorkspaceScope } from '#core/caller.ts';
import type { Clock } from '#core/clock.ts';
import { conflict, notFound } from '#core/errors.ts';
import type { Label } from '#core/labels.ts';
import type { RunActions, RunDetails } from '#core/ports/run-actions.ts';
import type { Store } from '#core/ports/store.ts';
import { isLive, type Run } from '#core/runs.ts';
import { auditEvent } from './audit.ts';
import { runTarget } from './cluster-audit.ts';
import { liesWithin } from './context.ts';

export interface RunDeps {
  store: Pick<Store, 'runs' | 'users' | 'computeEnvs' | 'labels' | 'transaction'>;
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
 * Asks the launcher to stop a run; nothing happens to one that is over. To be called within a transaction.
 * @returns whether there was something to stop
 */
export const requestCancel = async (store: Pick<Store, 'runs'>, run: Run, now: number): Promise<boolean> => {
  if (run.phase === 'done' || run.cancelRequestedAt !== null) return false;
  await store.runs.update(
    run.id,
    { cancelRequestedAt: now, messages: ['Being cancelled.'], dueAt: now },
    now,
  );
  return true;
};

export const createRunActions = ({
  store,
  clock,
  wake,
}: RunDeps): Pick<RunActions, 'list' | 'describe' | 'cancel' | 'remove'> => {
  const details = async (scope: WorkspaceScope, run: Run, labels: Label[]): Promise<RunDetails> => ({
    run,
    userName: (await store.users.find(run.userId))?.userName ?? `user-${run.userId}`,
    organisationName: scope.organisationName,
    workspaceName: scope.workspaceName,
    computeEnv: (await store.computeEnvs.find(run.computeEnvId)) ?? null,
    labels,
  });
  const labelsOfRuns = (runs: readonly Run[]) =>
    store.labels.of(
      'run',
      runs.map((run) => run.id),
    );

  const cancel = async (caller: Caller, run: Run): Promise<void> => {
    const now = clock.now();
    await store.transaction(async (tables) => {
      if (await requestCancel(tables, run, now)) {
        await tables.audit.append(
          auditEvent(caller, {
            event: 'workflow_cancelled',
            target: runTarget(run),
            state: {
              previousState: { status: run.status },
              metadata: { requested: true, headJobId: run.headJobId },
            },
          }),
          now,
        );
      }
    });
    wake();
  };

  return {
    list: async (caller, scope, query) => {
      const { rows, totalSize } = await store.runs.list({
        ...query,
        workspaceId: scope.workspaceId,
        userId: caller.userId,
      });
      const labels = await labelsOfRuns(rows);
      const found = rows.map((run) => details(scope, run, labels.get(run.id) ?? []));
      return { rows: await Promise.all(found), totalSize };
    },
    describe: async (caller, scope, id) => {
      const run = await findRun(store, caller, scope, id);
      return details(scope, run, (await labelsOfRuns([run])).get(id) ?? []);
    },
    cancel: async (caller, scope, id) => cancel(caller, await findRun(store, caller, scope, id)),
    remove: async (caller, scope, id, { force }) => {
      const run = await findRun(store, caller, scope, id);
      if (isLive(run.status) && !force) {
        throw conflict(`Run ${run.runName} is ${run.status}; cancel it first, or delete it with force=true`);
      }
      if (run.phase !== 'done') await cancel(caller, run);
      const now = clock.now();
      await store.transaction(async (tables) => {
        await tables.runs.hide(run.id, now);
        await tables.audit.append(
          auditEvent(caller, {
            event: 'workflow_deleted',
            target: runTarget(run),
            state: { previousState: { status: run.status, headJobId: run.headJobId } },
          }),
          now,
        );
      });
      wake();
    },
  };
};
