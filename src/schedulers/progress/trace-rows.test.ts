/** Trace files that Nextflow 24.10.0 wrote, and rows made to mislead. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { digestTrace } from './digest-trace.ts';
import { ownForm, traceForm, traceReports } from './trace-rows.ts';

const recorded = (name: string): Buffer =>
  readFileSync(new URL(`../../../test/fixtures/nextflow/${name}`, import.meta.url));

const cells: Record<string, string> = {
  task_id: '7',
  hash: 'ab/123456',
  status: 'COMPLETED',
  process: 'P',
  tag: 't',
  name: 'P (t)',
};
const row = (over: Record<string, string> = {}): string =>
  `${ownForm.fields.map((field) => ({ ...cells, ...over })[field] ?? '-').join(ownForm.separator)}\n`;
const read = (text: string) => traceReports(Buffer.from(text), ownForm);

test('a recorded file: every row, every number', () => {
  const { reports, used, form } = digestTrace(recorded('slurm.trace'), 0, undefined);
  expect(form).toBeUndefined();
  expect(used).toBe(recorded('slurm.trace').length);
  expect(
    Object.fromEntries(
      reports.map(({ taskId, status, exit, errorAction }) => [taskId, [status, exit, errorAction]]),
    ),
  ).toEqual({
    1: ['FAILED', 3, 'RETRY'],
    2: ['COMPLETED', 0, null],
    3: ['FAILED', 0, 'IGNORE'],
    4: ['FAILED', 1, 'IGNORE'],
    5: ['COMPLETED', 0, null],
    6: ['COMPLETED', 0, null],
    7: ['FAILED', 127, 'IGNORE'],
    8: ['COMPLETED', 0, null],
    9: ['COMPLETED', 0, null],
    10: ['COMPLETED', 0, null],
    11: ['FAILED', 3, 'IGNORE'],
  });
  expect(reports.find(({ taskId }) => taskId === 7)).toMatchObject({
    nativeId: '6',
    module: ['x/1', 'y/2'],
    container: 'img',
    disk: 1024 ** 3,
    time: 3_600_000,
    queue: 'compute',
    pcpu: null,
    tag: null,
    name: 'MOD',
  });
  expect(reports.find(({ taskId }) => taskId === 9)).toMatchObject({
    tag: 'sep\u001fsep',
    name: 'SAY (sep\u001fsep)',
    process: 'SAY',
    module: [],
    submit: 1795707235929,
    start: 1795707237009,
    complete: 1795707237755,
    duration: 1826,
    realtime: 1043,
    pcpu: 1.8,
    memory: 52_428_800,
    cpus: 1,
    attempt: 1,
  });
  expect(reports.find(({ taskId }) => taskId === 4)).toMatchObject({
    submit: null,
    start: null,
    nativeId: null,
  });
});

test('another choice of columns, and names over several lines', () => {
  const { reports } = digestTrace(recorded('local.trace'), 0, undefined);
  expect(reports.map(({ taskId, status }) => `${taskId} ${status}`)).toEqual([
    '1 COMPLETED',
    '3 FAILED',
    '2 COMPLETED',
    '4 COMPLETED',
    '6 FAILED',
    '5 ABORTED',
    '7 ABORTED',
  ]);
  expect(reports[4]).toMatchObject({ name: 'SAY (line\nbreak)', tag: 'line\nbreak', process: 'SAY' });
});

test('cut anywhere and read on, it tells the same', () => {
  const whole = recorded('local.trace');
  const expected = digestTrace(whole, 0, undefined).reports;
  for (let at = whole.indexOf(10) + 1; at < whole.length; at += 1) {
    const one = digestTrace(whole.subarray(0, whole.subarray(0, at).lastIndexOf(10) + 1), 0, undefined);
    const two = digestTrace(whole.subarray(one.used), one.used, one.form);
    expect([...one.reports, ...two.reports], `cut at byte ${at}`).toEqual(expected);
  }
});

test.each([
  ['t', 'P (t)', 't'],
  ['-', 'P (-)', '-'],
  ['-', 'P (3)', null],
  ['-', 'P', null],
  ['a\u001fb', 'P (a\u001fb)', 'a\u001fb'],
  ['\n8\u001fxx\n', 'P (\n8\u001fxx\n)', '\n8\u001fxx\n'],
  ['ä€😀;]\t', 'P (ä€😀;]\t)', 'ä€😀;]\t'],
])('tag %j of %j', (tag, name, expected) => {
  const { reports } = read(row({ tag, name }) + row({ task_id: '8' }));
  expect(reports).toMatchObject([{ taskId: 7, tag: expected, name }, { taskId: 8 }]);
});

test('rows of another shape are passed over', () => {
  const bad = [
    '',
    'x',
    row({ status: 'WHATEVER' }),
    row({ task_id: 'x' }),
    'a\tb\n',
    row().slice(0, 40),
  ].join('\n');
  expect(read(`${bad}\n${row()}`).reports).toHaveLength(1);
});

test("headers: ours, a member's own, and such as tell nothing", () => {
  expect(traceForm(ownForm.fields.join(ownForm.separator))).toEqual(ownForm);
  expect(traceForm('task_id\thash\tstatus\tname')).toEqual({
    fields: ['task_id', 'hash', 'status', 'name'],
    separator: '\t',
  });
  expect(traceForm('hash,name')).toBeNull();
  expect(traceForm('')).toBeNull();
  const own = digestTrace(Buffer.from('name;status;task_id\nA (1);COMPLETED;4\nB;CACHED;5\n'), 0, undefined);
  expect(own.reports).toMatchObject([
    { taskId: 4, name: 'A (1)' },
    { taskId: 5, status: 'CACHED' },
  ]);
  const none = digestTrace(Buffer.from('hash\nab/123456\n'), 0, undefined);
  expect(none).toEqual({ reports: [], used: 15, form: 'unusable' });
  expect(digestTrace(Buffer.from(row()), 15, 'unusable').reports).toEqual([]);
});
