/** What we compute from tasks is what Nextflow computed from the same tasks, in two recorded runs. */
import { describe, expect, test } from 'vitest';
import { type Recording, recordedCalls, recordedTasks } from '#test/support/nf-tower.ts';
import { type MeasuredTask, measures, metricsOf, type ProcessMetrics, type Quartiles } from './metrics.ts';
import { countTask, noProgress, raisePeaks, runStats } from './progress.ts';
import { mergeTask } from './task-merging.ts';
import { type TaskRecord } from './tasks.ts';

const finalTasks = (name: Recording): TaskRecord[] => {
  const tasks = new Map<number, TaskRecord>();
  for (const report of recordedTasks(name))
    tasks.set(report.taskId, mergeTask(tasks.get(report.taskId), report, 'http'));
  return [...tasks.values()].sort((a, b) => a.taskId - b.taskId);
};
const completion = (name: Recording) => recordedCalls(name).at(-1)?.body ?? {};

const numbers = (quartiles: Quartiles | null) =>
  quartiles && [quartiles.mean, quartiles.min, quartiles.q1, quartiles.q2, quartiles.q3, quartiles.max];

describe.each(['success-5-tasks', 'failing-task'] as const)('%s', (name) => {
  test('quartiles of every measure of every process', () => {
    const theirs = completion(name)['metrics'] as ProcessMetrics[];
    const table = (all: readonly ProcessMetrics[]) =>
      all.map((own) => [own.process, ...measures.map((measure) => numbers(own[measure]))]);
    expect(table(metricsOf(finalTasks(name)))).toEqual(table(theirs));
  });

  test('the sums of a whole run', () => {
    const theirs = (completion(name)['workflow'] as { stats: object }).stats;
    const progress = noProgress();
    for (const task of finalTasks(name)) countTask(progress, task);
    const ours = runStats(progress);
    expect(theirs).toMatchObject(ours);
    expect(progress).toMatchObject({ running: 0, loadCpus: 0, submitted: 0 });
  });
});

test('labels name the task at each place, the one below where it lies between two', () => {
  const [flaky] = metricsOf(finalTasks('failing-task'));
  expect(flaky?.time).toMatchObject({
    minLabel: 'FLAKY (try 1)',
    q1Label: 'FLAKY (try 1)',
    q2Label: 'FLAKY (try 2)',
    q3Label: 'FLAKY (try 1)',
    maxLabel: 'FLAKY (try 3)',
  });
});

test('nothing measured, or zeros alone, is nothing', () => {
  const task: MeasuredTask = {
    process: 'A',
    name: 'A (1)',
    cpus: 0,
    memory: null,
    time: 0,
    pcpu: null,
    peakRss: 0,
    peakVmem: null,
    realtime: 10,
    rchar: null,
    wchar: null,
  };
  const [metrics] = metricsOf([task]);
  expect(metrics).toMatchObject({ cpu: null, cpuUsage: null, mem: null, timeUsage: null });
  expect(metrics?.time).toMatchObject({ mean: 10, q1: 10, q1Label: 'A (1)' });
  expect(metricsOf([])).toEqual([]);
});

test('peaks never fall', () => {
  const progress = { ...noProgress(), peakCpus: 5 };
  raisePeaks(progress, { peakTasks: 3, peakCpus: 4, peakMemory: 0 });
  expect(progress).toMatchObject({ peakTasks: 3, peakCpus: 5, peakMemory: 0 });
});

test('a long run tells its hours, and what of them was cached or lost', () => {
  const hour = 3_600_000;
  const progress = {
    ...noProgress(),
    succeeded: 1_500,
    cpuTime: 6 * hour,
    cachedTime: 3 * hour,
    failedTime: hour,
  };
  expect(runStats(progress)).toMatchObject({
    computeTimeFmt: '10.0 (30.0% cached, 10.0% failed)',
    succeedCountFmt: '1,500',
  });
});
