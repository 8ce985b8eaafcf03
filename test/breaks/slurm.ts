/** Slurm: what its queue, its accounting and its options come to. */
import type { Break } from './break.ts';

const jobs = { file: 'src/schedulers/slurm/jobs.ts', test: 'src/schedulers/slurm/jobs.test.ts' };
const options = { file: 'src/schedulers/slurm/options.ts', test: 'src/schedulers/slurm/options.test.ts' };

export const breaks: readonly Break[] = [
  {
    ...jobs,
    keeps: 'Slurm: a preempted job has failed, and nobody cancelled it',
    from: "  PREEMPTED: 'failed',",
    to: "  PREEMPTED: 'cancelled',",
  },
  {
    ...jobs,
    keeps: 'Slurm: short state letters mean their words',
    from: "  TO: 'TIMEOUT',",
    to: "  TO: 'FAILED',",
  },
  {
    ...jobs,
    keeps: 'Slurm: the end by memory is told apart',
    from: "  OUT_OF_MEMORY: 'out-of-memory',",
    to: "  OUT_OF_MEMORY: 'failed',",
  },
  {
    ...jobs,
    keeps: 'Slurm: a state that a newer version brings belongs to a job that exists',
    from: "states[letters[native] ?? native] ?? 'running'",
    to: "states[letters[native] ?? native] ?? 'failed'",
  },
  {
    ...jobs,
    keeps: 'Slurm: a pending job that is held shows as held',
    from: "state === 'pending' && /held/i.test(reason ?? '') ? 'held' : state",
    to: 'state',
  },
  {
    ...jobs,
    keeps: 'Slurm: the reason why a job waits is passed on whole, commas and all',
    from: String.raw`\+?\|([^|]*)\|([^|]*)\|(.*)$/.exec(line)`,
    to: String.raw`\+?\|([^|,]*)[^|]*\|([^|]*)\|(.*)$/.exec(line)`,
  },
  {
    ...jobs,
    keeps: 'Slurm: an answer that came too late is no answer',
    from: "if (result.timedOut || end?.[1] !== '0')",
    to: "if (end?.[1] !== '0')",
  },
  {
    ...jobs,
    keeps: 'Slurm: a squeue that failed never reads as "no jobs"',
    from: "end?.[1] !== '0'",
    to: 'end === undefined',
  },
  {
    ...jobs,
    keeps: 'Slurm: a name with a line break in it speaks for nobody',
    from: 'line.startsWith(`${jobMark}|`)',
    to: "line.startsWith('latchkey-slurm')",
  },
  {
    ...jobs,
    keeps: 'Slurm: lines of federated clusters are read past',
    from: '.filter((line) => line.startsWith(`${jobMark}|`))',
    to: ".filter((line) => line !== '' && !line.startsWith('latchkey: '))",
    test: 'src/schedulers/answers.test.ts',
  },
  {
    ...jobs,
    keeps: 'Slurm without accounting: nothing is known, and nothing is wrong',
    from: ' || /accounting storage is disabled/i.test(text(result.stderr))',
    to: '',
  },
  {
    ...jobs,
    keeps: 'Slurm: an accounting that failed is not one that knows nothing',
    from: "if (status === '127' ||",
    to: "if (status !== '0' ||",
  },
  {
    ...jobs,
    keeps: 'Slurm: exit code and signal are not taken for each other',
    from: 'const [, code, signal] =',
    to: 'const [, signal, code] =',
  },
  {
    ...jobs,
    keeps: 'Slurm: a cancellation names who asked for it, and is read all the same',
    from: '/^([A-Z_]+)(.*)$/.exec(ended)',
    to: '/^([A-Z_]+)(\\+?)$/.exec(ended)',
  },
  {
    ...jobs,
    keeps: 'Slurm: a job that runs has no exit code yet',
    from: 'exitCode: live ? null : Number(code)',
    to: 'exitCode: Number(code)',
  },
  {
    ...options,
    keeps: 'Slurm: a head job is no array',
    from: 'set(\n  `array chdir',
    to: 'set(\n  `chdir',
  },
  {
    ...options,
    keeps: 'Slurm: a reserved option is refused in its short forms too',
    from: 'each.startsWith(name)',
    to: 'each === name',
  },
  {
    ...options,
    keeps: "Slurm: letters behind a flag are options as well (-HJx sets the job's name)",
    from: 'for (let letter = 1; letter < word.length; letter += 1)',
    to: 'for (let letter = 1; letter < 2; letter += 1)',
  },
  {
    ...options,
    keeps: 'Slurm: a word that is no option would be taken for the script',
    from: 'throw refuse(`"${word}" is not an option (write --name=value)`);',
    to: '',
  },
  {
    ...options,
    keeps: "Slurm: the member's own account comes after the environment's",
    from: "  ...slurmOptions(snapshot.config.headJobOptions ?? ''),\n  ...ownOptions(snapshot),",
    to: "  ...ownOptions(snapshot),\n  ...slurmOptions(snapshot.config.headJobOptions ?? ''),",
  },
  {
    ...options,
    keeps: 'head job options reach tasks only where they are handed on',
    from: "snapshot.config.propagateHeadJobOptions ? slurmOptions(snapshot.config.headJobOptions ?? '') : []",
    to: "slurmOptions(snapshot.config.headJobOptions ?? '')",
  },
];
