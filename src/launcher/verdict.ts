/** Pure: how a run ended, from what the scheduler, accounting and the run's own files say. */
import { errorReport } from '#core/error-report.ts';
import type { JobStatus, RunRemains } from '#core/ports/scheduler.ts';
import { type ReportedWorkflow, reportedEnd } from '#core/reports.ts';
import type { Run, RunStatus } from '#core/runs.ts';

export interface Verdict {
  status: RunStatus;
  exitStatus: number | null;
  errorMessage: string | null;
  errorReport: string | null;
}

const endedStates = new Set([
  'completed',
  'failed',
  'cancelled',
  'time-limit',
  'out-of-memory',
  'node-failure',
]);

export const hasEnded = (job: JobStatus): boolean => endedStates.has(job.state);

/** Sentences for endings that the run's own files cannot tell. */
const jobSentence = (run: Run, job: JobStatus): string => {
  const name = `Head job ${job.jobId} on ${run.snapshot.hostName}`;
  switch (job.state) {
    case 'time-limit':
      return `${name} reached its wall-clock limit. Ask for more time in the head job options, or use a queue that allows it.`;
    case 'out-of-memory':
      return `${name} was ended for using more memory than it had asked for. Raise headJobMemoryMb.`;
    case 'node-failure':
      return `${name} was lost: its node failed or it was preempted (${job.nativeState}). Resume the run.`;
    case 'cancelled':
      return `${name} was cancelled on the cluster (${job.reason ?? job.nativeState}).`;
    default:
      return job.signal
        ? `${name} was ended by signal ${job.signal}.`
        : `${name} ended as ${job.nativeState} without leaving an exit status.`;
  }
};

/** The part of Nextflow's output that says what went wrong, as it reports it itself. */
const errorExcerpt = (output: string): string | null => /^ERROR ~ (.*)/ms.exec(output)?.[1]?.trim() || null;

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? '';

/** Of a task that ended the run, as Nextflow reports it: what its command said and its exit status. */
const failureOf = (report: string): { said: string; exitStatus: number | null } => {
  const told = errorReport(report);
  return { said: told?.said ?? told?.cause ?? firstLine(report), exitStatus: told?.exitStatus ?? null };
};

/**
 * @param job what scheduler or accounting last said; null when neither knows the job any more
 * @param remains what the run left; the exit file, where it exists, is the launcher's own word and is believed first
 * @param told Nextflow's last report, if it came: believed where the run left no exit status
 */
export const verdict = (
  run: Run,
  job: JobStatus | null,
  remains: RunRemains,
  told: ReportedWorkflow | null = null,
): Verdict => {
  const lastWord = told && remains.exitStatus === null ? reportedEnd(told) : null;
  // Long outputs are known by their end alone, and Nextflow has told the same.
  const excerpt = errorExcerpt(remains.outputTail) ?? told?.errorReport ?? null;
  const report = excerpt ?? (remains.outputTail.trim() || null);
  if (run.cancelRequestedAt !== null && remains.exitStatus !== 0) {
    return { status: 'CANCELLED', exitStatus: remains.exitStatus, errorMessage: null, errorReport: null };
  }
  if (remains.exitStatus === 0) {
    return { status: 'SUCCEEDED', exitStatus: 0, errorMessage: null, errorReport: null };
  }
  if (lastWord?.status === 'SUCCEEDED') return lastWord;
  const ending =
    job && ['time-limit', 'out-of-memory', 'node-failure', 'cancelled'].includes(job.state) ? job : null;
  if (ending) {
    return {
      status: ending.state === 'cancelled' ? 'CANCELLED' : 'FAILED',
      exitStatus: remains.exitStatus ?? ending.exitCode,
      errorMessage: remains.launcherMessage ?? jobSentence(run, ending),
      errorReport: report,
    };
  }
  if (remains.exitStatus !== null) {
    const failure = remains.started && excerpt ? failureOf(excerpt) : null;
    const unsaid = remains.started
      ? `Nextflow ended without saying why. Exit status: ${remains.exitStatus}`
      : `The workflow execution failed to start. Exit status: ${remains.exitStatus}`;
    return {
      status: 'FAILED',
      exitStatus: failure?.exitStatus ?? remains.exitStatus,
      errorMessage: remains.launcherMessage ?? failure?.said ?? unsaid,
      errorReport: report,
    };
  }
  if (lastWord) return lastWord;
  const unexplained = job
    ? jobSentence(run, job)
    : `Head job ${run.headJobId} is no longer known to the scheduler of ${run.snapshot.hostName} and left no exit status.`;
  return {
    status: 'FAILED',
    exitStatus: job?.exitCode ?? null,
    errorMessage: remains.launcherMessage ?? unexplained,
    errorReport: report,
  };
};
