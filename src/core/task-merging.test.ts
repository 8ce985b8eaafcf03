/** Whatever the order in which a task is told of, and however often: one record. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mergeTask } from './task-merging.ts';
import {
  hasTaskEnded,
  processOf,
  type TaskRecord,
  type TaskReport,
  type TaskSource,
  taskSources,
  taskStatuses,
} from './tasks.ts';

type Told = readonly [TaskSource, TaskReport];

const merged = (...told: readonly Told[]): TaskRecord => {
  let record: TaskRecord | undefined;
  for (const [source, report] of told) record = mergeTask(record, report, source);
  if (!record) throw new Error('nothing told');
  return record;
};

const report = fc.record(
  {
    taskId: fc.constant(7),
    status: fc.constantFrom(...taskStatuses),
    name: fc.constantFrom('SAY (a)', 'SAY (b)', null),
    exit: fc.constantFrom(0, 3, null),
    submit: fc.constantFrom(10, 20, null),
    start: fc.constantFrom(30, 31.4, null),
    pcpu: fc.constantFrom(0.5, 99.9, Number.NaN),
    module: fc.constantFrom<string[]>(['gcc'], ['gcc', 'java'], []),
    errorAction: fc.constantFrom('RETRY', 'IGNORE', null),
  },
  { requiredKeys: ['taskId', 'status'] },
);
const told = fc.array(fc.tuple(fc.constantFrom(...taskSources), report), { minLength: 1, maxLength: 7 });

describe('any order, any repetition', () => {
  test('of the same reports gives the same record', () => {
    fc.assert(
      fc.property(told, fc.nat(), (reports, seed) => {
        const shuffled = [...reports, ...reports.slice(0, 3)]
          .map((one, index) => ({ one, at: Math.imul(seed + index * 7919, 2654435761) >>> 0 }))
          .sort((a, b) => a.at - b.at)
          .map(({ one }) => one);
        expect(merged(...shuffled)).toEqual(merged(...reports));
      }),
      { numRuns: 2_000 },
    );
  });

  test('never takes a status back, and a report that brings nothing new changes nothing', () => {
    fc.assert(
      fc.property(told, (reports) => {
        const record = merged(...reports);
        const ended = reports.some(([, { status }]) => hasTaskEnded(status));
        expect(hasTaskEnded(record.status)).toBe(ended);
        for (const [source, one] of reports) expect(mergeTask(record, one, source)).toBe(record);
      }),
    );
  });
});

const task = (status: TaskReport['status'], values: Partial<TaskReport> = {}): TaskReport => ({
  taskId: 1,
  status,
  ...values,
});

test('files win over HTTP where they differ, however late HTTP comes', () => {
  const record = merged(
    ['trace', task('COMPLETED', { realtime: 3_000, peakRss: 10 })],
    ['http', task('COMPLETED', { realtime: 2_999, peakRss: 9, script: 'echo' })],
    ['log', task('RUNNING', { realtime: 1, start: 5 })],
  );
  expect(record).toMatchObject({ realtime: 3_000, peakRss: 10, script: 'echo', start: 5 });
});

test('of one source the later state counts, whichever comes first', () => {
  const late = ['http', task('COMPLETED', { start: 12 })] as const;
  const early = ['http', task('RUNNING', { start: 11, cpus: 2 })] as const;
  expect(merged(late, early)).toMatchObject({ status: 'COMPLETED', start: 12, cpus: 2 });
  expect(merged(early, late)).toMatchObject({ status: 'COMPLETED', start: 12, cpus: 2 });
});

test('of an ending the trace file has the last word; else a failure outweighs success', () => {
  expect(merged(['http', task('FAILED')], ['log', task('COMPLETED')]).status).toBe('FAILED');
  expect(merged(['http', task('FAILED')], ['trace', task('COMPLETED')]).status).toBe('COMPLETED');
  expect(merged(['trace', task('CACHED')], ['http', task('ABORTED')]).status).toBe('CACHED');
});

test('what we closed as aborted ends as anybody tells who knows', () => {
  const closed = ['close', task('ABORTED', { complete: 99 })] as const;
  expect(merged(['http', task('RUNNING')], closed)).toMatchObject({ status: 'ABORTED', complete: 99 });
  expect(merged(closed, ['http', task('COMPLETED', { complete: 50 })])).toMatchObject({
    status: 'COMPLETED',
    complete: 50,
  });
  expect(merged(closed, ['http', task('RUNNING')]).status).toBe('ABORTED');
});

test('values that no database takes are cut or left out', () => {
  const long = 'x'.repeat(20_000);
  const record = merged([
    'http',
    task('RUNNING', { name: `a\0b\ud800${long}`, script: long, rss: 2 ** 60, start: 1.6, pmem: Infinity }),
  ]);
  expect(record.name).toBe(`ab\ufffd${long}`.slice(0, 255));
  expect(record.script).toHaveLength(10_240);
  expect(record).toMatchObject({ rss: null, start: 2, pmem: null });
});

test('a process is known by its name, or by the task’s', () => {
  expect(processOf({ process: 'A:B', name: 'x' })).toBe('A:B');
  expect(processOf({ process: null, name: 'A:B (sample (1) ]; \t)' })).toBe('A:B');
  expect(processOf({ process: null, name: null })).toBe('');
});
