/** What `squeue` and `sacct` say about jobs. */
import type { RemoteResult } from '#core/ports/cluster-access.ts';
import type { JobState, JobStatus } from '#core/ports/scheduler.ts';
import { answerLines, complaint, text } from '../far-side/far-side.ts';

const states: Record<string, JobState> = {
  PENDING: 'pending',
  CONFIGURING: 'pending',
  REQUEUED: 'pending',
  REQUEUE_FED: 'pending',
  POWER_UP_NODE: 'pending',
  RUNNING: 'running',
  COMPLETING: 'running',
  RESIZING: 'running',
  SIGNALING: 'running',
  STAGE_OUT: 'running',
  UPDATE_DB: 'running',
  EXPEDITING: 'running',
  SUSPENDED: 'held',
  STOPPED: 'held',
  REQUEUE_HOLD: 'held',
  RESV_DEL_HOLD: 'held',
  SPECIAL_EXIT: 'held',
  COMPLETED: 'completed',
  FAILED: 'failed',
  PREEMPTED: 'failed',
  CANCELLED: 'cancelled',
  REVOKED: 'cancelled',
  TIMEOUT: 'time-limit',
  DEADLINE: 'time-limit',
  OUT_OF_MEMORY: 'out-of-memory',
  NODE_FAIL: 'node-failure',
  BOOT_FAIL: 'node-failure',
  LAUNCH_FAILED: 'node-failure',
  RECONFIG_FAIL: 'node-failure',
};

/** Slurm's short forms, for the words above. */
const letters: Record<string, string> = {
  PD: 'PENDING',
  CF: 'CONFIGURING',
  RQ: 'REQUEUED',
  RF: 'REQUEUE_FED',
  PU: 'POWER_UP_NODE',
  R: 'RUNNING',
  CG: 'COMPLETING',
  RS: 'RESIZING',
  SI: 'SIGNALING',
  SO: 'STAGE_OUT',
  S: 'SUSPENDED',
  ST: 'STOPPED',
  RH: 'REQUEUE_HOLD',
  RD: 'RESV_DEL_HOLD',
  SE: 'SPECIAL_EXIT',
  CD: 'COMPLETED',
  F: 'FAILED',
  PR: 'PREEMPTED',
  CA: 'CANCELLED',
  RV: 'REVOKED',
  TO: 'TIMEOUT',
  DL: 'DEADLINE',
  OOM: 'OUT_OF_MEMORY',
  NF: 'NODE_FAIL',
  BF: 'BOOT_FAIL',
};

/** A word that this version does not know belongs to a newer Slurm and to a job that exists: it counts as running. */
const stateOf = (native: string, reason: string | null): JobState => {
  const state = states[letters[native] ?? native] ?? 'running';
  return state === 'pending' && /held/i.test(reason ?? '') ? 'held' : state;
};

const known = (said: string | undefined): string | null =>
  said === undefined || /^(|None|\(null\)|N\/A|Unknown)$/.test(said.trim()) ? null : said.trim();

/**
 * Longer than a job's name is shown: a name with a line break in it cannot forge a line, so nobody can speak for
 * another member's job where one command asks for several.
 */
const jobMark = 'latchkey-slurm-job';
const shownName = 16;

/** Id, user, state, reason, partition, name. */
export const queueFormat = `${jobMark}|%A|%u|%T|%r|%P|%${shownName}j`;

/** @throws Error for anything but a whole answer */
const wholeAnswer = (result: RemoteResult, program: string): void => {
  const end = answerLines(result)?.find(([key]) => key === program);
  if (result.timedOut || end?.[1] !== '0') throw new Error(`${program} failed: ${complaint(result)}`);
};

/** @throws Error when `squeue` failed or its answer is cut short or has another shape */
export const parseQueue = (result: RemoteResult): JobStatus[] => {
  wholeAnswer(result, 'squeue');
  // With the site's user directory down it complains about the user, lists nothing and ends with 0.
  if (/error:/i.test(text(result.stderr))) throw new Error(`squeue failed: ${complaint(result)}`);
  return text(result.stdout)
    .split('\n')
    .filter((line) => line.startsWith(`${jobMark}|`))
    .map((line) => {
      const match = /^[^|]*\|(\d+)\|([^|]*)\|([A-Z_]+)\+?\|([^|]*)\|([^|]*)\|(.*)$/.exec(line);
      if (!match) throw new Error(`squeue answered in another shape: ${line.slice(0, 200)}`);
      const [, jobId = '', linuxUser = '', nativeState = '', said, queue, name = ''] = match;
      const reason = known(said);
      const state = stateOf(nativeState, reason);
      return {
        jobId,
        jobName: name.trim(),
        linuxUser,
        state,
        nativeState,
        reason,
        exitCode: null,
        signal: null,
        queue: known(queue),
      };
    });
};

export const accountingFields = 'JobIDRaw,User,State,ExitCode,Reason,Partition,JobName';

/** @throws Error when `sacct` failed for another reason than that there is no accounting */
export const parseAccounts = (result: RemoteResult): JobStatus[] => {
  const status = answerLines(result)?.find(([key]) => key === 'sacct')?.[1];
  if (status === '127' || /accounting storage is disabled/i.test(text(result.stderr))) return [];
  wholeAnswer(result, 'sacct');
  return text(result.stdout)
    .split('\n')
    .filter((line) => /^\d+\|/.test(line))
    .map((line) => {
      const [jobId = '', linuxUser = '', ended = '', codes = '', said, queue, ...name] = line.split('|');
      // "CANCELLED by 1001", "RUNNING+".
      const [, nativeState = '', by = ''] = /^([A-Z_]+)(.*)$/.exec(ended) ?? [];
      const [, code, signal] = /^(\d+):(\d+)$/.exec(codes) ?? [];
      if (nativeState === '' || code === undefined || name.length === 0)
        throw new Error(`sacct answered in another shape: ${line.slice(0, 200)}`);
      const reason = known(said);
      const state = stateOf(nativeState, reason);
      const live = state === 'pending' || state === 'held' || state === 'running';
      return {
        jobId,
        jobName: name.join('|'),
        linuxUser,
        state,
        nativeState: `${nativeState}${by.replace(/\+$/, '')}`,
        reason,
        exitCode: live ? null : Number(code),
        signal: live || Number(signal) === 0 ? null : Number(signal),
        queue: known(queue?.split(',')[0]),
      };
    });
};
