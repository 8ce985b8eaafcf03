/** Marks of what has been read: on both databases. */
import { expect, test } from 'vitest';
import { nothingRead, type Reading } from '#core/ports/progress.ts';
import { addUser, aRun, onBothDatabases } from '#test/support/databases.ts';

onBothDatabases(({ open }) => {
  test('a reading comes back as it was kept, and is replaced by the next', async () => {
    const store = await open();
    const { id } = await addUser(store);
    const run = aRun(id, {});
    await store.runs.insert(run);
    expect(await store.readings.of([run.id])).toEqual(new Map());
    expect(await store.readings.of([])).toEqual(new Map());
    const reading: Reading = { mark: nothingRead, newsAt: 1, statusAt: 2, reporting: null };
    await store.readings.keep(new Map([[run.id, reading]]));
    const later: Reading = {
      mark: {
        log: { inode: '18446744073709551615', offset: 2 ** 40, midLine: true },
        trace: { inode: '7', offset: 0 },
        zone: -570,
        traceForm: { fields: ['task_id', '%cpu'], separator: '\t' },
      },
      newsAt: 1_795_372_817_933,
      statusAt: 0,
      reporting: { http: false, reason: 'the plugin is not there; ö' },
    };
    await store.readings.keep(new Map([[run.id, later]]));
    await store.readings.keep(new Map());
    expect(await store.readings.of([run.id, 'other'])).toEqual(new Map([[run.id, later]]));
  });

  test('those of many runs are kept at once', async () => {
    const store = await open();
    const { id } = await addUser(store);
    const runs = [aRun(id, {}), aRun(id, {})];
    for (const run of runs) await store.runs.insert(run);
    const reading = (statusAt: number): Reading => ({
      mark: nothingRead,
      newsAt: 1,
      statusAt,
      reporting: null,
    });
    for (const first of [1, 5]) {
      const readings = new Map(runs.map((run, index) => [run.id, reading(first + index)]));
      await store.readings.keep(readings);
      expect(await store.readings.of(runs.map((run) => run.id))).toEqual(readings);
    }
  });

  test('tasks are found by hash: those that have not ended, or all', async () => {
    const store = await open();
    const { id } = await addUser(store);
    const run = aRun(id, { phase: 'follow', status: 'RUNNING' });
    await store.runs.insert(run);
    const hash = (number: number) => `ab/${String(number).padStart(6, '0')}`;
    const reports = Array.from({ length: 700 }, (_, index) => ({
      taskId: index,
      status: index === 5 ? ('COMPLETED' as const) : ('NEW' as const),
      hash: hash(index),
    }));
    await store.tasks.report(run.id, { source: 'log', reports, now: 1 });
    const hashes = [...reports.map((each) => each.hash), 'ff/000000'];
    const numbers = await store.tasks.numbersOf(run.id, hashes, 'open');
    expect(numbers.size).toBe(699);
    expect(numbers.get(hash(699))).toBe(699);
    expect((await store.tasks.numbersOf(run.id, hashes, 'all')).get(hash(5))).toBe(5);
    expect(await store.tasks.numbersOf('other', [hash(1)], 'all')).toEqual(new Map());
  });
});
