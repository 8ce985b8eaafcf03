/** Reports that are kept as text say the same when they are read again. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { columnsOf, type ReportColumns } from '#core/report-columns.ts';
import { mergeReport, newTask, toRecord } from '#core/task-merging.ts';
import { type TaskReport, taskStatuses } from '#core/tasks.ts';
import { readReports, writeReports } from './report-text.ts';

const report: fc.Arbitrary<TaskReport> = fc.record(
  {
    taskId: fc.integer({ min: 1, max: 6 }),
    status: fc.constantFrom(...taskStatuses),
    name: fc.option(fc.string({ unit: 'binary' })),
    script: fc.constantFrom('say "\ud800"\0\n', null),
    module: fc.array(fc.string(), { maxLength: 2 }),
    exit: fc.option(fc.integer()),
    // Kept as 0, in a database as well.
    pcpu: fc.double().map((value) => value + 0),
    realtime: fc.constantFrom(0, 2.4, Number.NaN),
  },
  { requiredKeys: ['taskId', 'status'] },
);

/** What they make of tasks is all that they say: absent, null and not a number are the same. */
const said = (reports: ReportColumns) =>
  reports.taskIds.map((taskId, row) => {
    const task = newTask(taskId);
    mergeReport(task, reports, row, 'http');
    return toRecord(task);
  });

test('a batch says the same when it is read, as columns or as it was kept before', () => {
  fc.assert(
    fc.property(fc.array(report, { maxLength: 8 }), (reports) => {
      expect(said(readReports(writeReports(columnsOf(reports))))).toEqual(said(columnsOf(reports)));
      expect(said(readReports(JSON.stringify(reports)))).toEqual(said(columnsOf(reports)));
    }),
  );
});

test('the names of fields are kept once, and fields that nobody tells not at all', () => {
  const reports: TaskReport[] = [
    { taskId: 1, status: 'RUNNING', hash: 'ab/cd', name: null },
    { taskId: 2, status: 'COMPLETED', exit: 0 },
  ];
  expect(JSON.parse(writeReports(columnsOf(reports)))).toEqual({
    taskId: [1, 2],
    status: ['RUNNING', 'COMPLETED'],
    hash: ['ab/cd', null],
    exit: [null, 0],
  });
});
