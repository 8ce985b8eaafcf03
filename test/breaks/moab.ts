/** Moab: states, endings, refusals, all of them as its XML. */
import type { Break } from './break.ts';

const file = 'src/schedulers/moab/moab.ts';
const answers = { file, test: 'src/schedulers/answers.test.ts', named: 'Moab' };
const endings = { file, test: 'src/schedulers/endings.test.ts', named: 'Moab' };
const options = { file, test: 'src/schedulers/slurm/options.test.ts', named: 'each platform' };

export const breaks: readonly Break[] = [
  {
    ...answers,
    keeps: 'Moab: words of the resource manager below it, in capitals, mean the same',
    from: 'states[native] ?? states[native.toLowerCase()] ?? ',
    to: 'states[native] ?? ',
  },
  {
    ...answers,
    keeps: 'Moab: a deferred job waits',
    from: "deferred: 'pending',",
    to: "deferred: 'failed',",
  },
  {
    ...answers,
    keeps: 'Moab: a batch hold is a hold',
    from: "batchhold: 'held',",
    to: "batchhold: 'pending',",
  },
  {
    ...answers,
    keeps: 'Moab: a held job says why',
    from: "(state === 'held' ? native : null)",
    to: 'null',
  },
  {
    ...answers,
    keeps: 'Moab: a word that is new belongs to a job that exists',
    from: "states[native.toLowerCase()] ?? 'running'",
    to: "states[native.toLowerCase()] ?? 'completed'",
  },
  {
    ...answers,
    keeps: 'Moab: XML without its end is no answer',
    from: '  if (status !== 0 || !whole || /^ERROR/m.test(xml))',
    to: '  if (status !== 0 || /^ERROR/m.test(xml))',
  },
  {
    ...answers,
    keeps: 'Moab: a showq that failed never reads as "no jobs"',
    from: 'if (status !== 0 || !whole',
    to: 'if (!whole',
  },
  {
    ...answers,
    keeps: 'Moab: an ERROR in the answer is one, though showq ended with 0',
    from: ' || /^ERROR/m.test(xml)',
    to: '',
  },
  {
    ...endings,
    keeps: 'Moab: signals are told from exit statuses (256 is added to them)',
    from: 'status > 256 ? status - 256 : status > 128 ? status - 128 : null',
    to: 'status > 128 ? status - 128 : null',
  },
  {
    ...endings,
    keeps: 'Moab: a removal is a cancellation',
    from: "/^CNCL|^REMOVED|^Remov/i.test(code) || state === 'cancelled'",
    to: "code === 'CANCELLED'",
  },
  {
    ...endings,
    keeps: 'Moab: 271 after all of its time is the time limit, before that a kill',
    from: "return { ...none, state: used >= asked ? 'time-limit' : 'cancelled', reason: 'terminated' };",
    to: "return { ...none, state: 'cancelled', reason: 'terminated' };",
  },
  {
    ...endings,
    keeps: 'Moab: a removal at the end of its time is the time limit',
    from: "state: used > 0 && used >= asked ? 'time-limit' : 'cancelled',",
    to: "state: 'cancelled',",
  },
  {
    ...endings,
    keeps: 'Moab: the end by memory is told apart',
    from: "return { ...none, state: 'out-of-memory',",
    to: "return { ...none, state: 'failed',",
  },
  {
    ...endings,
    keeps: 'Moab: a start that failed is its node’s failure',
    from: "return { ...none, state: 'node-failure', reason",
    to: "return { ...none, state: 'failed', reason",
  },
  {
    ...endings,
    keeps: 'Moab: a completed job without a code has not succeeded',
    from: "state: state === 'completed' ? 'failed' : state, reason: known(code)",
    to: 'state, reason: known(code)',
  },
  {
    ...endings,
    keeps: 'Moab: an exit status other than 0 is a failure',
    from: "state: status === 0 ? 'completed' : 'failed',",
    to: "state: 'completed',",
  },
  {
    ...options,
    keeps: 'Moab and PBS: letters behind an option without a value are no options (-hI would be interactive)',
    file: 'src/schedulers/options/options.ts',
    from: '    if (short !== word && count === 0) throw refuse(`"${word}": ${short} takes no value`);\n',
    to: '',
  },
  {
    ...options,
    keeps: 'Moab and PBS: reserved options are refused with their value attached (-uroot)',
    file: 'src/schedulers/options/options.ts',
    from: 'for (const option of [word, short]) {',
    to: 'for (const option of [word]) {',
  },
  {
    file,
    keeps: 'Moab: who types nodes means the whole of it',
    from: String.raw`launch.headJobCpus && !given.some((word) => /\bnodes=/.test(word))`,
    to: 'launch.headJobCpus',
    test: 'src/schedulers/head-job-options.test.ts',
  },
];
