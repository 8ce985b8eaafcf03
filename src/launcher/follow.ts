/** Reconciler of phase `follow`: one status command for all of a member's runs on a cluster. A status command that
 * fails means "unknown": no run ever ends because of it. */

import { isAppError } from '#core/errors.ts';
import type { ClusterTarget } from '#core/ports/cluster-access.ts';
import type { JobStatus, SchedulerDriver } from '#core/ports/scheduler.ts';
import type { Run, RunPatch } from '#core/runs.ts';
import { createCollect } from './collect.ts';
import type { LauncherDeps } from './deps.ts';
import { accountedHeadJobOf, headJobOf } from './head-job.ts';
import { nextLook, retryDelay } from './pace.ts';
import { sentence } from './problems.ts';
import type { RunWriter } from './run-writer.ts';
import { hasEnded } from './verdict.ts';

/** After so many failures in a row a person is told; before, it is a hiccup. */
const failuresBeforeMessage = 2;

const patchFor = (run: Run, job: JobStatus, now: number): RunPatch => {
  const running = job.state === 'running';
  const stateChanged = job.nativeState !== run.jobState;
  const waiting = job.reason ? `Waiting in the queue: ${job.reason}` : null;
  return {
    status: running ? 'RUNNING' : 'SUBMITTED',
    jobState: job.nativeState,
    messages: running || !waiting ? [] : [waiting],
    failures: 0,
    ...(running && run.startedAt === null ? { startedAt: now } : {}),
    dueAt: nextLook(now, stateChanged ? now : Math.max(run.startedAt ?? 0, run.createdAt)),
  };
};

export const createFollowStep = (deps: LauncherDeps, writer: RunWriter) => {
  const collect = createCollect(deps, writer);

  const wait = async (run: Run, message: string): Promise<void> => {
    const failures = run.failures + 1;
    await writer.write(run, {
      failures,
      ...(failures >= failuresBeforeMessage ? { messages: [message] } : {}),
      dueAt: deps.clock.now() + retryDelay(failures),
    });
  };

  /** Head jobs that have left the queue: what accounting says of each. */
  const askAccounting = async (
    driver: SchedulerDriver,
    target: ClusterTarget,
    runs: readonly Run[],
  ): Promise<JobStatus[]> => {
    const ids = runs.flatMap((run) => run.headJobId ?? []);
    if (ids.length === 0) return [];
    const since = Math.min(...runs.map((run) => run.createdAt));
    return driver.parseAccounting(await deps.clusters.run(target, driver.accounting(ids, since)));
  };

  const followAll = async (driver: SchedulerDriver, runs: readonly Run[]): Promise<void> => {
    const [first] = runs;
    if (!first) return;
    const target = await deps.targetFor(first.snapshot, 'follow');
    const queue = driver.parseStatus(
      await deps.clusters.run(target, driver.status([first.snapshot.linuxUser])),
    );
    const gone = runs.filter((run) => !headJobOf(run, queue));
    const accounted = await askAccounting(driver, target, gone);
    for (const run of runs) {
      const job = headJobOf(run, queue) ?? accountedHeadJobOf(run, accounted);
      try {
        if (job && !hasEnded(job)) await writer.write(run, patchFor(run, job, deps.clock.now()));
        else await collect(run, target, job, queue);
      } catch (error) {
        await wait(run, sentence(error));
      }
    }
  };

  /** @param runs of one member on one cluster */
  return async (runs: readonly Run[]): Promise<void> => {
    const driver = runs[0] && deps.drivers.get(runs[0].snapshot.platform);
    if (!driver) return;
    try {
      await followAll(driver, runs);
    } catch (error) {
      deps.log.warn(
        { runs: runs.length, host: runs[0]?.snapshot.hostName, error: sentence(error) },
        'state of runs is unknown for now',
      );
      if (runs[0] && isAppError(error, 'host_key_changed')) await deps.noteHostKeyChange(runs[0].snapshot);
      for (const run of runs) {
        await wait(run, `The state on ${run.snapshot.hostName} is unknown for now: ${sentence(error)}`);
      }
    }
  };
};
