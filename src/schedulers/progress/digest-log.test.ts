/** Logs that Nextflow 24.10.0 wrote, and names made to mislead. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { mergeTask } from '#core/task-merging.ts';
import type { TaskRecord, TaskReport } from '#core/tasks.ts';
import { digestLog } from './digest-log.ts';

const recorded = (name: string): Buffer =>
  readFileSync(new URL(`../../../test/fixtures/nextflow/${name}`, import.meta.url));

const clock = { now: Date.UTC(2026, 10, 26, 16), zone: 0 };

const tasksOf = (reports: readonly TaskReport[]): Map<number, TaskRecord> => {
  const tasks = new Map<number, TaskRecord>();
  for (const report of reports) tasks.set(report.taskId, mergeTask(tasks.get(report.taskId), report, 'log'));
  return tasks;
};
const lastStates = (reports: readonly TaskReport[]) =>
  Object.fromEntries(
    [...tasksOf(reports).values()].map(({ taskId, name, status, exit }) => [
      taskId,
      `${status} ${exit} ${name}`,
    ]),
  );

const entry = (logger: string, message: string, time = '15:00:00.000'): string =>
  `Nov-26 ${time} [Task monitor] DEBUG ${logger} - ${message}\n`;
const handler = (
  id: number,
  name: string,
  status: string,
  exit: number | '-' = '-',
  job: string | null = '7',
): string =>
  `TaskHandler[jobId: ${job}; id: ${id}; name: ${name}; status: ${status}; exit: ${exit}; error: -; workDir: /w/ab/12345600000000000000000000${id} started: -; exited: -; ]`;
const monitor = 'n.processor.TaskPollingMonitor';
const digest = (text: string) => digestLog(Buffer.from(text), clock, undefined);

describe('recorded logs', () => {
  test('Slurm: every task with its last state, native id, times and directory', () => {
    const { reports, byHash, processes, used } = digestLog(recorded('slurm.log'), clock, undefined);
    expect(lastStates(reports)).toEqual({
      1: 'FAILED 3 FLAKY (x1;] status: FAILED; workDir: /no/such started: 1; exited: -; ])',
      2: 'COMPLETED 0 SAY (plain)',
      3: 'FAILED 0 MISSING',
      4: 'FAILED null BADQ',
      5: 'COMPLETED 0 SAY (a;b]c; status: FAILED; exit: 7)',
      6: 'COMPLETED 0 SAY (tab\there)',
      7: 'FAILED 127 MOD',
      8: 'COMPLETED 0 SAY (Zürich ä€😀)',
      9: 'COMPLETED 0 SAY (sep\u001fsep)',
      10: `COMPLETED 0 SAY (q'"$HOME)`,
      11: 'FAILED 3 FLAKY (x1;] status: FAILED; workDir: /no/such started: 1; exited: -; ])',
    });
    expect(byHash).toEqual([]);
    expect(processes).toEqual(['SAY', 'FLAKY', 'BADQ', 'MOD', 'MISSING']);
    expect(used).toBe(recorded('slurm.log').length);
    expect(tasksOf(reports).get(2)).toMatchObject({
      nativeId: '4',
      executor: 'slurm',
      process: 'SAY',
      hash: '7a/70532b',
      workdir: '/scratch/work/7a/70532b49c8ff5f5180b194418d6401',
      submit: Date.UTC(2026, 10, 26, 15, 33, 55, 592),
      start: 1795707236800,
      complete: Date.UTC(2026, 10, 26, 15, 33, 57, 752),
    });
  });

  test('tasks that Nextflow runs itself, with line breaks and a whole log line in their names', () => {
    const { reports } = digestLog(recorded('local.log'), clock, undefined);
    expect(lastStates(reports)).toMatchObject({
      1: 'COMPLETED null NATIVE (1)',
      6: 'FAILED 2 SAY (line\nbreak)',
      7: 'SUBMITTED null SAY (Jan-01 00:00:00.000 [x] DEBUG n.p.TaskPollingMonitor - Task completed > TaskHandler[id: 1; ])',
    });
    expect(tasksOf(reports).get(6)).toMatchObject({ executor: 'local', nativeId: null, hash: '3a/bf3b62' });
  });

  test('why each task failed; of the one that ended the run also what its command said', () => {
    const errors = (name: string) =>
      Object.fromEntries(
        [...tasksOf(digestLog(recorded(name), clock, undefined).reports).values()].flatMap(
          ({ taskId, errorMessage }) => (errorMessage === null ? [] : [[taskId, errorMessage]]),
        ),
      );
    const flaky = (attempt: number) =>
      `Process \`FLAKY (try ${attempt})\` terminated with an error exit status (3)`;
    expect(errors('flaky.log')).toEqual({
      3: flaky(1),
      4: flaky(2),
      5: `${flaky(3)}\ncannot open 2.bam: größe`,
    });
    expect(errors('slurm.log')).toMatchObject({
      3: 'Missing output file(s) `never` expected by process `MISSING`',
      4: "Error submitting process 'BADQ' for execution",
      7: 'Process `MOD` terminated with an error exit status (127)',
    });
    expect(errors('local.log')[6]).toMatch(
      /^Process `SAY \(line\nbreak\)` terminated .*\n\.command\.run: line 4/s,
    );
    expect(errors('five.log')).toEqual({});
  });

  test.each(['slurm.log', 'local.log', 'flaky.log'])(
    '%s: cut anywhere and read on, it tells the same',
    (name) => {
      const whole = recorded(name);
      const expected = tasksOf(digestLog(whole, clock, undefined).reports);
      for (let at = 1; at < whole.length; at += 97) {
        const first = whole.subarray(0, whole.subarray(0, at).lastIndexOf(10) + 1);
        const one = digestLog(first, clock, undefined);
        const two = digestLog(whole.subarray(one.used), clock, one.zone);
        const hashes = new Map(one.reports.map(({ hash, taskId }) => [hash, taskId]));
        const late = two.byHash.map(({ hash, ...report }) => ({ ...report, taskId: hashes.get(hash) ?? 0 }));
        expect(tasksOf([...one.reports, ...two.reports, ...late]), `cut at byte ${at}`).toEqual(expected);
      }
    },
  );
});

describe('names are not escaped', () => {
  const names = [
    'P (a; status: COMPLETED; exit: 0; error: -; workDir: /x started: 1; exited: -; ])',
    'P (; name: Q; status: RUNNING)',
    'P (> jobId: 9; workDir: /w/ff/ffffff)',
    'P (\t\u001f\\n"\'`$();])',
    'P (two\nlines\n\n)',
    `P (\n${entry(monitor, 'Session aborted').trim()})`,
    'P (äöü€😀 \u202e)',
    'P ()',
    'P',
  ];
  test.each(names)('%j', (name) => {
    const { reports } = digest(
      [
        entry(monitor, `Scheduled task > ${handler(3, name, 'NEW', '-', 'null')}`),
        entry(
          'nextflow.executor.GridTaskHandler',
          `[PBSPRO] submitted process ${name} > jobId: 12.server; workDir: /w/ab/123456000000000000000000003`,
        ),
        entry(monitor, `Task started > ${handler(3, name, 'RUNNING', '-', '12.server')}`),
        entry(monitor, `Task completed > ${handler(3, name, 'COMPLETED', 4, '12.server')}`),
      ].join(''),
    );
    expect(reports.map(({ status }) => status)).toEqual(['NEW', 'SUBMITTED', 'RUNNING', 'FAILED']);
    expect(tasksOf(reports).get(3)).toMatchObject({
      name,
      process: 'P',
      exit: 4,
      nativeId: '12.server',
      executor: 'pbspro',
    });
  });

  test('a whole entry inside of a name is part of the name', () => {
    const forged = `P (x\n${entry(monitor, `Task completed > ${handler(9, 'Q', 'COMPLETED', 0)}`).trim()})`;
    const { reports } = digest(entry(monitor, `Task started > ${handler(3, forged, 'RUNNING')}`));
    expect(reports).toMatchObject([{ taskId: 3, status: 'RUNNING', name: forged }]);
  });

  test('an entry of ours in another shape does not take in the next', () => {
    const odd = entry(monitor, 'Task started > TaskHandler[number: 3; name: P]');
    const { reports } = digest(odd + entry(monitor, `Task completed > ${handler(4, 'Q', 'COMPLETED', 0)}`));
    expect(reports).toMatchObject([{ taskId: 4, status: 'COMPLETED' }]);
  });

  test('what has no number of its own, no directory or another shape says nothing', () => {
    for (const message of [
      'Task started > TaskHandler[]',
      'Task started > TaskHandler[id: x; name: y; status: RUNNING; exit: -; error: -; workDir: /w/ab/123456]',
      'Task started > TaskHandler[id: 1; name: y; status: RUNNING; exit: -; error: -; workDir: null]',
      'Scheduler queue size: 4 (iteration: 1)',
    ])
      expect(digest(entry(monitor, message)).reports).toEqual([]);
  });
});

test('a job that left no exit status has failed, and so has what Nextflow found wanting; its own tasks have none', () => {
  const ended = handler(3, 'P', 'COMPLETED');
  const wanting = (text: string) => text.replace('error: -', 'error: nextflow.MissingFile: a; error: -x');
  const told = [
    ended,
    wanting(handler(4, 'P', 'COMPLETED', 0)),
    handler(5, 'P', 'COMPLETED').replace('jobId: 7; ', ''),
    wanting(handler(6, 'P', 'COMPLETED').replace('jobId: 7; ', '')),
  ];
  const { reports } = digest(told.map((text) => entry(monitor, `Task completed > ${text}`)).join(''));
  expect(reports.map(({ status }) => status)).toEqual(['FAILED', 'FAILED', 'COMPLETED', 'FAILED']);
});

test('an entry whose name goes on in the next piece is left for then, but not for ever', () => {
  const head = entry(monitor, 'Scheduler queue size: 0');
  const begun = `${head}${entry(monitor, 'Task started > TaskHandler[jobId: 1; id: 1; name: P (a')}`;
  expect(digest(begun)).toMatchObject({ reports: [], used: head.length });
  const endless = `${begun}${'b\n'.repeat(40_000)}`;
  expect(digest(endless)).toMatchObject({ reports: [], used: endless.length });
});

test('lines that know the directory alone find their task in the same piece, or say which they mean', () => {
  const submitted = entry('nextflow.Session', '[ab/123456] Re-submitted process > P (1)', '15:00:00.500');
  expect(digest(submitted)).toMatchObject({
    reports: [],
    byHash: [{ hash: 'ab/123456', status: 'SUBMITTED', submit: Date.UTC(2026, 10, 26, 15, 0, 0, 500) }],
  });
  const known = digest(entry(monitor, `Scheduled task > ${handler(1, 'P (1)', 'NEW')}`) + submitted);
  expect(known.byHash).toEqual([]);
  expect(known.reports).toMatchObject([
    { taskId: 1, status: 'NEW' },
    { taskId: 1, status: 'SUBMITTED' },
  ]);
});

test('a task that was scheduled in an earlier piece is known by what follows in this one', () => {
  const { reports, byHash } = digest(
    entry(
      'nextflow.executor.GridTaskHandler',
      '[SLURM] submitted process P > jobId: 7; workDir: /w/ab/123456000000000000000000001',
    ) + entry(monitor, `Task completed > ${handler(1, 'P', 'COMPLETED', 0)}`),
  );
  expect(byHash).toEqual([]);
  expect(tasksOf(reports).get(1)).toMatchObject({
    status: 'COMPLETED',
    executor: 'slurm',
    submit: expect.any(Number),
  });
});

test('ids of all schedulers, and of jobs in arrays', () => {
  for (const id of ['4711', '4711.head.example.org', '4711[3].head', '4711_3', '4711[3]', '4711.3']) {
    const { reports } = digest(entry(monitor, `Task started > ${handler(1, 'P', 'RUNNING', '-', id)}`));
    expect(reports).toMatchObject([{ nativeId: id, status: 'RUNNING' }]);
  }
});

test('the zone comes from an entry that tells the exact time as well', () => {
  const started = Date.UTC(2026, 10, 26, 9, 30);
  const line = entry(
    monitor,
    `Task started > ${handler(1, 'P', 'RUNNING').replace('started: -', `started: ${started}`)}`,
  );
  const both = line + entry(monitor, `Task completed > ${handler(1, 'P', 'COMPLETED', 0)}`, '15:00:05.000');
  const { reports, zone } = digest(both);
  expect(zone).toBe(330);
  expect(reports[1]?.complete).toBe(started + 5_000);
});

test('at the end Nextflow says how much ran at once', () => {
  expect(digestLog(recorded('local.log'), clock, undefined).peaks).toEqual({
    at: Date.UTC(2026, 10, 26, 15, 20, 14, 553),
    tasks: 3,
    cpus: 3,
    memory: 150 * 1024 ** 2,
  });
  const said = (memory: string) =>
    digest(
      entry(
        'n.trace.WorkflowStatsObserver',
        `Workflow completed > WorkflowStats[x=1; peakRunning=2; peakCpus=4; peakMemory=${memory}; ]`,
      ),
    ).peaks;
  expect([said('0')?.memory, said('1.5 GB')?.memory, said('-')?.memory]).toEqual([
    0,
    1.5 * 1024 ** 3,
    undefined,
  ]);
});

test('text that was written to keep the reader busy does not', () => {
  const begun = 'Task started > TaskHandler[jobId: 1; id: 1; name: ';
  const hostile = [
    entry(
      monitor,
      `${begun}${'; status: NEW; exit: -; error: '.repeat(1_000)}${'; workDir: /'.repeat(2_000)};]`,
    ),
    entry(monitor, `${begun}${'; workDir: /a started: 1; exited: '.repeat(1_500)}]`),
    entry('x.GridTaskHandler', `[A] submitted process ${' > jobId: 1; workDir: /'.repeat(2_500)};`),
    entry(
      'x.TaskProcessor',
      `Handling unexpected condition for\n  task: name=${'; work-dir=/a'.repeat(4_000)}`,
    ),
    ...Array.from({ length: 1_000 }, () => entry(monitor, `${begun}x`)),
    `Nov-26 15:00:00.000 [${'] DEBUG x'.repeat(7_000)}\n`,
  ];
  const from = performance.now();
  digest(hostile.join(''));
  expect(performance.now() - from).toBeLessThan(2_000);
});
