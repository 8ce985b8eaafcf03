/**
 * P8: task reports taken in, a hundred at a time as Nextflow sends them, against the bare insert of the same rows with
 * the same durability. A run of 10,000 tasks: each is told as submitted, as running, and with all its numbers at its end.
 * Then how long people wait who look at such a run.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { mergeTask } from '#core/task-merging.ts';
import type { TaskReport, TaskStatus } from '#core/tasks.ts';
import { openStore } from '#store/open.ts';
import { startApi } from '../support/api.ts';
import { recordedCalls } from '../support/nf-tower.ts';
import { compare, printTable, type Rival, repeat, writeResults } from './harness.ts';

const tasksOfRun = 10_000;
const batchSize = 100;
const rounds = 5;
const runsAtOnce = 8;
const batchesOfRun = (3 * tasksOfRun) / batchSize;

type Sent = Record<string, unknown>;

/** A task as it was recorded at its end, under other numbers. */
const recorded = recordedCalls('success-5-tasks').flatMap(({ body }) => (body['tasks'] ?? []) as Sent[]);
const whole = recorded.find((task) => task['status'] === 'COMPLETED') ?? {};
const early = recorded.find((task) => task['status'] === 'RUNNING') ?? {};

const sent = (taskId: number, status: TaskStatus): Sent => ({
  ...(status === 'COMPLETED' ? whole : early),
  taskId,
  status,
  name: `SAY_${taskId % 10} (item ${taskId})`,
  process: `SAY_${taskId % 10}`,
  hash: `ab/${taskId}`,
  nativeId: String(taskId),
  ...(status === 'SUBMITTED' && { start: null }),
});

/** The batches of one run, in the order in which its tasks go through their states. */
const batch = (index: number): Sent[] => {
  const first = Math.floor(index / 3) * batchSize + 1;
  const status = (['SUBMITTED', 'RUNNING', 'COMPLETED'] as const)[index % 3] ?? 'COMPLETED';
  return Array.from({ length: batchSize }, (_, offset) => sent(first + offset, status));
};

const bodies = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => JSON.stringify({ tasks: batch(index) }));

const timeOf = (text: unknown): number | null => (typeof text === 'string' ? Date.parse(text) : null);

const reportsOf = (tasks: readonly Sent[]): TaskReport[] =>
  tasks.map((task) => ({
    ...(task as unknown as TaskReport),
    submit: timeOf(task['submit']),
    start: timeOf(task['start']),
    complete: timeOf(task['complete']),
  }));

/** Rows ready to be bound: neither parsed nor merged nor counted. */
const bareInsert = (path: string): ((tasks: readonly Sent[]) => void) => {
  const bare = new DatabaseSync(path);
  bare.exec('pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on');
  const columns = bare
    .prepare("select name from pragma_table_info('tasks') where name <> 'id'")
    .all()
    .map(({ name }) => String(name));
  bare.exec(`create table bare (id integer primary key, ${columns.map((name) => `"${name}"`).join(', ')})`);
  const row = `(${columns.map(() => '?').join(', ')})`;
  const insert = bare.prepare(
    `insert into bare (${columns.map((name) => `"${name}"`).join(', ')}) values ${Array.from({ length: batchSize }, () => row).join(', ')}`,
  );
  const camel = columns.map((name) => name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase()));
  return (tasks) => {
    const values = reportsOf(tasks)
      .map((report) => ({
        ...mergeTask(undefined, report, 'http'),
        runId: 'A1b2C3d4E5f6',
        searchText: `${report.name}\n${report.hash}\n${report.nativeId}`,
      }))
      .flatMap((record) => camel.map((name) => (record as unknown as Sent)[name] ?? null))
      .map((value) => (Array.isArray(value) ? JSON.stringify(value) : value)) as (string | number | null)[];
    prepared.push(() => {
      bare.exec('begin immediate');
      insert.run(...values);
      bare.exec('commit');
    });
  };
};
const prepared: (() => void)[] = [];

export const run = async (): Promise<void> => {
  const dir = await mkdtemp(join(tmpdir(), 'bench-'));
  const path = join(dir, 'bench.db');
  const store = await openStore({ url: `sqlite:${path}` });
  try {
    const api = await startApi(store);
    const alice = await api.organisation('acme', 'alice');
    const put = async (method: 'POST' | 'PUT', at: string, payload: string) => {
      const answer = await api.app.inject({
        method,
        url: `/api/trace/${at}`,
        headers: { authorization: `Bearer ${alice.token}`, 'content-type': 'application/json' },
        payload,
      });
      if (answer.statusCode !== 200) throw new Error(answer.body);
      return answer.json<{ workflowId: string }>().workflowId;
    };
    const newRun = async () => {
      const id = await put('POST', 'create', '{}');
      await put('PUT', `${id}/begin`, '{}');
      return id;
    };

    /** Nothing is left to be done when the time is up: the last batch takes as long as it is until it is counted. */
    const toTheEnd = async (id: string, count: number, report: () => Promise<unknown>) => [
      ...(await repeat(count - 1, report)),
      ...(await repeat(1, async () => {
        await report();
        const { workflow } = await store.tasks.progress(id);
        if (workflow.succeeded !== Math.floor(count / 3) * batchSize) throw new Error('counted wrong');
      })),
    ];

    const place = bareInsert(path);
    const bare: Rival = {
      name: 'bare batch insert',
      run: async (count) => {
        prepared.length = 0;
        for (let index = 0; index < count; index += 1) place(batch(index));
        return repeat(count, async () => prepared.shift()?.());
      },
    };
    const kept: Rival = {
      name: 'merged, counted and kept',
      run: async (count) => {
        const id = await newRun();
        const batches = Array.from({ length: count }, (_, index) => reportsOf(batch(index)));
        return toTheEnd(id, count, () =>
          store.tasks.report(id, { source: 'http', reports: batches.shift() ?? [], now: Date.now() }),
        );
      },
    };
    let last = '';
    const reported: Rival = {
      name: 'reported over HTTP',
      run: async (count) => {
        const id = await newRun();
        last = id;
        const batches = bodies(count);
        return toTheEnd(id, count, () => put('PUT', `${id}/progress`, batches.shift() ?? ''));
      },
    };
    /** One run tells once a second; a server hears of many. What each takes is its share of the time for all. */
    const together: Rival = {
      name: `over HTTP, ${runsAtOnce} runs at once`,
      run: async (count) => {
        const each = 3 * Math.ceil(count / (3 * runsAtOnce));
        const runs = await Promise.all(
          Array.from({ length: runsAtOnce }, async () => ({ id: await newRun(), batches: bodies(each) })),
        );
        const start = performance.now();
        await Promise.all(
          runs.map(({ id, batches }) =>
            toTheEnd(id, each, () => put('PUT', `${id}/progress`, batches.shift() ?? '')),
          ),
        );
        const done = each * runsAtOnce;
        const share = (performance.now() - start) / done;
        return Array.from({ length: done }, () => share);
      },
    };
    const rows = await compare([bare, kept, reported, together], rounds, batchesOfRun);
    printTable(`P8: batches of ${batchSize} task reports (run of ${tasksOfRun} tasks)`, rows);
    const [first] = rows;
    for (const { name, mean } of rows)
      console.log(
        `${name}: ${Math.round((batchSize * 1000) / mean)} reports per second, ${((first?.mean ?? 0) / mean).toFixed(2)} of the bare insert`,
      );

    const get = async (what: string) => {
      const headers = { authorization: `Bearer ${alice.token}` };
      const answer = await api.app.inject({ url: `/api/workflow/${last}${what}`, headers });
      if (answer.statusCode !== 200) throw new Error(answer.body);
    };
    const looks = [
      '',
      '/progress',
      '/tasks?max=100',
      '/tasks?max=100&offset=9900',
      '/tasks?sortBy=realtime&sortDir=desc',
      '/tasks?search=item%209999',
      '/metrics',
    ];
    const read = await compare(
      looks.map((what) => ({
        name: what === '' ? 'the run' : what,
        run: (count) => repeat(count, () => get(what)),
      })),
      rounds,
      20,
    );
    printTable(`Looking at a run of ${tasksOfRun} tasks`, read);
    await writeResults('reports', { rows, read });
  } finally {
    await store.close();
    await rm(dir, { recursive: true });
  }
};
