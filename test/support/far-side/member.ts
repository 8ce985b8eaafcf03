/** A member of a real cluster at work: sends what this room says and waits for what becomes of it. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { CommandText, HeadJobInput, JobStatus } from '#core/ports/scheduler.ts';
import { parseRemains, readRemains } from '#schedulers/files/remains.ts';
import { slurm } from '#schedulers/slurm/slurm.ts';
import type { Cluster } from '#test/support/cluster.ts';
import { headJob, type LaunchOverrides } from './launch.ts';
import { runCommand } from './run-command.ts';

let sessions = 0;

export const session = (): string => {
  sessions += 1;
  return `0b2f7a2e-1d0c-4a7e-9c53-${String(sessions).padStart(12, '0')}`;
};

/** With variables in the environment that must not bend our queries. */
export const member = (cluster: Cluster, label: string) => {
  const { facts } = cluster;
  const user = cluster.user(label);
  const env = {
    HOME: user.home,
    USER: user.name,
    SLURM_CONF: facts.slurm.conf,
    PATH: `${facts.binDir}:/usr/bin:/bin`,
    SQUEUE_NAMES: 'nothing',
    SQUEUE_STATES: 'CA',
    SBATCH_ARRAY_INX: '1-3',
    LK_SETTLE: '0.2',
  };
  const run = (command: CommandText) => runCommand(command, { env, user, cwd: user.home });
  const input = (over: LaunchOverrides): HeadJobInput =>
    headJob({
      sessionId: session(),
      ...over,
      launch: { pipeline: facts.pipelines.twoTasks, ...over.launch },
      snapshot: { linuxUser: user.name, workDir: facts.workDir, ...over.snapshot },
    });
  const launch = async (launched: HeadJobInput) => {
    const outcome = slurm.parseSubmit(await run(slurm.submit(launched)));
    if (outcome.kind !== 'submitted') throw new Error(outcome.reason);
    return outcome;
  };
  const status = async () => slurm.parseStatus(await run(slurm.status([user.name])));
  /** Asks until a job is as it should be. */
  const until = async (jobId: string, wanted: (job: JobStatus) => boolean): Promise<JobStatus> => {
    for (;;) {
      const job = (await status()).find((each) => each.jobId === jobId);
      if (job && wanted(job)) return job;
      await sleep(200);
    }
  };
  const over = ({ state }: JobStatus) => !['pending', 'held', 'running'].includes(state);
  /** Accounting is told a moment later, and of an end before it is told of the queue. */
  const accounts = async (jobId: string): Promise<JobStatus[]> => {
    const patience = Date.now() + 10_000;
    for (;;) {
      const jobs = slurm.parseAccounting(await run(slurm.accounting([jobId], Date.now() - 600_000)));
      if (!facts.slurm.accounting || (jobs[0]?.queue && over(jobs[0])) || Date.now() > patience) return jobs;
      await sleep(200);
    }
  };
  const remains = async (runId: string, headDir: string) =>
    parseRemains(await run(readRemains({ runId, headDir })));
  return { user, run, input, launch, status, until, over, accounts, remains };
};
