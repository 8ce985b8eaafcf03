/** The pace at which runs are read, what becomes of what was read, and how reports of one task become one record. */
import type { Break } from './break.ts';

const progress = { file: 'src/launcher/progress.ts', test: 'src/launcher/progress.test.ts' };
const follow = { ...progress, file: 'src/launcher/follow.ts' };
const merging = { file: 'src/core/task-merging.ts', test: 'src/core/task-merging.test.ts' };
const tasks = { ...merging, file: 'src/core/tasks.ts' };

export const breaks: readonly Break[] = [
  {
    ...progress,
    keeps: 'the mark moves with what was written',
    from: '      mark: news.mark,\n',
    to: '      mark: before.mark,\n',
    named: 'within the step',
  },
  {
    ...follow,
    keeps: 'files are read more often than the queue is asked',
    from: 'return Math.min(status, nextRead(readAt.get(run.id) ?? now, reading.newsAt, view.crowdOf(run)));',
    to: 'return status;',
    named: 'every two seconds',
  },
  {
    ...progress,
    keeps: 'after news the files are read more often again',
    from: 'newsAt: isNews(news) ? clock.now() : before.newsAt,',
    to: 'newsAt: before.newsAt,',
    named: 'without news',
  },
  {
    ...follow,
    keeps: 'what did not fit into an answer is read at once',
    from: '    if (look?.news.more) {',
    to: '    if (look?.news.ended) {',
    named: 'read on at once',
  },
  {
    ...follow,
    keeps: 'an exit status in the files is a reason to ask the queue',
    from: 'const ending = [...looks.values()].some(({ news }) => news.ended);',
    to: 'const ending = false;',
    named: 'an exit status in the files',
  },
  {
    ...progress,
    keeps: 'at a run’s end its files are read to theirs',
    from: 'const piecesAtOnce = 16;',
    to: 'const piecesAtOnce = 1;',
    named: 'the files are read to theirs',
  },
  {
    ...progress,
    keeps: 'very long files hold up no other run',
    from: 'const piecesAtOnce = 16;',
    to: 'const piecesAtOnce = 512;',
    named: 'very long files',
  },
  {
    ...progress,
    keeps: 'of a cancelled run the last words count as well',
    file: 'src/launcher/collect.ts',
    from: '    if (!(await progress.finish(target, run))) {',
    to: '    if (run.cancelRequestedAt === null && !(await progress.finish(target, run))) {',
    named: 'the last words',
  },
  {
    ...progress,
    keeps: 'lines that know a task by its directory find it',
    from: "      (await report(run, 'log', await byNumber(run, news))) &&\n",
    to: '',
    named: 'by its directory find',
  },
  {
    ...progress,
    keeps: 'an answer in another shape ends nothing',
    from: '      if (isAppError(error)) throw error;\n',
    to: '      throw error;\n',
    named: 'another shape is no news',
  },
  {
    ...progress,
    keeps: 'how much ran at once is told as Nextflow counted it',
    from: 'peakTasks: peaks.tasks,',
    to: 'peakTasks: peaks.cpus,',
    named: 'how much ran at once',
  },
  {
    ...merging,
    keeps: 'reports in any order: equally good ones agree',
    from: 'own === level && !isGreater(value, old))',
    to: 'own === level && value === old)',
    named: 'gives the same record',
  },
  {
    ...merging,
    keeps: 'what is told late and less surely changes nothing',
    from: '(own < level || (own === level && told === old))',
    to: '(own === level && told === old)',
    named: 'however late|later state counts',
  },
  {
    ...merging,
    keeps: 'a task that was closed by us ends as those say who know',
    from: "['ABORTED', 'CACHED', 'COMPLETED', 'FAILED'];",
    to: "['CACHED', 'COMPLETED', 'ABORTED', 'FAILED'];",
    named: 'closed as aborted',
  },
  {
    ...tasks,
    keeps: 'half of a character keeps no report out of the database',
    from: '.slice(0, max).toWellFormed();',
    to: '.slice(0, max);',
    named: 'no database takes',
  },
  {
    ...tasks,
    keeps: 'a name with brackets in its tag tells its process',
    from: '/ \\(.*\\)$/s',
    to: '/ \\([^)]*\\)$/',
    named: 'a process is known',
  },
];
