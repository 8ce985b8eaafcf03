/** LSF: states, endings, refusals; IBM's and the older, free ones. */
import type { Break } from './break.ts';

const file = 'src/schedulers/lsf/lsf.ts';
const answers = { file, test: 'src/schedulers/answers.test.ts', named: 'LSF' };
const endings = { file, test: 'src/schedulers/endings.test.ts', named: 'LSF' };

export const breaks: readonly Break[] = [
  {
    ...answers,
    keeps: 'LSF: a job on a lost host (UNKWN) is not over',
    from: "UNKWN: 'held', DONE",
    to: "UNKWN: 'failed', DONE",
  },
  {
    ...answers,
    keeps: 'LSF: a zombie is over',
    from: "ZOMBI: 'failed',",
    to: "ZOMBI: 'running',",
  },
  {
    ...answers,
    keeps: 'LSF: a state that is new belongs to a job that exists',
    from: "state: states[nativeState] ?? 'running'",
    to: "state: states[nativeState] ?? 'failed'",
  },
  {
    ...answers,
    keeps: 'LSF: what holds a job is said',
    from: 'reason: reasons[nativeState] ?? null',
    to: 'reason: null',
  },
  {
    ...answers,
    keeps: 'LSF: JSON that was cut short is no answer',
    from: '    if (to < from) throw new Error(`bjobs answered in another shape: ${whole.slice(-200)}`);\n',
    to: '    if (to < from) return [];\n',
  },
  {
    ...answers,
    keeps: 'LSF: a bjobs that failed never reads as "no jobs"',
    from: '    if (saysNone(answer)) return [];\n    throw new',
    to: '    if (saysNone(answer) || answer.status === 255) return [];\n    throw new',
  },
  {
    ...answers,
    keeps: 'LSF: silence is not "no jobs"',
    from: String.raw`/^No .*job.* found\b|is not found\b/.test(line.slice(0, 200))`,
    to: String.raw`/^No .*job.* found\b|is not found\b|^$/.test(line.slice(0, 200))`,
  },
  {
    ...answers,
    keeps: 'LSF: "no jobs" is 0, 254 or 255 by version and setting',
    from: '    if (saysNone(answer)) return [];\n    throw new',
    to: '    if (saysNone(answer) && answer.status === 254) return [];\n    throw new',
  },
  {
    ...answers,
    keeps: 'LSF: a question that nobody answers in time is unknown, and so is a program that is not there',
    file: 'src/schedulers/queries/ask.ts',
    from: "if (status === '124' || status === '137')",
    to: "if (status === '137')",
  },
  {
    ...answers,
    keeps: 'LSF: an answer behind which our own last line is missing is cut short',
    file: 'src/schedulers/far-side/far-side.ts',
    from: "  return lines.at(-1)?.[0] === 'end' ? lines : null;",
    to: '  return lines;',
  },
  {
    ...answers,
    keeps: 'every scheduler is asked in the C locale',
    file: 'src/schedulers/queries/ask.ts',
    from: 'export LC_ALL=C\\n',
    to: '',
  },
  {
    ...endings,
    keeps: 'LSF: an unknown number stands among the records and is no job',
    from: '.filter((row) => row.ERROR === undefined)',
    to: '',
  },
  {
    ...endings,
    keeps: 'LSF: a second host of a job is no row of the wide table',
    from: "    if (jobId === '' || time === undefined) return [];\n",
    to: '',
  },
  {
    ...endings,
    keeps: 'LSF: names with blanks are whole in the wide table',
    from: 'rest.slice(0, -time.length)',
    to: "rest.trim().split(' ')[0] ?? ''",
  },
  {
    ...endings,
    keeps: "LSF: IBM's reasons are read, folded in the middle of words or not",
    from: ".replaceAll(/\\n {21}/g, '')",
    to: '',
  },
  {
    ...endings,
    keeps: 'LSF: the end by the run limit is told apart',
    from: "if (/RUNLIMIT|CPULIMIT|DEADLINE|WINDOW/.test(term)) return ['time-limit', term];",
    to: '',
  },
  {
    ...endings,
    keeps: 'LSF: the end by memory is told apart where IBM says so',
    from: "if (/MEMLIMIT|SWAP/.test(term)) return ['out-of-memory', term];",
    to: '',
  },
  {
    ...endings,
    keeps: 'LSF: an owner’s kill is a cancellation where IBM says so',
    from: "if (/OWNER|ADMIN|FORCE|CHKPNT|REMOVE/.test(term)) return ['cancelled', term];",
    to: '',
  },
  {
    ...endings,
    keeps: 'LSF: a kill that somebody asked for is a cancellation, by whom',
    from: "  if (signal) return ['cancelled', `signal ${signal} requested by ${who}`];\n",
    to: '',
  },
  {
    ...endings,
    keeps: 'LSF without reasons: 140 with a run limit is the run limit',
    from: String.raw`if (exitCode === 140 && /\bRUNLIMIT\b/.test(said))`,
    to: "if (exitCode === 140 && said === '')",
  },
  {
    ...endings,
    keeps: 'LSF without reasons: 130 with a memory limit is the memory limit',
    from: String.raw`if (exitCode === 130 && /\bMEMLIMIT\b/.test(said))`,
    to: "if (exitCode === 130 && said === '')",
  },
  {
    ...endings,
    keeps: 'LSF: exit codes above 128 are signals',
    from: 'exitCode !== null && exitCode > 128 ? exitCode - 128 : null',
    to: 'null',
  },
  {
    ...endings,
    keeps: 'LSF: a job that is alive is not ended by its history',
    from: String.raw`  if (!/\bExited\b|Completed <exit>/.test(said) && state !== 'EXIT') return {};`,
    to: '',
  },
  {
    ...endings,
    keeps: 'LSF: neither jobs nor a word about them is no answer',
    from: 'if (told.size === 0 && !saysNone(answer))',
    to: 'if (told.size === 0 && answer.status === 255 && !saysNone(answer))',
  },
  {
    ...endings,
    keeps: 'LSF: what two commands tell of one job is put together',
    from: "`${told.get(jobId) ?? ''}\\n${said}`",
    to: 'told.get(jobId) ?? said',
  },
  {
    file,
    keeps: 'LSF: a memory limit is counted in the unit that the site has set',
    from: "perUnit[snapshot.config.unitForLimits ?? 'KB']",
    to: "perUnit['KB']",
    test: 'src/schedulers/head-job-options.test.ts',
  },
  {
    file,
    keeps: 'LSF: the CPUs of a head job lie on one host',
    from: ", '-R', 'span[hosts=1]']",
    to: ']',
    test: 'src/schedulers/head-job-options.test.ts',
  },
];
