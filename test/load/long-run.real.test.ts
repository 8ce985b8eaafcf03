/** A run of ten thousand tasks: its files are read and its table is written in bounded time and memory. */
import { createHash } from 'node:crypto';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { ClusterTarget, RemoteCommand } from '#core/ports/cluster-access.ts';
import type { LauncherDeps } from '#launcher/deps.ts';
import { createProgress } from '#launcher/progress.ts';
import { traceFields, traceSeparator } from '#schedulers/head/nextflow-config.ts';
import { progressReader } from '#schedulers/progress/reader.ts';
import { addUser, aRun, onBothDatabases } from '#test/support/databases.ts';
import { runCommand } from '#test/support/far-side/run-command.ts';

const tasks = 10_000;

const directory = (id: number): string => {
  const digits = createHash('md5').update(`${id}`).digest('hex');
  return `/scratch/work/${digits.slice(0, 2)}/${digits.slice(2)}`;
};

const written = (id: number): string => {
  const at = '15:00:00.000';
  const name = `WF:PROCESS_${id % 7} (sample ${id}; ü])`;
  const handler = (status: string, exit: string, job: string) =>
    `TaskHandler[jobId: ${job}; id: ${id}; name: ${name}; status: ${status}; exit: ${exit}; error: -; workDir: ${directory(id)} started: -; exited: -; ]`;
  const monitor = 'n.processor.TaskPollingMonitor';
  return [
    `[Actor Thread 9] TRACE ${monitor} - Scheduled task > ${handler('NEW', '-', 'null')}`,
    `[Task submitter] DEBUG nextflow.executor.GridTaskHandler - [SLURM] submitted process ${name} > jobId: ${id}; workDir: ${directory(id)}`,
    `[Task submitter] INFO  nextflow.Session - [${directory(id).slice(14, 23)}] Submitted process > ${name}`,
    `[Task monitor] TRACE ${monitor} - Task started > ${handler('RUNNING', '-', `${id}`)}`,
    `[Task monitor] DEBUG ${monitor} - Task completed > ${handler('COMPLETED', '0', `${id}`)}`,
  ]
    .map((line) => `Nov-26 ${at} ${line}\n`)
    .join('');
};

const row = (id: number): string => {
  const values: Record<string, string> = {
    task_id: `${id}`,
    hash: directory(id).slice(14, 23),
    native_id: `${id}`,
    status: 'COMPLETED',
    exit: '0',
    realtime: '1000',
    process: `WF:PROCESS_${id % 7}`,
    tag: `sample ${id}; ü]`,
    name: `WF:PROCESS_${id % 7} (sample ${id}; ü])`,
    workdir: directory(id),
  };
  return `${traceFields.map((field) => values[field] ?? '-').join(traceSeparator)}\n`;
};

onBothDatabases(({ open }) => {
  test(`${tasks} tasks`, { timeout: 180_000 }, async () => {
    const dir = mkdtempSync(join(tmpdir(), 'latchkey-long-'));
    const [log, trace] = ['log', 'trace'].map((name) => join(dir, `nf-Long00000001.${name}`)) as [
      string,
      string,
    ];
    writeFileSync(log, '');
    writeFileSync(trace, `${traceFields.join(traceSeparator)}\n`);
    for (let id = 1; id <= tasks; id += 1) {
      appendFileSync(log, written(id));
      appendFileSync(trace, row(id));
    }

    const store = await open();
    const { id: userId } = await addUser(store);
    const run = { ...aRun(userId, { phase: 'follow', status: 'RUNNING' }), id: 'Long00000001', headDir: dir };
    await store.runs.insert(run);
    let largest = 0;
    const progress = createProgress({
      store,
      clusters: {
        run: async (_target: ClusterTarget, command: RemoteCommand) => {
          const result = await runCommand(command, { env: { PATH: '/usr/bin:/bin' } });
          largest = Math.max(largest, result.stdout.length);
          return result;
        },
      },
      progress: progressReader,
      clock: { now: () => Date.now() },
      log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    } as unknown as LauncherDeps);

    let longestTurn = 0;
    let last = performance.now();
    const watch = setInterval(() => {
      longestTurn = Math.max(longestTurn, performance.now() - last - 10);
      last = performance.now();
    }, 10);
    const from = performance.now();
    for (let over = false; !over; ) over = await progress.finish({} as ClusterTarget, run);
    const seconds = (performance.now() - from) / 1_000;
    clearInterval(watch);
    rmSync(dir, { recursive: true });
    console.log(
      `${tasks} tasks in ${seconds.toFixed(1)} s; event loop held for at most ${longestTurn.toFixed(0)} ms; largest answer ${largest} bytes`,
    );

    const { workflow, processes } = await store.tasks.progress(run.id);
    expect(workflow).toMatchObject({ succeeded: tasks, running: 0, submitted: 0, pending: 0, failed: 0 });
    expect(processes).toHaveLength(7);
    const { rows, totalSize } = await store.tasks.list(run.id, { max: 1, offset: tasks - 1 });
    expect(totalSize).toBe(tasks);
    expect(rows[0]).toMatchObject({
      taskId: tasks,
      tag: `sample ${tasks}; ü]`,
      executor: 'slurm',
      realtime: 1_000,
      nativeId: `${tasks}`,
    });
    expect(longestTurn).toBeLessThan(1_500);
    expect(largest).toBeLessThan(1_200_000);
    expect(seconds).toBeLessThan(120);
  });
});
