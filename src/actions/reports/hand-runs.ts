/**
 * Runs that somebody started by hand with `-with-tower`: they have no head job here, and all that is known of them is
 * what Nextflow reports.
 */
import { randomUUID } from 'node:crypto';
import type { Caller, WorkspaceScope } from '#core/caller.ts';
import { conflict } from '#core/errors.ts';
import { newRunId } from '#core/ids.ts';
import type { Tables } from '#core/ports/store.ts';
import type { TraceStart } from '#core/ports/trace-actions.ts';
import { type ReportedWorkflow, reportedEnd } from '#core/reports.ts';
import { newRun, nowhere, type Run, silentAfterMs, startedByHand } from '#core/runs.ts';
import { record, runTarget } from '../clusters/cluster-audit.ts';
import { randomRunName } from '../runs/run-names.ts';

/** Clients that got no answer ask again: within this time the same session is the same run. */
const repeatMs = 10 * 60_000;

/**
 * Live runs that one person may have started so. Reports are never told to wait, so a loop that starts runs is stopped
 * here; those that fall silent stop counting by themselves.
 */
export const maxLiveHandRuns = 200;

/** @throws AppError 409 */
const checkFew = async (tables: Pick<Tables, 'runs'>, { userId }: Caller): Promise<void> => {
  const live = (await tables.runs.liveOfUser(userId)).filter(startedByHand).length;
  if (live >= maxLiveHandRuns)
    throw conflict(
      `You have ${live} runs that were started by hand and are not over, and ${maxLiveHandRuns} is the most: end some of them where they run, or delete them here with force`,
    );
};

/** Within a transaction: the run, made unless this is the same start once more. @throws AppError 409 for too many */
export const startHandRun = async (
  tables: Pick<Tables, 'runs' | 'runReports' | 'audit'>,
  caller: Caller,
  scope: WorkspaceScope,
  start: TraceStart,
  now: number,
): Promise<Run> => {
  const earlier = start.sessionId === null ? [] : await tables.runs.listOfSession(start.sessionId);
  for (const run of earlier) {
    const same =
      startedByHand(run) &&
      run.userId === caller.userId &&
      run.workspaceId === scope.workspaceId &&
      run.runName === start.runName &&
      now - run.createdAt < repeatMs;
    if (same && !(await tables.runReports.find(run.id))) return run;
  }
  await checkFew(tables, caller);
  const run: Run = {
    ...newRun({
      id: newRunId(),
      organisationId: scope.organisationId ?? 0,
      workspaceId: scope.workspaceId,
      userId: caller.userId,
      computeEnvId: '',
      runName: start.runName ?? randomRunName(),
      sessionId: start.sessionId ?? randomUUID(),
      launch: { pipeline: start.repository ?? start.projectName ?? 'unknown' },
      snapshot: nowhere,
      createdAt: now,
    }),
    phase: 'report',
    facts: start.projectName === null ? {} : { projectName: start.projectName },
    dueAt: now + silentAfterMs,
  };
  await tables.runs.insert(run);
  await record(tables, now, caller, 'workflow_launched', runTarget(run), {
    metadata: { how: 'by hand', pipeline: run.launch.pipeline, sessionId: run.sessionId },
  });
  return run;
};

/** Within a transaction: the run speaks, also one that was silent for so long that it was given up. */
export const hearHandRun = async (tables: Pick<Tables, 'runs'>, run: Run, now: number): Promise<void> => {
  if (!startedByHand(run) || (run.phase === 'report' && run.status === 'RUNNING')) return;
  await tables.runs.update(
    run.id,
    {
      phase: 'report',
      status: 'RUNNING',
      startedAt: run.startedAt ?? now,
      completedAt: null,
      errorMessage: null,
      messages: [],
      dueAt: now + silentAfterMs,
    },
    now,
  );
};

/** Within a transaction: Nextflow's last word ends it. */
export const endHandRun = async (
  tables: Pick<Tables, 'runs' | 'tasks' | 'audit'>,
  caller: Caller,
  run: Run,
  workflow: ReportedWorkflow,
  now: number,
): Promise<void> => {
  const end = reportedEnd(workflow);
  await tables.runs.update(
    run.id,
    { ...end, phase: 'done', messages: [], startedAt: run.startedAt ?? workflow.start, completedAt: now },
    now,
  );
  await tables.tasks.closeAll(run.id, now);
  await record(
    tables,
    now,
    caller,
    end.status === 'CANCELLED' ? 'workflow_cancelled' : 'workflow_completed',
    runTarget(run),
    { metadata: { how: 'by hand', status: end.status, exitStatus: end.exitStatus } },
  );
};
