/**
 * Counters of a run's tasks, per process and in all. They are sums over tasks, so that one task's change is added
 * without looking at the others: a run of 10,000 tasks costs as much per report as one of ten.
 */
import type { TaskRecord } from './tasks.ts';

/** What of a task counts. */
export type CountedTask = Pick<
  TaskRecord,
  | 'status'
  | 'process'
  | 'name'
  | 'executor'
  | 'cpus'
  | 'memory'
  | 'realtime'
  | 'errorAction'
  | 'pcpu'
  | 'peakRss'
  | 'rss'
  | 'rchar'
  | 'readBytes'
  | 'wchar'
  | 'writeBytes'
  | 'volCtxt'
  | 'invCtxt'
>;

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
/** Core milliseconds of tasks that failed, and that cached tasks had once taken. */
const otherTimes = ['failedTime', 'cachedTime'] as const;
const peaks = ['peakTasks', 'peakCpus', 'peakMemory'] as const;

const additive = [...counts, ...loads, ...sums, ...otherTimes] as const;
export const progressCounters = [...additive, ...peaks] as const;
export type ProgressCounter = (typeof progressCounters)[number];
export type Progress = Record<ProgressCounter, number>;

/** What Nextflow counts itself. Its peaks go before ours: it sees every change, we see those that reach us. */
export interface ReportedCounts {
  pending: number;
  peakTasks: number;
  peakCpus: number;
  peakMemory: number;
}
export interface ReportedProgress extends ReportedCounts {
  /** When Nextflow counted. An older count changes nothing but peaks. */
  instant: number;
  processes: ({ process: string } & ReportedCounts)[];
}

export interface ProcessProgress extends Progress {
  process: string;
}

export interface RunProgress {
  workflow: Progress & {
    executors: string[];
    updatedAt: number | null;
    /** When Nextflow was last heard of by HTTP; null: never. */
    lastReportAt: number | null;
  };
  /** In the order in which the pipeline names them. */
  processes: ProcessProgress[];
}

const zero = <Name extends string>(names: readonly Name[]): Record<Name, number> =>
  Object.fromEntries(names.map((name) => [name, 0])) as Record<Name, number>;

export const noProgress = (): Progress => zero(progressCounters);

/** Of a run that nobody has reported on. */
export const nothingReported = (): RunProgress => ({
  workflow: { ...noProgress(), executors: [], updatedAt: null, lastReportAt: null },
  processes: [],
});

/**
 * Adds what one task counts, peaks apart, or takes it away again (`times` -1). Whole numbers, so that adding and taking
 * away leave nothing.
 */
export const countTask = (to: Progress, task: CountedTask, times: 1 | -1 = 1): void => {
  const cpus = times * (task.cpus ?? 1);
  const memory = times * (task.memory ?? 0);
  const realtime = task.realtime ?? 0;
  switch (task.status) {
    case 'NEW':
      to.pending += times;
      break;
    case 'SUBMITTED':
      to.submitted += times;
      break;
    case 'RUNNING':
      to.running += times;
      to.loadTasks += times;
      to.loadCpus += cpus;
      to.loadMemory += memory;
      break;
    case 'CACHED':
      to.cached += times;
      to.cachedTime += cpus * realtime;
      break;
    case 'ABORTED':
      to.aborted += times;
      break;
    case 'FAILED':
      // As Nextflow counts: a task that is retried or ignored has failed as well.
      to.failed += times;
      if (task.errorAction === 'RETRY') to.retries += times;
      if (task.errorAction === 'IGNORE') to.ignored += times;
      to.failedTime += cpus * realtime;
      break;
    case 'COMPLETED':
      to.succeeded += times;
      to.cpus += cpus;
      to.cpuTime += cpus * realtime;
      to.cpuLoad += times * Math.round(((task.pcpu ?? 0) / 100) * realtime);
      to.memoryRss += times * (task.peakRss ?? task.rss ?? 0);
      to.memoryReq += memory;
      to.readBytes += times * (task.rchar ?? task.readBytes ?? 0);
      to.writeBytes += times * (task.wchar ?? task.writeBytes ?? 0);
      to.volCtxSwitch += times * (task.volCtxt ?? 0);
      to.invCtxSwitch += times * (task.invCtxt ?? 0);
  }
};

/** Peaks never fall. */
export const raisePeaks = (progress: Progress, seen: Record<(typeof peaks)[number], number>): void => {
  for (const peak of peaks) progress[peak] = Math.max(progress[peak], seen[peak]);
};

/** In per cent of a whole; null where there is none. */
const percent = (part: number, whole: number): number | null => (whole > 0 ? (part / whole) * 100 : null);

export const cpuEfficiency = ({ cpuLoad, cpuTime }: Progress): number | null => percent(cpuLoad, cpuTime);
export const memoryEfficiency = ({ memoryRss, memoryReq }: Progress): number | null =>
  percent(memoryRss, memoryReq);

/** What a run did in all, as Nextflow sums it up at the end. */
export const runStats = (progress: Progress) => {
  const { succeeded, cached, failed, ignored, cpuTime, cachedTime, failedTime } = progress;
  const ended = succeeded + cached + failed;
  const share = (count: number): number => Math.round((percent(count, ended) ?? 0) * 100) / 100;
  const total = cpuTime + cachedTime + failedTime;
  const hours = (total / 3_600_000).toFixed(1);
  const parts = [
    ...(cachedTime > 0 ? [`${((cachedTime / total) * 100).toFixed(1)}% cached`] : []),
    ...(failedTime > 0 ? [`${((failedTime / total) * 100).toFixed(1)}% failed`] : []),
  ];
  return {
    computeTimeFmt:
      total < 180_000 ? '(a few seconds)' : parts.length > 0 ? `${hours} (${parts.join(', ')})` : hours,
    succeedCount: succeeded,
    succeedCountFmt: succeeded.toLocaleString('en'),
    succeedDuration: cpuTime,
    succeedPct: share(succeeded),
    cachedCount: cached,
    cachedCountFmt: cached.toLocaleString('en'),
    cachedDuration: cachedTime,
    cachedPct: share(cached),
    failedCount: failed,
    failedCountFmt: failed.toLocaleString('en'),
    failedDuration: failedTime,
    failedPct: share(failed),
    ignoredCount: ignored,
    ignoredCountFmt: ignored.toLocaleString('en'),
    ignoredPct: share(ignored),
  };
};
