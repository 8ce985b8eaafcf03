/** Options of `sbatch`: ours for a head job, and which of those that people type would break what we rely on. */
import { badRequest } from '#core/errors.ts';
import { type HeadJobInput } from '#core/ports/scheduler.ts';
import { directiveText } from '../options/options.ts';
import { splitWords } from '../options/words.ts';
import { jobName } from '../submission/run-files.ts';

/** Seconds before the wall-clock limit at which Nextflow is told to stop; Slurm may be up to a minute early. */
const warningSeconds = 120;

const set = (names: string): ReadonlySet<string> => new Set(names.split(/\s+/));

/** Set by us, or turning the submission into something else. */
const refusedLong = set(
  `array chdir clusters dependency error export-file gid help input job-name output parsable requeue signal test-only
  uid usage version wait workdir wrap`,
);
const refusedShort = set('a D M d e h i J o u V W');

/** The only ones whose value may be the next word: for any other, `sbatch` would take that word for its script. */
const withValue = set(
  `account acctg-freq bb bbf begin comment constraint container core-spec cores-per-socket cpu-freq cpus-per-gpu
  cpus-per-task deadline delay-boot distribution exclude export extra-node-info gpu-bind gpu-freq gpus gpus-per-node
  gpus-per-socket gpus-per-task gres gres-flags hint kill-on-invalid-dep licenses mail-type mail-user mcs-label mem
  mem-bind mem-per-cpu mem-per-gpu mincpus network nodefile nodelist nodes ntasks ntasks-per-core ntasks-per-gpu
  ntasks-per-node ntasks-per-socket open-mode partition power prefer priority profile qos reservation
  sockets-per-node switches thread-spec threads-per-core time time-min tmp wait-all-nodes wckey`,
);
const shortWithValue = set('A B C F G L N S T b c m n p q t w x');
const shortFlags = set('H I k O Q s v');

/**
 * Options for `sbatch` that people typed, as words.
 * @throws AppError 400 that names the option which cannot be used, and why
 */
export const slurmOptions = (typed: string, field = 'headJobOptions'): string[] => {
  const words = splitWords(typed, field);
  const refuse = (reason: string) => badRequest(`${field}: ${reason}`, { field });
  const reserved = (option: string) =>
    refuse(`${option} cannot be set: the launch sets it itself or could not work with it`);
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    const long = /^--([A-Za-z0-9-]+)(=?)/.exec(word);
    let wantsValue = false;
    if (long) {
      const [, name = '', equals] = long;
      // Options may be shortened (`--arr`), so whatever begins a reserved one is refused too.
      if (name !== 'export' && [...refusedLong].some((each) => each.startsWith(name)))
        throw reserved(`--${name}`);
      wantsValue = equals === '' && withValue.has(name);
    } else if (/^-[A-Za-z]/.test(word)) {
      for (let letter = 1; letter < word.length; letter += 1) {
        const name = word.charAt(letter);
        if (refusedShort.has(name)) throw reserved(`-${name}`);
        if (shortWithValue.has(name)) {
          wantsValue = letter === word.length - 1;
          break;
        }
        if (!shortFlags.has(name)) throw refuse(`${word} is not an option of sbatch`);
      }
    } else {
      throw refuse(`"${word}" is not an option (write --name=value)`);
    }
    if (wantsValue) {
      at += 1;
      if (words[at] === undefined) throw refuse(`${word} needs a value`);
    }
  }
  return words;
};

/** What a member's own record adds to every job: their account and their options. */
const ownOptions = ({ account, memberHeadJobOptions }: HeadJobInput['snapshot']): string[] => [
  ...(account ? [`--account=${account}`] : []),
  ...slurmOptions(memberHeadJobOptions ?? '', 'metadata.headJobOptions'),
];

/** Words for the head job's `sbatch`; where two say the same thing the later one counts. */
export const headJobOptions = ({ runId, launch, snapshot }: HeadJobInput): string[] => [
  ...(snapshot.config.headQueue ? [`--partition=${snapshot.config.headQueue}`] : []),
  ...(launch.headJobCpus ? [`--cpus-per-task=${launch.headJobCpus}`] : []),
  ...(launch.headJobMemoryMb ? [`--mem=${launch.headJobMemoryMb}M`] : []),
  ...slurmOptions(snapshot.config.headJobOptions ?? ''),
  ...ownOptions(snapshot),
  `--job-name=${jobName(runId)}`,
  `--signal=B:USR2@${warningSeconds}`,
];

/** Options that a run's tasks get, as one text; empty for none. */
export const taskOptions = ({ snapshot }: HeadJobInput): string =>
  directiveText([
    ...(snapshot.config.propagateHeadJobOptions ? slurmOptions(snapshot.config.headJobOptions ?? '') : []),
    ...ownOptions(snapshot),
  ]);
