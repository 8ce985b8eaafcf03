/** Altair PBS Professional and OpenPBS, old and new: options, queries and answers. */
import type { RemoteResult } from '#core/ports/cluster-access.ts';
import type { HeadJobInput, JobState, JobStatus, SchedulerDriver } from '#core/ports/scheduler.ts';
import { jobOptions, type OptionRules, reserved, takes } from '../options/options.ts';
import { command, formOf, known, scriptsOf, wholeAnswer } from '../queries/ask.ts';
import { readerCommand } from '../queries/reader.ts';
import { headJobs } from '../submission/head-jobs.ts';
import { jobName } from '../submission/run-files.ts';

const script = scriptsOf('pbs-pro', ['text', 'submit', 'status', 'reader', 'accounting', 'cancel', 'probe']);

/** Attributes of `-W` that would bend a submission: it waits, depends, or lets others read. */
export const refuseAttribute = (option: string, value: string): string | undefined =>
  option === '-W' &&
  /(^|,)\s*(block|depend|interactive|run_count|sandbox|stagein|stageout|umask)\s*=/.test(value)
    ? 'this attribute cannot be set'
    : undefined;

const rules: OptionRules = {
  program: 'qsub',
  account: '-A',
  attached: true,
  takes: takes([0, '-h'], [1, '-A -a -c -l -M -m -P -p -q -W -v']),
  reserved: reserved('-C -e -f -I -J -j -k -N -o -R -r -S -t -u -V -X -z -G --'),
  refuseValue: refuseAttribute,
};

/** 15 characters are what old servers allow and Nextflow cuts a name to: the run's 12, a mark, and two of the task. */
const taskName = (runId: string): string =>
  `t${runId}\${Integer.toString((task.index as int) % 1296, 36).padLeft(2, '0')}`;

const headJobWords = (input: HeadJobInput): string[] => {
  const { runId, launch, snapshot } = input;
  const { typed, own } = jobOptions(rules, input);
  const given = [...typed, ...own];
  const asked = [
    ...(launch.headJobCpus ? [`ncpus=${launch.headJobCpus}`] : []),
    ...(launch.headJobMemoryMb ? [`mem=${launch.headJobMemoryMb}mb`] : []),
  ];
  // A second "select" is an error: whoever types one means the whole of it.
  const selects = given.some((word) => /\b(select|nodes)=/.test(word));
  return [
    ...(snapshot.config.headQueue ? ['-q', snapshot.config.headQueue] : []),
    ...(asked.length > 0 && !selects ? ['-l', `select=1:${asked.join(':')}`] : []),
    ...given,
    '-N',
    jobName(runId),
  ];
};

const states: Record<string, JobState> = {
  Q: 'pending', R: 'running', E: 'running', B: 'running', X: 'running', H: 'held', S: 'held', U: 'held', W: 'held',
  T: 'held', M: 'held', F: 'failed',
}; // biome-ignore format: a table

const reasons: Record<string, string> = {
  H: 'held', S: 'suspended', U: 'suspended: the workstation is in use', W: 'waiting for its start time', T: 'being moved',
  M: 'moved to another server',
}; // biome-ignore format: a table

/** `Exit_status` below zero: what PBS itself did. */
const ownEndings: Record<string, [JobState, string]> = {
  '-24': ['failed', 'used more CPUs than it had asked for'],
  '-25': ['failed', 'used more CPUs than it had asked for'],
  '-26': ['out-of-memory', 'used more virtual memory than it had asked for'],
  '-27': ['out-of-memory', 'used more memory than it had asked for'],
  '-28': ['time-limit', 'CPU time limit'],
  '-29': ['time-limit', 'walltime limit'],
  '-2': ['node-failure', 'could not be started on its node'],
  '-3': ['node-failure', 'could not be started on its node; PBS meant to try again'],
  '-4': ['node-failure', 'its node was lost'],
  '-11': ['node-failure', 'could not be started on its node'],
};

/** The same of servers that keep ended jobs as "C" for a while. */
const oldEndings: typeof ownEndings = {
  '-3': ['node-failure', 'could not be started on its node; PBS meant to try again'],
  '-4': ['node-failure', 'its node was lost'],
  '-10': ['out-of-memory', 'used more memory than it had asked for'],
  '-11': ['time-limit', 'walltime limit'],
};

const qdelStatus = 271;

/** How a job in state F (of old servers: C) ended. The status of an earlier attempt may stand in any other state: nobody asks then. */
const ended = (
  row: Map<string, string>,
  endings = ownEndings,
): Pick<JobStatus, 'state' | 'reason' | 'exitCode' | 'signal'> => {
  const [status, substate] = [row.get('Exit_status') ?? row.get('exit_status'), row.get('substate')];
  const none = { exitCode: null, signal: null };
  if (substate === '91' || status === String(qdelStatus))
    return { ...none, state: 'cancelled', reason: 'removed with qdel' };
  // Looks like success: it ended "finished" and never ran.
  if (status === undefined)
    return { ...none, state: 'failed', reason: 'never ran: what it depended on failed, or it was removed' };
  const own = endings[status];
  if (own) return { ...none, state: own[0], reason: own[1] };
  const code = Number(status);
  if (code < 0) return { ...none, state: 'failed', reason: `PBS ended it (Exit_status ${status})` };
  if (code === 254)
    return {
      ...none,
      exitCode: 254,
      state: 'failed',
      reason: 'its shell could not be started, or exit status 254',
    };
  if (code > 256) return { exitCode: 128 + code - 256, signal: code - 256, state: 'failed', reason: null };
  return {
    exitCode: code,
    signal: code > 128 ? code - 128 : null,
    state: code === 0 ? 'completed' : 'failed',
    reason: null,
  };
};

/** One job: fields parted by `|`, which stands in values as `\|`. */
const rowOf = (line: string): Map<string, string> =>
  new Map(
    (line.match(/(?:[^|\\]|\\[^])+/g) ?? []).map((field): [string, string] => {
      const at = field.search(/[=:]/);
      return [
        field.slice(0, at),
        field
          .slice(at + 1)
          .trim()
          .replaceAll(/\\([|\\])/g, '$1'),
      ];
    }),
  );

const parseRows = (lines: readonly string[]): JobStatus[] =>
  lines
    .filter((line) => line.startsWith('Job Id: '))
    .map((line) => {
      const row = rowOf(line);
      const [jobId, letter] = [row.get('Job Id'), row.get('job_state')];
      if (!jobId || !letter) throw new Error(`qstat answered in another shape: ${line.slice(0, 200)}`);
      const common = {
        jobId,
        jobName: row.get('Job_Name') ?? '',
        linuxUser: row.get('Job_Owner')?.split('@')[0] ?? '',
        nativeState: row.has('substate') ? `${letter}${row.get('substate')}` : letter,
        queue: known(row.get('queue')),
      };
      if (letter === 'F') return { ...common, ...ended(row) };
      if (letter === 'C') return { ...common, ...ended(row, oldEndings) };
      const reason = known(row.get('comment')) ?? reasons[letter] ?? null;
      return { ...common, state: states[letter] ?? 'running', reason, exitCode: null, signal: null };
    });

/** @throws Error when `qstat` failed or its answer is cut short or has another shape */
const parseStatus = (result: RemoteResult): JobStatus[] => {
  const { lines, status, stderr } = wholeAnswer(result, 'qstat');
  if (status !== 0) throw new Error(`qstat failed: ${stderr.trim()} (exit status ${status})`);
  return parseRows(lines);
};

/** Exit statuses of `qstat` for numbers that it does not know, or that are over where no history is kept. */
const unknownIds = new Set([153, 35]);

/** @throws Error when `qstat` failed for another reason than that it does not know the jobs */
const parseAccounting = (result: RemoteResult): JobStatus[] => {
  const { lines, status, stderr } = wholeAnswer(result, 'qstat');
  if (status !== 0 && !unknownIds.has(status))
    throw new Error(`qstat failed: ${stderr.trim()} (exit status ${status})`);
  return parseRows(lines);
};

export const pbsPro: SchedulerDriver = {
  platform: 'altair-platform',
  ...headJobs({
    executor: 'pbspro',
    rules,
    script,
    words: headJobWords,
    tasks: ({ runId }) => ({ taskName: taskName(runId) }),
  }),
  isTask: (runId, name) => name.length === 15 && name.startsWith(`t${runId}`),

  // How names of runs' jobs begin; whose they are is told by the owner in each row.
  status: (_, form) =>
    command(`${script.text}${script.status}`, ['nf-|t[A-Za-z0-9]{14}', form ?? ''], {
      maxOutputBytes: 16 * 1024 * 1024,
    }),
  parseStatus,
  formOf,
  readerCommand: readerCommand(`${script.text}${script.reader}`),

  accounting: (jobIds) =>
    command(`${script.text}${script.accounting}`, jobIds, { maxOutputBytes: 4 * 1024 * 1024 }),
  parseAccounting,

  interrupt: (jobId) => command(script.cancel, ['qsig', '-s', 'TERM', jobId]),
  remove: (jobIds) => command(script.cancel, ['qdel', ...jobIds]),
};
