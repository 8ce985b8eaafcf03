/** Reconciler of phase `cancel`: tell Nextflow, give it time, remove the head job, then whatever tasks it left. */
import { isAppError } from '#core/errors.ts';
import { usesSecrets } from '#core/pipeline-secrets.ts';
import type { ClusterTarget } from '#core/ports/cluster-access.ts';
import type { SchedulerDriver } from '#core/ports/scheduler.ts';
import type { Run } from '#core/runs.ts';
import { createCollect } from './collect.ts';
import type { LauncherDeps } from './deps.ts';
import { headJobOf } from './head-job.ts';
import { retryDelay } from './pace.ts';
import { parked, sentence } from './problems.ts';
import type { RunWriter } from './run-writer.ts';
import { createSubmission, submitting } from './submit.ts';
import { hasEnded } from './verdict.ts';

/** Nextflow cleans up within 1 to 3 s of TERM; a busy site gets this long before the head job is removed. */
const graceMs = 30_000;

/** In `jobState`: Nextflow has been told. */
const interrupted = 'CANCELLING';

export const createCancelStep = (deps: LauncherDeps, writer: RunWriter) => {
  const collect = createCollect(deps, writer);
  const submission = createSubmission(deps);

  const again = (run: Run, patch: { jobState?: string; messages?: string[] } = {}, delayMs = 1_000) =>
    writer.write(run, { ...patch, phase: 'cancel', failures: 0, dueAt: deps.clock.now() + delayMs });

  /** The submission was sent and its answer lost: sending it again tells whether there is a head job. */
  const settleSubmission = async (run: Run, target: ClusterTarget): Promise<void> => {
    const outcome = await submission(run, target);
    if (outcome.kind === 'submitted') {
      await writer.write(run, {
        phase: 'cancel',
        headJobId: outcome.jobId,
        headDir: outcome.headDir,
        workDir: outcome.workDir,
        jobState: 'PENDING',
        dueAt: deps.clock.now(),
      });
    } else if (outcome.kind === 'refused') {
      const cancelled = {
        status: 'CANCELLED',
        exitStatus: null,
        errorMessage: null,
        errorReport: null,
      } as const;
      await writer.end(run, cancelled, { ...outcome.left });
    } else {
      throw new Error(outcome.reason);
    }
  };

  const stop = async (run: Run, driver: SchedulerDriver, target: ClusterTarget): Promise<void> => {
    const queue = driver.parseStatus(
      await deps.clusters.run(target, { ...driver.status([run.snapshot.linuxUser]), kind: 'status' }),
    );
    const head = headJobOf(run, queue);
    if (!head || hasEnded(head)) {
      await collect(run, target, head, queue);
      return;
    }
    const told = run.jobState === interrupted;
    const patience = deps.clock.now() - (run.cancelRequestedAt ?? 0) < graceMs;
    if (head.state === 'running' && !told) {
      await deps.clusters.run(target, { ...driver.interrupt(head.jobId), kind: 'cancel' });
      await again(run, { jobState: interrupted, messages: ['Nextflow was told to stop and clean up.'] });
    } else if (head.state === 'running' && patience) {
      await again(run);
    } else {
      await deps.clusters.run(target, { ...driver.remove([head.jobId]), kind: 'cancel' });
      await again(run, { jobState: interrupted });
    }
  };

  /** The key is gone for good: say what may still run, instead of trying for ever. */
  const giveUp = (run: Run, why: string): Promise<boolean> => {
    const secrets =
      usesSecrets(run.launch) && run.headDir !== null
        ? ` Its secrets may still lie in ${run.headDir}: replace them where they are used.`
        : '';
    return writer.end(run, {
      status: 'CANCELLED',
      exitStatus: null,
      errorMessage:
        run.headJobId === null
          ? `Cancelled. ${why}`
          : `Cancelled here, but head job ${run.headJobId} of ${run.snapshot.linuxUser} on ${run.snapshot.hostName} could not be stopped and may still run: ${why}${secrets}`,
      errorReport: null,
    });
  };

  return async (run: Run): Promise<void> => {
    const driver = deps.drivers.get(run.snapshot.platform);
    if (!driver) return;
    try {
      const target = await deps.targetFor(run.snapshot, 'cancel');
      if (run.headJobId === null && run.jobState === submitting) await settleSubmission(run, target);
      else await stop(run, driver, target);
    } catch (error) {
      const waiting = parked(error);
      if (waiting) {
        await writer.write(run, {
          phase: 'cancel',
          messages: [`Not stopped yet: ${waiting.message}`],
          dueAt: deps.clock.now() + waiting.delayMs,
        });
        return;
      }
      deps.log.warn(
        { run: run.id, host: run.snapshot.hostName, error: sentence(error) },
        'cancelling failed',
      );
      if (isAppError(error, 'not_found')) {
        await giveUp(run, error.message);
        return;
      }
      const failures = run.failures + 1;
      await writer.write(run, {
        phase: 'cancel',
        failures,
        messages: [`Not stopped yet, trying again: ${sentence(error)}`],
        dueAt: deps.clock.now() + retryDelay(failures),
      });
    }
  };
};
