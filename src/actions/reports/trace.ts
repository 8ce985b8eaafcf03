/**
 * What Nextflow reports over HTTP, written as it comes. A report never ends a run that was launched here: its head job
 * is still there, and the launcher, which is told to look, decides from scheduler and files.
 */
import type { Caller, WorkspaceScope } from '#core/caller.ts';
import type { Clock } from '#core/clock.ts';
import { errorReport, taskError } from '#core/error-report.ts';
import { conflict, forbidden, notFound } from '#core/errors.ts';
import type { Store, Tables } from '#core/ports/store.ts';
import type { TraceActions } from '#core/ports/trace-actions.ts';
import { mergeWorkflow, type ReportedWorkflow, type RunReport } from '#core/reports.ts';
import { type Run, type RunFacts, startedByHand } from '#core/runs.ts';
import { hashOf, type TaskReport } from '#core/tasks.ts';
import { findRun } from '../runs/runs.ts';
import { watchUrl } from '../runs/watch-url.ts';
import { endHandRun, hearHandRun, startHandRun } from './hand-runs.ts';

export interface TraceDeps {
  store: Pick<
    Store,
    | 'runs'
    | 'tasks'
    | 'runReports'
    | 'users'
    | 'workspaces'
    | 'organisations'
    | 'computeEnvs'
    | 'labels'
    | 'transaction'
  >;
  clock: Clock;
  publicUrl: string;
  /** Tells the launcher that something is due. */
  wake(): void;
}

const nothingTold: RunReport = { workflow: null, metrics: null, begunAt: null, completedAt: null };

/** Reports of tasks carry no error text; the run's last word has that of the task that ended it. */
const taskThatFailed = async (
  tables: Pick<Tables, 'tasks'>,
  runId: string,
  workflow: ReportedWorkflow | null,
): Promise<TaskReport[]> => {
  const told = errorReport(workflow?.errorReport ?? '');
  const hash = hashOf(told?.workDir ?? '');
  if (told === null || hash === null) return [];
  const taskId = (await tables.tasks.numbersOf(runId, [hash], 'all')).get(hash);
  return taskId === undefined ? [] : [{ taskId, status: 'FAILED', errorMessage: taskError(told) }];
};

const factsOf = (workflow: ReportedWorkflow): RunFacts => {
  const { commitId, projectName, repository, revision, commandLine, nextflow } = workflow;
  const told = {
    commitId,
    projectName,
    repository,
    revision,
    commandLine,
    nextflowVersion: nextflow?.version,
  };
  return Object.fromEntries(Object.entries(told).filter(([, value]) => value));
};

/**
 * What a run is then known by. Of a run that was launched here the launcher reads commit and revision itself: they decide
 * what may be launched again, and its owner could report others.
 */
const factsWith = (run: Run, workflow: ReportedWorkflow): RunFacts => {
  const told = factsOf(workflow);
  const { commitId: _commit, revision: _revision, ...others } = told;
  return { ...(startedByHand(run) ? told : others), ...run.facts };
};

/** Only a run itself and who launched it tell how it goes: anybody else could make up what others see. */
const checkMayReport = (caller: Caller, run: Run): void => {
  if (caller.reportsOn !== undefined && caller.reportsOn !== run.id) throw notFound('workflow', run.id);
  if (caller.userId === run.userId) return;
  throw forbidden(
    `Run ${run.runName} was launched by somebody else: only they, and the run itself, report on it`,
  );
};

export const createTraceActions = ({ store, clock, publicUrl, wake }: TraceDeps): TraceActions => {
  /** @throws AppError 404, 403 */
  const reportedRun = async (
    tables: Pick<Tables, 'runs'>,
    caller: Caller,
    scope: WorkspaceScope,
    runId: string,
  ): Promise<Run> => {
    const run = await findRun(tables, caller, scope, runId);
    checkMayReport(caller, run);
    return run;
  };

  /** Is the run's end known from Nextflow itself? Then late reports fill in, and change nothing. */
  const hear = async (tables: Tables, run: Run, report: RunReport, now: number): Promise<void> => {
    if (report.completedAt !== null) return;
    if (startedByHand(run)) await hearHandRun(tables, run, now);
    else if (run.phase !== 'done' && run.status === 'SUBMITTED')
      await tables.runs.update(run.id, { status: 'RUNNING', startedAt: run.startedAt ?? now }, now);
  };

  const attach = async (caller: Caller, scope: WorkspaceScope, runId: string): Promise<Run> => {
    const run = await reportedRun(store, caller, scope, runId);
    if (run.phase === 'done')
      throw conflict(`Run ${run.runName} (${run.id}) is over (${run.status}): launch it again or resume it`);
    await store.tasks.report(run.id, { source: 'http', reports: [], now: clock.now() });
    return run;
  };

  return {
    create: async (caller, scope, start) => {
      const run =
        start.workflowId === null && caller.reportsOn === undefined
          ? await store.transaction((tables) => startHandRun(tables, caller, scope, start, clock.now()))
          : await attach(caller, scope, start.workflowId ?? caller.reportsOn ?? '');
      const workspace = run.workspaceId === null ? undefined : await store.workspaces.find(run.workspaceId);
      return {
        run,
        watchUrl: await watchUrl(store, publicUrl, run),
        user: await store.users.find(run.userId),
        workspace,
        organisation: workspace && (await store.organisations.find(workspace.organisationId)),
        computeEnv: startedByHand(run) ? undefined : await store.computeEnvs.find(run.computeEnvId),
        labels: (await store.labels.of('run', [run.id])).get(run.id) ?? [],
      };
    },

    begin: async (caller, scope, runId, { workflow, processNames }) => {
      const now = clock.now();
      const run = await store.transaction(async (tables) => {
        const found = await reportedRun(tables, caller, scope, runId);
        const known = (await tables.runReports.find(runId)) ?? nothingTold;
        await hear(tables, found, known, now);
        const told = workflow ?? known.workflow;
        const merged = told && mergeWorkflow(known.workflow, told, known.completedAt !== null);
        await tables.runReports.save(runId, { ...known, workflow: merged, begunAt: known.begunAt ?? now });
        if (merged)
          await tables.runs.update(
            runId,
            {
              facts: factsWith(found, merged),
              ...(startedByHand(found) && { workDir: merged.workDir, headDir: merged.launchDir }),
            },
            now,
          );
        await tables.tasks.nameProcesses(runId, processNames);
        await tables.tasks.report(runId, { source: 'http', reports: [], now });
        return found;
      });
      return watchUrl(store, publicUrl, run);
    },

    progress: async (caller, scope, runId, { tasks, counted }) => {
      const now = clock.now();
      const run = await reportedRun(store, caller, scope, runId);
      const batch = { source: 'http', reports: tasks, now, ...(counted && { counted }) } as const;
      // What most reports are: one batch of a run that is known to go on.
      if (run.phase !== 'done' && run.status === 'RUNNING') {
        await store.tasks.report(runId, batch);
        return;
      }
      await store.transaction(async (tables) => {
        const found = await reportedRun(tables, caller, scope, runId);
        const known = (await tables.runReports.find(runId)) ?? nothingTold;
        await hear(tables, found, known, now);
        await tables.tasks.report(runId, batch);
        const reports = await taskThatFailed(tables, runId, known.workflow);
        if (reports.length > 0) await tables.tasks.report(runId, { source: 'http', reports, now });
      });
    },

    complete: async (caller, scope, runId, { workflow, metrics, counted }) => {
      const now = clock.now();
      await store.transaction(async (tables) => {
        const run = await reportedRun(tables, caller, scope, runId);
        const known = (await tables.runReports.find(runId)) ?? nothingTold;
        const merged = workflow && mergeWorkflow(known.workflow, workflow, false);
        await tables.runReports.save(runId, {
          workflow: merged ?? known.workflow,
          metrics: metrics ?? known.metrics,
          begunAt: known.begunAt,
          completedAt: known.completedAt ?? now,
        });
        const reports = await taskThatFailed(tables, runId, merged);
        await tables.tasks.report(runId, { source: 'http', reports, now, ...(counted && { counted }) });
        if (known.completedAt !== null) return;
        const facts = merged ? factsWith(run, merged) : run.facts;
        if (startedByHand(run) && merged) await endHandRun(tables, caller, { ...run, facts }, merged, now);
        // The head job is about to leave: the launcher looks at once.
        else if (run.phase !== 'done') await tables.runs.update(runId, { facts, dueAt: now }, now);
      });
      wake();
    },
  };
};
