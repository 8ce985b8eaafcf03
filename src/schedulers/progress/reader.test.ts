/** The script and what reads its answers, on files that grow, are moved away, cut and replaced. */
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { nothingRead, type ReadingMark, type RunNews } from '#core/ports/progress.ts';
import { answered, runCommand } from '#test/support/far-side/run-command.ts';
import { progressReader } from './reader.ts';
import { ownForm } from './trace-rows.ts';

const recorded = (name: string): Buffer =>
  readFileSync(new URL(`../../../test/fixtures/nextflow/${name}`, import.meta.url));

let dir: string;
let mark: ReadingMark;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "latchkey it's [a] progress-"));
  mark = nothingRead;
});
afterEach(() => rmSync(dir, { recursive: true }));

const file = (name: string, runId = 'R'): string => join(dir, `nf-${runId}.${name}`);
const place = { env: { PATH: '/usr/bin:/bin' } };

const readAll = async (runs: { runId: string; headDir: string; mark: ReadingMark }[]) =>
  progressReader.parse(await runCommand(progressReader.read(runs), place), runs);

/** Reads once and keeps the mark. */
const read = async (): Promise<RunNews> => {
  const news = (await readAll([{ runId: 'R', headDir: dir, mark }])).get('R');
  if (!news) throw new Error('no news');
  mark = structuredClone(news.mark);
  return news;
};

const now = new Date();
const line = (id: number, name = `P (${id})`): string =>
  `${now.toDateString().slice(4, 7)}-${String(now.getDate()).padStart(2, '0')} 00:00:00.000 [x] TRACE n.processor.TaskPollingMonitor - Task started > TaskHandler[jobId: 1; id: ${id}; name: ${name}; status: RUNNING; exit: -; error: -; workDir: /w/ab/123456 started: -; exited: -; ]\n`;
const row = (id: number): string =>
  `${ownForm.fields.map((field) => ({ task_id: `${id}`, hash: 'ab/123456', status: 'COMPLETED', process: 'P', name: `P (${id})` })[field] ?? '-').join(ownForm.separator)}\n`;
const header = `${ownForm.fields.join(ownForm.separator)}\n`;
const ids = (reports: readonly { taskId: number }[]) => reports.map(({ taskId }) => taskId);

test('nothing there, then a log, then both files, then nothing new', async () => {
  expect(await read()).toMatchObject({ log: [], trace: [], more: false, ended: false, mark: nothingRead });
  writeFileSync(file('log'), recorded('slurm.log'));
  const first = await read();
  expect(new Set(ids(first.log)).size).toBe(11);
  expect(first.facts).toEqual({
    projectName: 'main.nf',
    repository: '/scratch/pipelines/rich/main.nf',
    nextflowVersion: '24.10.0',
    nextflowBuild: '5928',
    commandLine: expect.stringMatching(/^nextflow -log nf-rich1.log .* -with-timeline timeline-rich1.html$/),
    profile: 'standard',
    scriptFile: '/scratch/pipelines/rich/main.nf',
  });
  writeFileSync(file('trace'), recorded('slurm.trace'));
  const second = await read();
  expect(second.log).toEqual([]);
  expect(second.trace).toHaveLength(11);
  const third = await read();
  expect([third.log, third.trace, third.more, third.facts]).toEqual([[], [], false, {}]);
  expect(third.mark).toEqual(second.mark);
});

test('only what is new is sent, only whole lines are used', async () => {
  writeFileSync(file('log'), line(1) + line(2).slice(0, 150));
  expect(ids((await read()).log)).toEqual([1]);
  expect(ids((await read()).log)).toEqual([]);
  appendFileSync(file('log'), line(2).slice(150) + line(3));
  const command = progressReader.read([{ runId: 'R', headDir: dir, mark }]);
  const answer = await runCommand(command, place);
  expect(answer.stdout.length).toBeLessThan(line(2).length + line(3).length + 200);
  expect(ids((await read()).log)).toEqual([2, 3]);
});

describe('a log that is moved away', () => {
  const rotate = (): void => {
    for (let number = 8; number >= 1; number -= 1)
      if (existsSync(file(`log.${number}`))) renameSync(file(`log.${number}`), file(`log.${number + 1}`));
    renameSync(file('log'), file('log.1'));
  };

  test('is read to its end, then the next, in order, nothing lost', async () => {
    writeFileSync(file('log'), line(1));
    expect(ids((await read()).log)).toEqual([1]);
    appendFileSync(file('log'), line(2));
    rotate();
    writeFileSync(file('log'), line(3));
    rotate();
    writeFileSync(file('log'), '');
    rotate();
    writeFileSync(file('log'), line(4));
    const seen: number[] = [];
    for (let look = 0; look < 4; look += 1) seen.push(...ids((await read()).log));
    expect(seen).toEqual([2, 3, 4]);
    appendFileSync(file('log'), line(5));
    expect(ids((await read()).log)).toEqual([5]);
  });

  test('before it was ever read: the oldest first', async () => {
    writeFileSync(file('log'), line(1));
    rotate();
    writeFileSync(file('log'), line(2));
    expect([...ids((await read()).log), ...ids((await read()).log)]).toEqual([1, 2]);
  });

  test('and has gone for good: on with what there is', async () => {
    writeFileSync(file('log'), line(1));
    await read();
    renameSync(file('log'), file('away'));
    writeFileSync(file('log'), line(2));
    expect(ids((await read()).log)).toEqual([2]);
  });
});

test('a file that was cut, or replaced in place by a longer one, is read from its beginning', async () => {
  writeFileSync(file('log'), line(1) + line(2));
  writeFileSync(file('trace'), header + row(1));
  await read();
  truncateSync(file('log'), 0);
  appendFileSync(file('log'), line(7));
  truncateSync(file('trace'), 0);
  const cut = await read();
  expect([ids(cut.log), ids(cut.trace)]).toEqual([[7], []]);
  appendFileSync(file('trace'), header + row(3));
  expect(ids((await read()).trace)).toEqual([3]);
  writeFileSync(
    file('log'),
    `${line(8, 'P (a rather long name, so that no line ends where one did)')}${line(9)}`,
  );
  const seen = [...ids((await read()).log), ...ids((await read()).log)];
  expect(seen).toEqual([8, 9]);
});

test('a long log comes in pieces of limited size, whatever is in it', async () => {
  const lines = Array.from({ length: 4_000 }, (_, index) => line(index + 1)).join('');
  writeFileSync(file('log'), `${lines}${'x'.repeat(1_500_000)}\n${line(5_000)}`);
  const seen: number[] = [];
  let looks = 0;
  for (let more = true; more; looks += 1) {
    const command = progressReader.read([{ runId: 'R', headDir: dir, mark }]);
    expect((await runCommand(command, place)).stdout.length).toBeLessThan(600_000);
    const news = await read();
    seen.push(...ids(news.log));
    ({ more } = news);
  }
  expect(seen).toEqual([...Array.from({ length: 4_000 }, (_, index) => index + 1), 5_000]);
  expect(looks).toBeLessThan(10);
});

test('many runs in one command: each gets its share, each its own news', async () => {
  const runs = Array.from({ length: progressReader.atOnce }, (_, index) => {
    const headDir = join(dir, `${index}`);
    mkdirSync(headDir);
    writeFileSync(join(headDir, `nf-R${index}.log`), line(index + 1).repeat(200));
    return { runId: `R${index}`, headDir, mark: nothingRead };
  });
  const command = progressReader.read(runs);
  const result = await runCommand(command, place);
  expect(result.stdout.length).toBeLessThan(command.maxOutputBytes ?? 0);
  const news = progressReader.parse(result, runs);
  runs.forEach(({ runId }, index) => {
    expect(new Set(ids(news.get(runId)?.log ?? []))).toEqual(new Set([index + 1]));
    expect(news.get(runId)?.more).toBe(true);
  });
});

test('a directory that has gone, files that cannot be read, an end, a note', async () => {
  const gone = await readAll([{ runId: 'R', headDir: join(dir, 'gone'), mark }]);
  expect(gone.get('R')).toMatchObject({ log: [], mark: nothingRead });
  mkdirSync(file('log'));
  writeFileSync(file('exit'), '0\n');
  writeFileSync(file('reporting'), 'ssh The plugin is not there.\n');
  expect(await read()).toMatchObject({
    ended: true,
    reporting: { http: false, reason: 'The plugin is not there.' },
  });
});

test('an answer that is cut short, or whose bytes are fewer than it says, counts as none', async () => {
  writeFileSync(file('log'), line(1));
  const runs = [{ runId: 'R', headDir: dir, mark }];
  const { stdout } = await runCommand(progressReader.read(runs), place);
  const whole = Buffer.from(stdout).toString();
  expect(ids(progressReader.parse(answered(whole), runs).get('R')?.log ?? [])).toEqual([1]);
  for (let length = 0; length < whole.length; length += 1)
    expect(() => progressReader.parse(answered(whole.slice(0, length)), runs)).toThrow(/could not be read/);
});

test('what stands in the files cannot pass for the answer', async () => {
  writeFileSync(
    file('log'),
    `latchkey: end\nlatchkey: run X\n${line(1)}${line(1).slice(0, 24)}INFO x - \nlatchkey: end \n`,
  );
  writeFileSync(file('trace'), `${header}latchkey: end\n${row(2)}`);
  const news = await read();
  expect([ids(news.log), ids(news.trace)]).toEqual([[1], [2]]);
});
