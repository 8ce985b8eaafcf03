/** A member of a cluster under any scheduler at work: sends what the driver says and waits for what becomes of it. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { CommandText, HeadJobInput, JobStatus, SchedulerDriver } from '#core/ports/scheduler.ts';
import { parseRemains, readRemains } from '#schedulers/files/remains.ts';
import type { GridCluster, GridScheduler } from '../grid-cluster.ts';
import { headJob, type LaunchOverrides } from './launch.ts';
import { session } from './member.ts';
import { runCommand } from './run-command.ts';

const isOver = ({ state }: JobStatus): boolean => !['pending', 'held', 'running'].includes(state);

export const gridMember = (
  cluster: GridCluster<GridScheduler>,
  driver: SchedulerDriver,
  label: string,
  { forgets = false } = {},
) => {
  const user = cluster.user(label);
  const env = {
    HOME: user.home,
    USER: user.name,
    LOGNAME: user.name,
    PATH: `${cluster.binDir}:/usr/bin:/bin`,
    LK_SETTLE: '0.2',
    ...cluster.scheduler.environment,
  };
  const run = (command: CommandText) => runCommand(command, { env, user, cwd: user.home });
  const input = (over: LaunchOverrides): HeadJobInput =>
    headJob({
      sessionId: session(),
      ...over,
      launch: { pipeline: cluster.pipelines.twoTasks, ...over.launch },
      snapshot: {
        linuxUser: user.name,
        workDir: cluster.workDir,
        ...over.snapshot,
        platform: driver.platform,
        config: { discriminator: driver.platform, ...over.config },
      },
    });
  const submit = async (launched: HeadJobInput) => driver.parseSubmit(await run(driver.submit(launched)));
  const launch = async (launched: HeadJobInput) => {
    const outcome = await submit(launched);
    if (outcome.kind !== 'submitted') throw new Error(outcome.reason);
    return outcome;
  };
  // As the launcher does: in the form that an old scheduler's first refusal asked for.
  let form = '';
  const status = async () => {
    const result = await run(driver.status([user.name], form));
    form = driver.formOf?.(result) ?? '';
    return driver.parseStatus(result);
  };
  const accounts = async (...jobIds: string[]) =>
    driver.parseAccounting(await run(driver.accounting(jobIds, Date.now() - 600_000)));
  /** Asks the queue until a job is as it should be. */
  const until = async (jobId: string, wanted: (job: JobStatus) => boolean): Promise<JobStatus> => {
    for (;;) {
      const job = (await status()).find((each) => each.jobId === jobId);
      if (job && wanted(job)) return job;
      await sleep(200);
    }
  };
  /** Asks the queue, and accounting once the job has left it, until it is over; null where nothing is known then. */
  const end = async (jobId: string): Promise<JobStatus | null> => {
    for (;;) {
      const queued = (await status()).find((each) => each.jobId === jobId);
      const job = queued ?? (await accounts(jobId)).find((each) => each.jobId === jobId);
      if (job && isOver(job)) return job;
      if (!job && forgets) return null;
      await sleep(200);
    }
  };
  const remains = async (runId: string, headDir: string) =>
    parseRemains(await run(readRemains({ runId, headDir })));
  return { user, run, input, submit, launch, status, accounts, until, end, remains };
};
