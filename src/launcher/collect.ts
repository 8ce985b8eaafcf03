/** The end of a run: read what it left on the cluster, decide how it ended, clear away what still runs in its name. */

import { usesSecrets } from '#core/pipeline-secrets.ts';
import type { ClusterTarget } from '#core/ports/cluster-access.ts';
import type { JobStatus, SchedulerDriver } from '#core/ports/scheduler.ts';
import type { Run } from '#core/runs.ts';
import type { LauncherDeps } from './deps.ts';
import { headJobOf } from './head-job.ts';
import { retryDelay } from './pace.ts';
import { createProgress } from './progress.ts';
import type { RunWriter } from './run-writer.ts';
import { hasEnded, verdict } from './verdict.ts';

/** Shared file systems show a file late: an exit file that is missing is looked for so many times. */
const looksForExitFile = 4;

/** Jobs of this run that are still in the queue, a live head job apart. */
const leftoversOf = (
  driver: SchedulerDriver,
  run: Pick<Run, 'id' | 'headJobId'>,
  jobs: readonly JobStatus[],
): string[] => [
  ...jobs.filter((job) => driver.isTask(run.id, job.jobName) && !hasEnded(job)).map((job) => job.jobId),
  // A head job that its scheduler gave up on stays in the queue of some (Grid Engine's state E) until it is removed.
  ...jobs
    .filter((job) => headJobOf(run, [job]) && job.state === 'failed' && job.stuck)
    .map((job) => job.jobId),
];

export const createCollect = (deps: LauncherDeps, writer: RunWriter) => {
  const progress = createProgress(deps);
  /** What is left of them, in a sentence. An outage keeps the run until they are gone. */
  const forgetSecrets = async (run: Run, target: ClusterTarget, headDir: string): Promise<string | null> => {
    if (!usesSecrets(run.launch)) return null;
    const { command, parse } = deps.forgetSecrets;
    return parse(await deps.clusters.run(target, { ...command({ runId: run.id, headDir }), kind: 'clean' }));
  };

  /**
   * @param job last word of scheduler or accounting; null when neither knows it
   * @param queue the member's jobs as just seen
   */
  return async (
    run: Run,
    target: ClusterTarget,
    job: JobStatus | null,
    queue: readonly JobStatus[],
  ): Promise<void> => {
    const driver = deps.drivers.get(run.snapshot.platform);
    const leftovers = driver ? leftoversOf(driver, run, queue) : [];
    if (driver && leftovers.length > 0) {
      deps.log.info(
        { run: run.id, jobs: leftovers.length },
        'removing jobs of a run whose head job has gone',
      );
      await deps.clusters.run(target, { ...driver.remove(leftovers), kind: 'cancel' });
    }
    if (run.headDir === null) {
      await writer.end(run, {
        status: run.cancelRequestedAt === null ? 'FAILED' : 'CANCELLED',
        exitStatus: job?.exitCode ?? null,
        errorMessage:
          run.cancelRequestedAt === null ? 'The head job ended before its directory was known.' : null,
        errorReport: null,
      });
      return;
    }
    if (!(await progress.finish(target, run))) {
      await writer.write(run, { dueAt: deps.clock.now() });
      return;
    }
    const remains = deps.remains.parse(
      await deps.clusters.run(target, {
        ...deps.remains.read({ runId: run.id, headDir: run.headDir }),
        kind: 'collect',
      }),
    );
    const told = await deps.store.runReports.find(run.id);
    const lastWord = told?.completedAt ? told.workflow : null;
    const unexplained =
      remains.exitStatus === null &&
      lastWord === null &&
      (job === null || ['completed', 'failed'].includes(job.state));
    if (unexplained && run.failures + 1 < looksForExitFile) {
      const failures = run.failures + 1;
      await writer.write(run, { failures, dueAt: deps.clock.now() + retryDelay(failures) });
      return;
    }
    const ended = verdict(run, job, remains, lastWord);
    const left = await forgetSecrets(run, target, run.headDir);
    const errorMessage = [ended.errorMessage, left].filter((said) => said !== null).join(' ') || null;
    await writer.end(
      run,
      { ...ended, errorMessage },
      {
        facts: { ...run.facts, ...remains.facts },
        jobState: job?.nativeState ?? run.jobState,
      },
    );
  };
};
