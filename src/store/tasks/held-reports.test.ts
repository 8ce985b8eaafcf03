/** What a process remembers of reports that wait has an end. */
import { expect, test } from 'vitest';
import { columnsOf } from '#core/report-columns.ts';
import { createHeldReports } from './held-reports.ts';

const batch = { reports: columnsOf([]), now: 1 };

test('batches are held by run and key until their run is forgotten', () => {
  const held = createHeldReports();
  held.hold('a', '1', batch, 10);
  held.hold('a', '2', batch, 10);
  held.hold('b', '3', batch, 10);
  expect([...held.of('a')]).toEqual([
    ['1', batch],
    ['2', batch],
  ]);
  const before = held.of('a');
  held.forget('a');
  expect(before.size).toBe(2);
  expect(held.of('a').size).toBe(0);
  expect(held.of('b').size).toBe(1);
});

test('where they become too many, the runs that have been silent for longest are forgotten', () => {
  const held = createHeldReports(100);
  const sizes = () => ['a', 'b', 'c'].map((runId) => held.of(runId).size);
  held.hold('a', '1', batch, 40);
  held.hold('b', '2', batch, 40);
  held.hold('a', '3', batch, 20);
  expect(sizes()).toEqual([2, 1, 0]);
  held.hold('c', '4', batch, 30);
  expect(sizes()).toEqual([2, 0, 1]);
  held.hold('c', '5', batch, 101);
  expect(sizes()).toEqual([0, 0, 0]);
  held.hold('b', '6', batch, 100);
  expect(sizes()).toEqual([0, 1, 0]);
});
