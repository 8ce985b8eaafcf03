/**
 * The same two pipelines, once recorded over HTTP and once from the files: the tables must be the same. Only what
 * differs from run to run (numbers, times, directories) is compared by being there.
 */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { mergeTask } from '#core/task-merging.ts';
import type { TaskRecord, TaskReport, TaskSource } from '#core/tasks.ts';
import { recordedTasks } from '#test/support/nf-tower.ts';
import { digestLog } from './digest-log.ts';
import { digestTrace } from './digest-trace.ts';

const recorded = (name: string): Buffer =>
  readFileSync(new URL(`../../../test/fixtures/nextflow/${name}`, import.meta.url));

const merged = (...told: (readonly [TaskSource, readonly TaskReport[]])[]): TaskRecord[] => {
  const tasks = new Map<number, TaskRecord>();
  for (const [source, reports] of told)
    for (const report of reports)
      tasks.set(report.taskId, mergeTask(tasks.get(report.taskId), report, source));
  return [...tasks.values()];
};

const clock = { now: Date.UTC(2026, 10, 26, 16, 30), zone: 0 };
const logOf = (name: string) => digestLog(recorded(`${name}.log`), clock, undefined).reports;
const traceOf = (name: string) => digestTrace(recorded(`${name}.trace`), 0, undefined).reports;

/** Different in each run, or known to HTTP alone: a task's script stands in its directory. */
const varying = new Set(
  ['submit', 'start', 'complete', 'duration', 'realtime', 'nativeId', 'hash', 'workdir', 'cpuModel'].concat(
    ['pcpu', 'pmem', 'rss', 'vmem', 'peakRss', 'peakVmem', 'rchar', 'wchar', 'syscr', 'syscw'],
    ['readBytes', 'writeBytes', 'volCtxt', 'invCtxt'],
  ),
);
/** Only the log has a word on each failure; of the one that ended the run both have (`error-report.test.ts`). */
const onlyOneWay = new Set(['script', 'env', 'errorMessage']);

const table = (tasks: readonly TaskRecord[]) =>
  tasks
    .map(({ taskId: _, levels: __, ...task }) =>
      Object.fromEntries(
        Object.entries(task)
          .filter(([field]) => !onlyOneWay.has(field))
          .map(([field, value]) => [field, varying.has(field) && value !== null ? typeof value : value]),
      ),
    )
    .map((task) => JSON.stringify(task, null, 1))
    .toSorted((a, b) => a.localeCompare(b));

test.each([
  ['success-5-tasks', 'five'],
  ['failing-task', 'flaky'],
] as const)('%s', (overHttp, inFiles) => {
  const fromFiles = merged(['log', logOf(inFiles)], ['trace', traceOf(inFiles)]);
  expect(table(fromFiles)).toEqual(table(merged(['http', recordedTasks(overHttp)])));
});

test('when both tell of one run, in whatever order, the files have the last word', () => {
  const files = merged(['log', logOf('five')], ['trace', traceOf('five')]);
  const http = files.map(
    ({ taskId, name }) => ({ taskId, name, status: 'RUNNING', exit: 7, cpus: 9, script: 's' }) as const,
  );
  for (const told of [
    [
      ['http', http],
      ['log', logOf('five')],
      ['trace', traceOf('five')],
    ],
    [
      ['trace', traceOf('five')],
      ['log', logOf('five')],
      ['http', http],
    ],
    [
      ['log', logOf('five')],
      ['http', http],
      ['trace', traceOf('five')],
    ],
  ] as const) {
    const both = merged(...told);
    expect(table(both)).toEqual(table(files));
    expect(both.every(({ script }) => script === 's')).toBe(true);
  }
});
