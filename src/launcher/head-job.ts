/**
 * Which job is a run's head job. The number alone does not tell: once an owner has moved an identity to another cluster
 * it may be another job of the same user. Number and name do: Slurm tells a head job's name whole.
 */
import type { JobStatus } from '#core/ports/scheduler.ts';
import type { Run } from '#core/runs.ts';

/** Tasks append `-` and more. */
const headJobName = (runId: string): string => `nf-${runId}`;

/** @returns null when it is not there: a job of that number with another name is another job */
export const headJobOf = (
  { id, headJobId }: Pick<Run, 'id' | 'headJobId'>,
  queue: readonly JobStatus[],
): JobStatus | null =>
  queue.find((job) => job.jobId === headJobId && job.jobName === headJobName(id)) ?? null;

/** Accounting may tell no name (''): it was asked for the number, which then has to do. */
export const accountedHeadJobOf = (run: Pick<Run, 'id' | 'headJobId'>, rows: readonly JobStatus[]) =>
  headJobOf(run, rows) ?? rows.find((job) => job.jobId === run.headJobId && job.jobName === '') ?? null;
