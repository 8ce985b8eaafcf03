/**
 * Counters of a run's tasks, per process and in all. They are sums over tasks, so that one task's change is added
 * without looking at the others: a run of 10,000 tasks costs as much per report as one of ten.
 */
import type { TaskRecord } from './tasks.ts';

const counts = [
  'pending',
  'submitted',
  'running',
  'succeeded',
  'failed',
  'cached',
  'ignored',
  'aborted',
  'retries',
] as const;
/** Of what runs now. */
const loads = ['loadTasks', 'loadCpus', 'loadMemory'] as const;
/** Of the tasks that completed in this run; cached ones used nothing. */
const sums = [
  'cpus',
  'cpuTime',
  'cpuLoad',
  'memoryRss',
  'memoryReq',
  'readBytes',
  'writeBytes',
  'volCtxSwitch',
  'invCtxSwitch',
] as const;
const peaks = ['peakTasks', 'peakCpus', 'peakMemory'] as const;

const additive = [...counts, ...loads, ...sums] as const;
export const progressCounters = [...additive, ...peaks] as const;
export type ProgressCounter = (typeof progressCounters)[number];
export type Progress = Record<ProgressCounter, number>;

export type TaskShare = Record<(typeof additive)[number], number>;

export interface ProcessProgress extends Progress {
  process: string;
}

export interface RunProgress {
  workflow: Progress & { executors: string[] };
  /** In the order in which the pipeline names them. */
  processes: ProcessProgress[];
}

const zero = <Name extends string>(names: readonly Name[]): Record<Name, number> =>
  Object.fromEntries(names.map((name) => [name, 0])) as Record<Name, number>;

export const noProgress = (): Progress => zero(progressCounters);

/** What one task adds to the counters, peaks apart. Whole numbers, so that adding and taking away leave nothing. */
export const shareOf = (task: TaskRecord): TaskShare => {
  const share = zero(additive);
  const [cpus, memory] = [task.cpus ?? 1, task.memory ?? 0];
  switch (task.status) {
    case 'NEW':
      share.pending = 1;
      break;
    case 'SUBMITTED':
      share.submitted = 1;
      break;
    case 'RUNNING':
      share.running = 1;
      share.loadTasks = 1;
      share.loadCpus = cpus;
      share.loadMemory = memory;
      break;
    case 'CACHED':
      share.cached = 1;
      break;
    case 'ABORTED':
      share.aborted = 1;
      break;
    case 'FAILED':
      // As Nextflow counts: a task that is retried or ignored has failed as well.
      share.failed = 1;
      share.retries = task.errorAction === 'RETRY' ? 1 : 0;
      share.ignored = task.errorAction === 'IGNORE' ? 1 : 0;
      break;
    case 'COMPLETED': {
      const realtime = task.realtime ?? 0;
      share.succeeded = 1;
      share.cpus = cpus;
      share.cpuTime = cpus * realtime;
      share.cpuLoad = Math.round(((task.pcpu ?? 0) / 100) * realtime);
      share.memoryRss = task.peakRss ?? task.rss ?? 0;
      share.memoryReq = memory;
      share.readBytes = task.rchar ?? task.readBytes ?? 0;
      share.writeBytes = task.wchar ?? task.writeBytes ?? 0;
      share.volCtxSwitch = task.volCtxt ?? 0;
      share.invCtxSwitch = task.invCtxt ?? 0;
    }
  }
  return share;
};

export const addShare = (to: Progress, share: TaskShare, times: 1 | -1 = 1): void => {
  for (const name of additive) to[name] += times * share[name];
};

/** After a change: what runs now may be more than ever before. */
export const raisePeaks = (
  progress: Progress,
  seen: Partial<Record<(typeof peaks)[number], number>> = {},
): void => {
  progress.peakTasks = Math.max(progress.peakTasks, progress.loadTasks, seen.peakTasks ?? 0);
  progress.peakCpus = Math.max(progress.peakCpus, progress.loadCpus, seen.peakCpus ?? 0);
  progress.peakMemory = Math.max(progress.peakMemory, progress.loadMemory, seen.peakMemory ?? 0);
};
