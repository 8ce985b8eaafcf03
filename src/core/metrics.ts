/**
 * What the tasks of each process used, as Nextflow's own report summarises it: the same quartiles, the same labels, so
 * that it makes no difference whether Nextflow told them or we computed them.
 */
import { processOf, type TaskRecord } from './tasks.ts';

export const measures = [
  'cpu',
  'cpuUsage',
  'mem',
  'memUsage',
  'vmem',
  'time',
  'timeUsage',
  'reads',
  'writes',
] as const;
export type Measure = (typeof measures)[number];

export interface Quartiles {
  mean: number;
  min: number;
  q1: number;
  q2: number;
  q3: number;
  max: number;
  /** Names of the tasks at (or just below) these places. */
  minLabel: string;
  maxLabel: string;
  q1Label: string;
  q2Label: string;
  q3Label: string;
}

export type ProcessMetrics = { process: string } & Record<Measure, Quartiles | null>;

/** What is measured of a task. */
export type MeasuredTask = Pick<
  TaskRecord,
  | 'process'
  | 'name'
  | 'cpus'
  | 'memory'
  | 'time'
  | 'pcpu'
  | 'peakRss'
  | 'peakVmem'
  | 'realtime'
  | 'rchar'
  | 'wchar'
>;

/** Of what was asked for, in per cent; unknown where nothing was asked for or used. */
const usage = (used: number | null, asked: number | null): number | null =>
  used && asked ? (used / asked) * 100 : null;

const measured: Record<Measure, (task: MeasuredTask) => number | null> = {
  cpu: ({ pcpu }) => pcpu,
  cpuUsage: ({ pcpu, cpus }) => (pcpu && cpus ? pcpu / cpus : null),
  mem: ({ peakRss }) => peakRss,
  memUsage: ({ peakRss, memory }) => usage(peakRss, memory),
  vmem: ({ peakVmem }) => peakVmem,
  time: ({ realtime }) => realtime,
  timeUsage: ({ realtime, time }) => usage(realtime, time),
  reads: ({ rchar }) => rchar,
  writes: ({ wchar }) => wchar,
};

const rounded = (value: number): number => Math.round(value * 100) / 100;

interface Sample {
  value: number;
  label: string;
}

const at = (sorted: readonly Sample[], fraction: number): Sample => {
  const place = (sorted.length - 1) * fraction;
  const below = sorted[Math.floor(place)] ?? { value: 0, label: '' };
  const above = sorted[Math.ceil(place)] ?? below;
  const value = below.value + (place - Math.floor(place)) * (above.value - below.value);
  return { value: rounded(value), label: below.label };
};

/** Null where there is nothing to tell: no values, or nothing but zeros. */
const quartiles = (samples: readonly Sample[]): Quartiles | null => {
  if (samples.length === 0) return null;
  const sorted = samples.toSorted((a, b) => a.value - b.value);
  const [min, q1, q2, q3, max] = [0, 0.25, 0.5, 0.75, 1].map((fraction) => at(sorted, fraction)) as [
    Sample,
    Sample,
    Sample,
    Sample,
    Sample,
  ];
  if (min.value === 0 && max.value === 0) return null;
  const sum = sorted.reduce((total, { value }) => total + value, 0);
  return {
    mean: rounded(sum / sorted.length),
    min: min.value,
    q1: q1.value,
    q2: q2.value,
    q3: q3.value,
    max: max.value,
    minLabel: min.label,
    maxLabel: max.label,
    q1Label: q1.label,
    q2Label: q2.label,
    q3Label: q3.label,
  };
};

/** Of tasks that ran to an end in this run. One entry per process, in the order in which the tasks come. */
export const metricsOf = (tasks: Iterable<MeasuredTask>): ProcessMetrics[] =>
  [...Map.groupBy(tasks, processOf)].map(([process, own]) => {
    const of = (measure: Measure): Quartiles | null =>
      quartiles(
        own.flatMap((task) => {
          const value = measured[measure](task);
          return value === null ? [] : [{ value, label: task.name ?? '' }];
        }),
      );
    return {
      process,
      ...(Object.fromEntries(measures.map((measure) => [measure, of(measure)])) as Record<
        Measure,
        Quartiles | null
      >),
    };
  });
