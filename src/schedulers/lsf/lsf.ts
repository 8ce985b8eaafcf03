/** LSF: its options, queries and answers. IBM's, and the free systems that descend from it. */
import type { RemoteResult } from '#core/ports/cluster-access.ts';
import type { HeadJobInput, JobState, JobStatus, SchedulerDriver } from '#core/ports/scheduler.ts';
import { jobOptions, mentions, type OptionRules, reserved, takes } from '../options/options.ts';
import { type Answer, command, formOf, known, scriptsOf, wholeAnswer } from '../queries/ask.ts';
import { readerCommand } from '../queries/reader.ts';
import { headJobs } from '../submission/head-jobs.ts';
import { jobName } from '../submission/run-files.ts';

const executor = 'lsf';
const script = scriptsOf('lsf', ['submit', 'status', 'reader', 'accounting', 'cancel', 'probe']);

const rules: OptionRules = {
  program: 'bsub',
  account: '-P',
  takes: takes(
    [0, '-B -H -N -hl -ptl -x'],
    [
      1,
      '-a -app -C -c -clusters -cn_cu -D -E -Ep -eptl -F -G -g -gpu -jobaff -Jd -Lp -M -m -mig -n -network -P -p -ptl -q -R -S -sla -sp -stage -T -t -U -u -v -W -We',
    ],
  ),
  reserved: reserved(
    '-b -cwd -e -env -eo -f -h -I -Ip -IS -ISp -ISs -Is -IX -i -is -J -K -k -L -ln -o -oo -outdir -pack -Q -r -rn -rnc -s -ti -tty -V -w -wa -wt -XF -Zs',
  ),
};

const perUnit = { KB: 1 / 1024, MB: 1, GB: 1024, TB: 1024 * 1024 };

const headJobWords = (input: HeadJobInput): string[] => {
  const { runId, launch, snapshot } = input;
  const { typed, own } = jobOptions(rules, input);
  const given = [...typed, ...own];
  const memory = launch.headJobMemoryMb;
  const hosts =
    launch.headJobCpus && !mentions(given, '-n')
      ? ['-n', String(launch.headJobCpus), '-R', 'span[hosts=1]']
      : [];
  // The limit is counted in what the site's LSF_UNIT_FOR_LIMITS says, KB by default; the reservation always in MB.
  const limit = memory && Math.ceil(memory / perUnit[snapshot.config.unitForLimits ?? 'KB']);
  return [
    ...(snapshot.config.headQueue ? ['-q', snapshot.config.headQueue] : []),
    ...hosts,
    ...(memory ? ['-M', String(limit), '-R', `select[mem>=${memory}] rusage[mem=${memory}]`] : []),
    ...given,
    '-J',
    jobName(runId),
  ];
};

const settings = ({ snapshot: { config } }: HeadJobInput): Record<string, string> => ({
  ...(config.perJobMemLimit && { 'executor.perJobMemLimit': 'true' }),
  ...(config.perTaskReserve && { 'executor.perTaskReserve': 'true' }),
});

const states: Record<string, JobState> = {
  PEND: 'pending', PROV: 'pending', WAIT: 'pending', RUN: 'running', PSUSP: 'held', USUSP: 'held', SSUSP: 'held',
  UNKWN: 'held', DONE: 'completed', EXIT: 'failed', ZOMBI: 'failed',
}; // biome-ignore format: a table

const reasons: Record<string, string> = {
  PSUSP: 'held (suspended while pending)', USUSP: 'suspended by its owner or an administrator', SSUSP: 'suspended by LSF',
  UNKWN: 'the host that it runs on is out of reach', ZOMBI: 'the host that it ran on was lost',
}; // biome-ignore format: a table

const jobOf = (
  jobId: string,
  linuxUser: string,
  nativeState: string,
  queue: string,
  name: string,
): JobStatus => ({
  jobId,
  jobName: name.trim(),
  linuxUser,
  // A word that is new belongs to a job that exists.
  state: states[nativeState] ?? 'running',
  nativeState,
  reason: reasons[nativeState] ?? null,
  exitCode: null,
  signal: null,
  queue: known(queue),
});

interface Records {
  RECORDS: { JOBID: string; USER: string; STAT: string; QUEUE: string; JOB_NAME: string; ERROR?: string }[];
}

// Job names are their owners' to choose, of any length and full of blanks: a row is taken apart from both its ends.
const rowStart = /^(\d+)\s+(\S+)\s+([A-Z]+)\s+(\S+)\s+\S+\s+\S+(?=\s)/;
const submitTime = /\s[A-Z][a-z]{2}\s+\d+\s+[\d:]+$/;

/** Exit statuses tell nothing: "nothing there" is 0, 254 or 255 by version and setting. */
const saysNone = ({ lines }: Answer): boolean =>
  lines.some((line) => /^No .*job.* found\b|is not found\b/.test(line.slice(0, 200)));

/** @throws Error when `bjobs` failed or its answer is cut short or has another shape */
const parseStatus = (result: RemoteResult): JobStatus[] => {
  const answer = wholeAnswer(result, 'bjobs');
  const whole = answer.lines.join('\n');
  const [from, to] = [whole.search(/^\{/m), whole.search(/^\}/m)];
  if (from >= 0) {
    if (to < from) throw new Error(`bjobs answered in another shape: ${whole.slice(-200)}`);
    const { RECORDS } = JSON.parse(whole.slice(from, to + 1)) as Records;
    return RECORDS.filter((row) => row.ERROR === undefined).map((row) =>
      jobOf(row.JOBID.replace(/\[.*/, ''), row.USER, row.STAT, row.QUEUE, row.JOB_NAME),
    );
  }
  const header = answer.lines.findIndex((line) => line.startsWith('JOBID '));
  if (header < 0) {
    if (saysNone(answer)) return [];
    throw new Error(`bjobs failed: ${whole.trim().slice(-300)} (exit status ${answer.status})`);
  }
  return answer.lines.slice(header + 1).flatMap((line) => {
    const [start = '', jobId = '', user = '', state = '', queue = ''] = rowStart.exec(line) ?? [];
    const rest = line.slice(start.length).trimEnd();
    const [time] = submitTime.exec(rest.slice(-100)) ?? [];
    if (jobId === '' || time === undefined) return [];
    return [jobOf(jobId, user, state, queue, rest.slice(0, -time.length))];
  });
};

/** Who or what ended it, in LSF's words. */
const causeOf = (said: string): [JobState, string] | undefined => {
  const [, term] = /\b(TERM_[A-Z_]+)/.exec(said) ?? [];
  if (term) {
    if (/RUNLIMIT|CPULIMIT|DEADLINE|WINDOW/.test(term)) return ['time-limit', term];
    if (/MEMLIMIT|SWAP/.test(term)) return ['out-of-memory', term];
    if (/OWNER|ADMIN|FORCE|CHKPNT|REMOVE/.test(term)) return ['cancelled', term];
    if (/LOAD|PREEMPT|ZOMBIE|EXTERNAL_SIGNAL|UNKNOWN|REQUEUE|SLURM|RMS/.test(term)) return ['failed', term];
  }
  const [, signal, who] = /Signal <(\w+)> requested by user or administrator <([^>]*)>/.exec(said) ?? [];
  if (signal) return ['cancelled', `signal ${signal} requested by ${who}`];
  return undefined;
};

const ended = (said: string, state: string): Partial<JobStatus> => {
  const code = /Exited with exit code (\d+)/.exec(said)?.[1];
  const signal = /Exited by signal (\d+)/.exec(said)?.[1];
  const exitCode = code === undefined ? null : Number(code);
  const common = {
    exitCode,
    signal: signal ? Number(signal) : exitCode !== null && exitCode > 128 ? exitCode - 128 : null,
  };
  if (state === 'DONE' || /Done successfully/.test(said)) return { state: 'completed', exitCode: 0 };
  if (!/\bExited\b|Completed <exit>/.test(said) && state !== 'EXIT') return {};
  const cause = causeOf(said);
  if (cause) return { ...common, state: cause[0], reason: cause[1] };
  // Without IBM's reasons: SIGUSR2 at the run limit, and a kill that nobody asked for where memory was limited.
  if (exitCode === 140 && /\bRUNLIMIT\b/.test(said))
    return { ...common, state: 'time-limit', reason: 'RUNLIMIT' };
  if (exitCode === 130 && /\bMEMLIMIT\b/.test(said))
    return { ...common, state: 'out-of-memory', reason: 'MEMLIMIT' };
  return { ...common, state: 'failed' };
};

/** @throws Error when neither `bjobs` nor `bhist` gave a usable answer */
const parseAccounting = (result: RemoteResult): JobStatus[] => {
  const answer = wholeAnswer(result, 'bhist');
  // Long lines go on in the next one, behind 21 blanks and in the middle of words.
  const whole = answer.lines.join('\n').replaceAll(/\n {21}/g, '');
  const told = new Map<string, string>();
  for (const [, jobId = '', said = ''] of whole.matchAll(
    /^Job <(\d+)(?:\[\d+\])?>(, [^]*?)(?=^Job <\d|(?![^]))/gm,
  ))
    told.set(jobId, `${told.get(jobId) ?? ''}\n${said}`);
  if (told.size === 0 && !saysNone(answer))
    throw new Error(`bhist failed: ${whole.trim().slice(-300)} (exit status ${answer.status})`);
  return [...told].map(([jobId, said]) => {
    const of = (label: RegExp) => {
      const { index, 0: opening } = label.exec(said) ?? { index: said.length, 0: '' };
      const value = said.slice(index + opening.length);
      return value.slice(0, Math.max(0, value.indexOf('>')));
    };
    const state = of(/Status </) || 'RUN';
    const [user, queue, name] = [of(/User </), of(/[Qq]ueue </), of(/Job Name </)];
    return { ...jobOf(jobId, user, state, queue, name), ...ended(said, state) };
  });
};

export const lsf: SchedulerDriver = {
  platform: 'lsf-platform',
  ...headJobs({
    executor,
    rules,
    script,
    words: headJobWords,
    tasks: (input) => ({ settings: settings(input) }),
  }),

  status: (linuxUsers, form) =>
    command(script.status, [linuxUsers.length === 1 ? (linuxUsers[0] ?? '') : 'all', form ?? ''], {
      timeoutMs: 150_000,
      maxOutputBytes: 16 * 1024 * 1024,
    }),
  parseStatus,
  formOf,
  readerCommand: readerCommand(script.reader),

  accounting: (jobIds) =>
    command(script.accounting, jobIds, { timeoutMs: 150_000, maxOutputBytes: 4 * 1024 * 1024 }),
  parseAccounting,

  interrupt: (jobId) => command(script.cancel, ['-s', 'TERM', jobId]),
  remove: (jobIds) => command(script.cancel, jobIds),
};
