/**
 * How far runs are, without HTTP: Nextflow's log and trace file, read over the member's channel. One command for all of
 * a member's live runs; what it says goes into the table of tasks, and only then the mark moves, so that whatever dies
 * in between is read once more.
 */
import { setImmediate as letOthersThrough } from 'node:timers/promises';
import { isAppError } from '#core/errors.ts';
import type { ClusterTarget } from '#core/ports/cluster-access.ts';
import { type HashReport, nothingRead, type Reading, type RunNews } from '#core/ports/progress.ts';
import type { TaskBatch } from '#core/ports/task-store.ts';
import type { Run } from '#core/runs.ts';
import { hasTaskEnded, type TaskReport, type TaskSource } from '#core/tasks.ts';
import type { LauncherDeps } from './deps.ts';
import { sentence } from './problems.ts';

/** So many reports share a transaction; other writers wait for it, and on SQLite everybody does. */
const reportsAtOnce = 200;
/** Pieces of half a megabyte in one step of a run's end; what is left is read in the next. */
const piecesAtOnce = 16;

export interface Look {
  news: RunNews;
  reading: Reading;
}

const groupsOf = <Item>(items: readonly Item[], size: number): Item[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );

const isNews = (news: RunNews): boolean =>
  news.log.length + news.logByHash.length + news.trace.length + news.processes.length > 0;

/** At a run's end nothing waits any more. */
const peaksOf = (peaks: NonNullable<RunNews['peaks']>, run: Run, now: number): TaskBatch => ({
  source: 'log',
  reports: [],
  counted: {
    instant: peaks.at,
    pending: 0,
    peakTasks: peaks.tasks,
    peakCpus: peaks.cpus,
    peakMemory: peaks.memory,
    processes: [],
  },
  fence: run.fence,
  now,
});

export const freshReading = (now: number): Reading => ({
  mark: nothingRead,
  newsAt: now,
  statusAt: 0,
  reporting: null,
});

/** Are the files to be read while the run goes on? In the end they always are. */
export const isReadLive = (run: Run, reading: Reading | undefined): boolean =>
  run.headDir !== null &&
  run.status === 'RUNNING' &&
  !(run.snapshot.config.reporting === 'http' && reading?.reporting?.http === true);

export const createProgress = ({ store, clusters, progress, clock, log }: LauncherDeps) => {
  /** @returns false when the lease was lost */
  const report = async (run: Run, source: TaskSource, reports: readonly TaskReport[]): Promise<boolean> => {
    for (const group of groupsOf(reports, reportsAtOnce)) {
      const batch = { source, reports: group, fence: run.fence, now: clock.now() };
      if (!(await store.tasks.report(run.id, batch))) return false;
      await letOthersThrough();
    }
    return true;
  };

  const byNumber = async (run: Run, { logByHash }: RunNews): Promise<TaskReport[]> => {
    // Why a task failed is told after its end.
    const isLate = ({ status }: TaskReport | HashReport) => hasTaskEnded(status);
    const found = await Promise.all(
      [logByHash.filter((each) => !isLate(each)), logByHash.filter(isLate)].map(async (reports, late) => {
        if (reports.length === 0) return [];
        const hashes = [...new Set(reports.map(({ hash }) => hash))];
        const numbers = await store.tasks.numbersOf(run.id, hashes, late ? 'all' : 'open');
        return reports.flatMap((each) => {
          const taskId = numbers.get(each.hash);
          return taskId === undefined ? [] : [{ ...each, taskId }];
        });
      }),
    );
    return found.flat();
  };

  /** @returns null when the lease was lost */
  const take = async (run: Run, before: Reading, news: RunNews): Promise<Look | null> => {
    if (news.processes.length > 0) await store.tasks.nameProcesses(run.id, news.processes);
    const now = clock.now();
    const held =
      (news.peaks === null || (await store.tasks.report(run.id, peaksOf(news.peaks, run, now)))) &&
      // Before the others: those may tell that a task has ended, and then its hash is not looked for.
      (await report(run, 'log', await byNumber(run, news))) &&
      (await report(run, 'log', news.log)) &&
      (await report(run, 'trace', news.trace));
    if (!held) return null;
    const reading: Reading = {
      ...before,
      mark: news.mark,
      newsAt: isNews(news) ? clock.now() : before.newsAt,
      reporting: news.reporting ?? before.reporting,
    };
    if (JSON.stringify(reading) !== JSON.stringify(before))
      await store.readings.keep(new Map([[run.id, reading]]));
    return { news, reading };
  };

  /** @throws AppError when the cluster cannot be reached; an answer of another shape is no news */
  const readTogether = async (
    target: ClusterTarget,
    runs: readonly Run[],
    readings: ReadonlyMap<string, Reading>,
  ): Promise<Map<string, Look>> => {
    const looks = new Map<string, Look>();
    const toRead = runs.flatMap(({ id, headDir }) =>
      headDir === null ? [] : [{ runId: id, headDir, mark: readings.get(id)?.mark ?? nothingRead }],
    );
    let all: Map<string, RunNews>;
    try {
      all = progress.parse(
        await clusters.run(target, { ...progress.read(toRead), kind: 'progress' }),
        toRead,
      );
    } catch (error) {
      if (isAppError(error)) throw error;
      log.warn(
        { runs: runs.map(({ id }) => id), error: sentence(error) },
        'progress of runs could not be read',
      );
      return looks;
    }
    for (const run of runs) {
      const news = all.get(run.id);
      const look = news && (await take(run, readings.get(run.id) ?? freshReading(clock.now()), news));
      if (look) looks.set(run.id, look);
    }
    return looks;
  };

  return {
    /** Reads one piece of each run's files. Runs of which nothing could be learnt are missing in the answer. */
    look: async (
      target: ClusterTarget,
      runs: readonly Run[],
      readings: ReadonlyMap<string, Reading>,
    ): Promise<Map<string, Look>> => {
      const looks = new Map<string, Look>();
      for (const group of groupsOf(runs, progress.atOnce))
        for (const [id, look] of await readTogether(target, group, readings)) looks.set(id, look);
      return looks;
    },

    /** Reads the files of a run that is over to their end. @returns false when that takes another step */
    finish: async (target: ClusterTarget, run: Run): Promise<boolean> => {
      let reading = (await store.readings.of([run.id])).get(run.id);
      for (let piece = 0; piece < piecesAtOnce; piece += 1) {
        const readings = new Map(reading ? [[run.id, reading]] : []);
        const look = (await readTogether(target, [run], readings)).get(run.id);
        if (!look || JSON.stringify(look.reading.mark) === JSON.stringify(reading?.mark ?? nothingRead))
          return true;
        ({ reading } = look);
      }
      return false;
    },
  };
};
