/** Grid Engine: its options, queries and answers (SGE 8, Univa and Altair Grid Engine). */
import type { RemoteResult } from '#core/ports/cluster-access.ts';
import type { HeadJobInput, JobState, JobStatus, SchedulerDriver } from '#core/ports/scheduler.ts';
import { answerLines } from '../far-side/far-side.ts';
import { jobOptions, mentions, type OptionRules, reserved, takes } from '../options/options.ts';
import { command, known, scriptsOf, wholeAnswer } from '../queries/ask.ts';
import { readerCommand } from '../queries/reader.ts';
import { elementText } from '../queries/xml.ts';
import { headJobs } from '../submission/head-jobs.ts';
import { jobName } from '../submission/run-files.ts';

const script = scriptsOf('grid-engine', ['submit', 'status', 'reader', 'accounting', 'cancel', 'probe']);

const rules: OptionRules = {
  program: 'qsub',
  account: '-P',
  takes: takes(
    [0, '-h -hard -soft'],
    [
      1,
      '-A -a -ac -ar -binding -c -ckpt -dc -dl -jc -js -l -M -m -masterl -masterq -P -p -par -q -R -rou -shell -sc -umask -v',
    ],
    [2, '-pe'],
  ),
  reserved: reserved(
    '-@ -b -C -clear -cwd -e -hold_jid -hold_jid_ad -i -inherit -j -N -notify -now -o -pty -r -S -sync -t -tc -terse -V -verify -w -wd',
  ),
};

/** A queue starts scripts with a shell of its own, often not the one that their first line names and Nextflow needs. */
const shell = '-S /bin/bash';

const headJobWords = (input: HeadJobInput): string[] => {
  const { runId, launch, snapshot } = input;
  const { typed, own } = jobOptions(rules, input);
  const cpus = launch.headJobCpus !== undefined && !mentions([...typed, ...own], '-pe');
  return [
    ...(cpus ? [`--latchkey-cpus=${launch.headJobCpus}`] : []),
    ...(snapshot.config.headQueue ? ['-q', snapshot.config.headQueue] : []),
    // Not h_vmem: Java reserves far more address space than it uses.
    ...(launch.headJobMemoryMb
      ? ['-l', `h_rss=${launch.headJobMemoryMb}M,mem_free=${launch.headJobMemoryMb}M`]
      : []),
    ...typed,
    ...own,
    '-N',
    jobName(runId),
  ];
};

/** Letters combine: `hqw`, `Eqw`, `dr`, `Rr`, `hRwq`. A letter that is new belongs to a job that exists. */
const stateOf = (letters: string): JobState => {
  if (letters.includes('E')) return 'failed';
  if (/[SsTN]/.test(letters)) return 'held';
  if (/[rtd]/.test(letters)) return 'running';
  if (letters.includes('h')) return 'held';
  return /[qw]/.test(letters) ? 'pending' : 'running';
};

const reasonOf = (letters: string): string | null => {
  if (letters.includes('E')) return 'Grid Engine could not start it (state E)';
  if (/[SsTN]/.test(letters)) return `suspended (${letters})`;
  return letters.includes('h') ? `held (${letters})` : null;
};

/** @throws Error when `qstat` failed or its answer is cut short or has another shape */
const parseStatus = (result: RemoteResult): JobStatus[] => {
  const { lines, status, stderr } = wholeAnswer(result, 'qstat');
  const xml = lines.join('\n');
  if (status !== 0 || !/<\/job_info>\s*$/.test(xml) || stderr.includes('error:'))
    throw new Error(`qstat failed: ${stderr.trim() || xml.trim().slice(-300)}`);
  const said = new Map(answerLines(result));
  return xml
    .split(/<job_list\b/)
    .slice(1)
    .map((row) => {
      const [jobId, nativeState] = [elementText(row, 'JB_job_number'), elementText(row, 'state')];
      if (!jobId || !nativeState) throw new Error(`qstat answered in another shape: ${row.slice(0, 200)}`);
      return {
        jobId,
        jobName: elementText(row, 'JB_name') ?? '',
        linuxUser: elementText(row, 'JB_owner') ?? '',
        state: stateOf(nativeState),
        nativeState,
        reason: known(said.get(`reason-${jobId}`)) ?? reasonOf(nativeState),
        exitCode: null,
        signal: null,
        queue: known(elementText(row, 'queue_name')?.split('@')[0]),
        ...(stateOf(nativeState) === 'failed' && { stuck: true as const }),
      };
    });
};

/** Seconds of `h_rt=…` among the resources that a job asked for. */
const timeLimitOf = (category: string): number | null => {
  const [, limit = ''] = /\bh_rt=([\d:]+)/.exec(category) ?? [];
  return limit === '' ? null : limit.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
};

/** `failed` 37 is a limit; 100 is a job that died by a signal, a limit of its queue or a `qdel` included. */
const ended = (
  row: Record<string, string>,
): Pick<JobStatus, 'state' | 'nativeState' | 'reason' | 'exitCode' | 'signal'> => {
  const [failed, exit] = [
    Number.parseInt(row['failed'] ?? '', 10),
    Number.parseInt(row['exit_status'] ?? '', 10),
  ];
  if (Number.isNaN(failed) || Number.isNaN(exit)) throw new Error('qacct answered in another shape');
  const category = row['category'] ?? '';
  const limit = timeLimitOf(category);
  const timeUp = limit !== null && Number.parseFloat(row['ru_wallclock'] ?? '0') >= limit;
  const nativeState =
    failed === 0 ? `exit ${exit}` : `failed ${row['failed']?.replaceAll(/\s+/g, ' ').trim()}`;
  const common = {
    nativeState,
    reason: failed === 0 ? null : nativeState,
    exitCode: exit,
    signal: exit > 128 ? exit - 128 : null,
  };
  if (row['deleted_by'] && !/^(NONE|undefined)?$/i.test(row['deleted_by'].trim()))
    return { ...common, state: 'cancelled', reason: `deleted by ${row['deleted_by'].trim()}` };
  if (failed === 0) return { ...common, state: exit === 0 ? 'completed' : 'failed' };
  if (timeUp) return { ...common, state: 'time-limit' };
  if (failed === 37 && /\b(h_vmem|h_rss|s_vmem)=/.test(category))
    return { ...common, state: 'out-of-memory' };
  return { ...common, state: failed === 37 ? 'time-limit' : 'failed' };
};

/** @throws Error when `qacct` failed for another reason than that it does not know the jobs */
const parseAccounting = (result: RemoteResult): JobStatus[] => {
  const { lines, status, stderr } = wholeAnswer(result, 'qacct');
  if (status !== 0) throw new Error(`qacct failed: ${stderr.trim()}`);
  return lines
    .join('\n')
    .split(/^=+$/m)
    .map((block) =>
      Object.fromEntries(
        [...block.matchAll(/^(\w+) +(.*?) *$/gm)].map(([, key = '', value = '']) => [key, value]),
      ),
    )
    .filter((row) => row['jobnumber'] !== undefined)
    .map((row) => ({
      jobId: row['jobnumber'] ?? '',
      jobName: row['jobname'] ?? '',
      linuxUser: row['owner'] ?? '',
      queue: known(row['qname']),
      ...ended(row),
    }));
};

export const gridEngine: SchedulerDriver = {
  platform: 'uge-platform',
  ...headJobs({
    executor: 'sge',
    rules,
    script,
    words: headJobWords,
    tasks: (_, typed) => ({ taskOptions: `${shell} ${typed}`.trim() }),
  }),

  status: (linuxUsers) =>
    command(script.status, [linuxUsers.join(',')], { maxOutputBytes: 16 * 1024 * 1024 }),
  parseStatus,
  readerCommand: readerCommand(script.reader),

  accounting: (jobIds) => command(script.accounting, jobIds, { timeoutMs: 120_000 }),
  parseAccounting,

  // Submitted with -notify: the launcher is told a minute before the job is killed, and has Nextflow clean up.
  interrupt: (jobId) => command(script.cancel, [jobId]),
  remove: (jobIds) => command(script.cancel, jobIds),
};
