/** Moab: options, queries and answers, all of them as its XML. */
import type { RemoteResult } from '#core/ports/cluster-access.ts';
import type { HeadJobInput, JobState, JobStatus, SchedulerDriver } from '#core/ports/scheduler.ts';
import { jobOptions, type OptionRules, reserved, takes } from '../options/options.ts';
import { refuseAttribute } from '../pbs-pro/pbs-pro.ts';
import { command, known, scriptsOf, wholeAnswer } from '../queries/ask.ts';
import { readerCommand } from '../queries/reader.ts';
import { attributes } from '../queries/xml.ts';
import { headJobs } from '../submission/head-jobs.ts';
import { jobName } from '../submission/run-files.ts';

const script = scriptsOf('moab', ['submit', 'status', 'reader', 'cancel', 'probe']);

const rules: OptionRules = {
  program: 'msub',
  account: '-A',
  attached: true,
  takes: takes([0, '-h'], [1, '-A -a -c -F -K -L -l -M -m -n -p -q -W -v']),
  reserved: reserved('-C -d -E -e -I -j -k -N -o -r -S -t -u -V -w -x -y -z --'),
  refuseValue: refuseAttribute,
};

const headJobWords = (input: HeadJobInput): string[] => {
  const { runId, launch, snapshot } = input;
  const { typed, own } = jobOptions(rules, input);
  const given = [...typed, ...own];
  const nodes = launch.headJobCpus && !given.some((word) => /\bnodes=/.test(word));
  return [
    ...(snapshot.config.headQueue ? ['-q', snapshot.config.headQueue] : []),
    ...(nodes ? ['-l', `nodes=1:ppn=${launch.headJobCpus}`] : []),
    ...(launch.headJobMemoryMb ? ['-l', `mem=${launch.headJobMemoryMb}mb`] : []),
    ...given,
    '-N',
    jobName(runId),
  ];
};

/** Words of Moab itself and, in capitals, of the resource managers below it. */
const states: Record<string, JobState> = {
  idle: 'pending', migrated: 'pending', staged: 'pending', staging: 'pending', pending: 'pending', deferred: 'pending',
  notqueued: 'pending', hold: 'held', batchhold: 'held', userhold: 'held', systemhold: 'held', depend: 'held',
  dependency: 'held', jobhelduser: 'held', suspended: 'held', blocked: 'held', running: 'running', starting: 'running',
  completing: 'running', canceling: 'running', completed: 'completed', removed: 'cancelled', cancelled: 'cancelled',
  vacated: 'cancelled', failed: 'failed', unknown: 'running', timelimit: 'time-limit', timeout: 'time-limit',
  node_fail: 'node-failure',
}; // biome-ignore format: a table

/** How a completed job ended. `CompletionCode`: a number, or a word; Torque adds 256 to a signal. */
const ended = (
  row: Record<string, string>,
  state: JobState,
): Pick<JobStatus, 'state' | 'reason' | 'exitCode' | 'signal'> => {
  const [code = '', asked, used] = [
    row['CompletionCode'],
    Number(row['ReqAWDuration']),
    Number(row['AWDuration']),
  ];
  const none = { exitCode: null, signal: null };
  if (/^CNCL|^REMOVED|^Remov/i.test(code) || state === 'cancelled')
    return {
      ...none,
      state: used > 0 && used >= asked ? 'time-limit' : 'cancelled',
      reason: code || 'removed',
    };
  if (!/^-?\d+$/.test(code))
    return { ...none, state: state === 'completed' ? 'failed' : state, reason: known(code) };
  const status = Number(code);
  if (status === 271 || status === -11)
    return { ...none, state: used >= asked ? 'time-limit' : 'cancelled', reason: 'terminated' };
  if (status === -10)
    return { ...none, state: 'out-of-memory', reason: 'used more memory than it had asked for' };
  if (status < 0)
    return { ...none, state: 'node-failure', reason: `could not be run (CompletionCode ${code})` };
  const signal = status > 256 ? status - 256 : status > 128 ? status - 128 : null;
  if (state !== 'completed') return { exitCode: status, signal, state, reason: null };
  return {
    exitCode: status > 256 ? 128 + status - 256 : status,
    signal,
    state: status === 0 ? 'completed' : 'failed',
    reason: null,
  };
};

/** @throws Error when `showq` failed or its answer is cut short or has another shape */
const parse = (result: RemoteResult): JobStatus[] => {
  const { lines, status, stderr } = wholeAnswer(result, 'showq');
  const xml = lines.join('\n');
  const whole =
    xml.split('<Data>').length - 1 === xml.split('</Data>').length - 1 && /<\/Data>\s*$/.test(xml);
  if (status !== 0 || !whole || /^ERROR/m.test(xml))
    throw new Error(`showq failed: ${(stderr.trim() || xml.trim()).slice(-300)} (exit status ${status})`);
  return [...xml.matchAll(/<job ([^<>]*)\/?>/g)].map(([, tag = '']) => {
    const row = attributes(tag);
    const [jobId, native] = [row['JobID'], row['State']];
    if (!jobId || !native) throw new Error(`showq answered in another shape: ${tag.slice(0, 200)}`);
    const state = states[native] ?? states[native.toLowerCase()] ?? 'running';
    const live = state === 'pending' || state === 'held' || state === 'running';
    const reason =
      known(row['BlockReason']) ?? known(row['Description']) ?? (state === 'held' ? native : null);
    return {
      jobId,
      jobName: row['JobName'] ?? '',
      linuxUser: row['User'] ?? '',
      nativeState: native,
      queue: known(row['Class']),
      ...(live
        ? {
            state: row['BlockReason'] && state === 'pending' ? ('held' as const) : state,
            reason,
            exitCode: null,
            signal: null,
          }
        : ended(row, state)),
    };
  });
};

export const moab: SchedulerDriver = {
  platform: 'moab-platform',
  ...headJobs({
    executor: 'moab',
    rules,
    script,
    words: headJobWords,
  }),

  status: (linuxUsers) => command(script.status, linuxUsers, { maxOutputBytes: 16 * 1024 * 1024 }),
  parseStatus: parse,
  readerCommand: readerCommand(script.reader),

  // showq tells completed jobs by user, not by number: asked for whoever the key opens.
  accounting: () =>
    command(`set -- -c "$(id -un)"\n${script.status}`, [], { maxOutputBytes: 16 * 1024 * 1024 }),
  parseAccounting: parse,

  interrupt: (jobId) => command(script.cancel, ['-N', 'signal=TERM', jobId]),
  remove: (jobIds) => command(script.cancel, ['-c', ...jobIds]),
};
