/** Port: what one scheduler's commands look like. Text in, types out; `src/schedulers` implements it without any I/O. */
import type { SecretValue } from '../pipeline-secrets.ts';
import type { Platform } from '../platforms.ts';
import type { LaunchRequest, RunFacts, RunSnapshot } from '../runs.ts';
import type { RemoteCommand, RemoteResult } from './cluster-access.ts';

/** A command for the member's channel; limits included. */
export type CommandText = Pick<
  RemoteCommand,
  'argv' | 'stdin' | 'timeoutMs' | 'maxOutputBytes' | 'surviveDisconnect'
>;

/** What the head job of a run is made of. */
export interface HeadJobInput {
  runId: string;
  runName: string;
  sessionId: string;
  launch: LaunchRequest;
  snapshot: RunSnapshot;
  /** Go on from an earlier run of the same session, in the same directories. */
  resume: boolean;
  /** Where the run may report over HTTP, if it finds that it can; its token is a secret. null: it must not. */
  apiEndpoint: string | null;
  workspaceId: number | null;
  /** Secrets for the launcher's 0600 file (`NAME` → value); never in script, arguments or `--export`. */
  secretEnvironment: Record<string, string>;
  /** For Nextflow's own secrets mechanism: a 0600 file in a 0700 directory, gone with the run. */
  pipelineSecrets: readonly SecretValue[];
  /**
   * At most how many seconds ago this was sent before; null: certainly never. Where it was, its job is looked for even if
   * nothing in the run's directory tells of it: what is durable is our own note, not a file system that may have crashed.
   */
  sentSecondsAgo: number | null;
}

/** One of a dataset's, numbered from 0. */
export interface DatasetPiece {
  content: Uint8Array;
  part: number;
  last: number;
}

/** `left`: from then on files of the run lie there. */
export type PlacedPiece = { left?: { headDir: string; workDir: string } } & (
  | /** The file is there, whole; no more has to be sent. */ { kind: 'placed' }
  | { kind: 'more' }
  | { kind: 'unknown'; reason: string }
  | { kind: 'refused'; reason: string }
);

export type SubmitOutcome =
  /** `headDir` and `workDir` are absolute, variables filled in. */
  | { kind: 'submitted'; jobId: string; how: 'new' | 'found' | 'recorded'; headDir: string; workDir: string }
  /** Try again later: another submission holds the lock, a query failed, a controller is slow. Nothing is lost. */
  | { kind: 'unknown'; reason: string }
  /** Will not work however often it is tried; nothing was submitted. `left`: where files of the run lie all the same. */
  | { kind: 'refused'; reason: string; left?: { headDir: string; workDir: string } };

/** What became of a job, in one vocabulary for all schedulers. */
export type JobState =
  | 'pending'
  | 'held'
  | 'running'
  | 'completed'
  | 'failed'
  | 'cancelled'
  | 'time-limit'
  | 'out-of-memory'
  | 'node-failure';

export interface JobStatus {
  jobId: string;
  jobName: string;
  /** Whose job it is, where one command asks for several members. */
  linuxUser?: string;
  state: JobState;
  /** The scheduler's own word (`PENDING`, `Eqw` …). */
  nativeState: string;
  /** Why it waits or ended, where the scheduler says so. */
  reason: string | null;
  /** Known only for ended jobs. */
  exitCode: number | null;
  signal: number | null;
  queue: string | null;
  /** It failed, and stays in the queue until somebody removes it. */
  stuck?: true;
}

/** What a run left in its directory when its head job is gone. */
export interface RunRemains {
  /** Content of the exit file; null when the launcher never got to write it. */
  exitStatus: number | null;
  /** The launcher's own sentence when something was missing (`nextflow`, Java, space …). */
  launcherMessage: string | null;
  /** Did Nextflow get as far as its first line? */
  started: boolean;
  /** Last lines of what Nextflow printed. */
  outputTail: string;
  /** Facts from Nextflow's log. */
  facts: RunFacts;
}

/** What the cluster answered about one member (`POST …/verify`). */
export interface AccountReport {
  linuxUser: string;
  uid: number;
  groups: string[];
  home: string;
  homeWritable: boolean;
  workDir: string | null;
  workDirExists: boolean;
  workDirWritable: boolean;
  /** Group of the work directory when it is shared (setgid and group-writable) and the member belongs to it. */
  workDirGroup: string | null;
  workDirGroupShared: boolean;
  nextflow: string | null;
  java: string | null;
  /** Directory of Nextflow's reporting plugin nf-tower, as a login finds it; a head job looks for itself. */
  nfTower: string | null;
  schedulerVersion: string | null;
  accounting: boolean;
}

/** Asks what a login is and finds. */
export interface AccountProbe {
  /** Account, directories, tools and scheduler as this member sees them. */
  probe(directories: { workDir: string | null }): CommandText;
  /** @throws Error when the answer is cut short or of another shape */
  parseProbe(result: RemoteResult): AccountReport;
}

export interface SchedulerDriver extends AccountProbe {
  platform: Platform;
  /** Nextflow's name for it. */
  executor: string;

  /** Refuses head job options that cannot be let through, before they are saved. @throws AppError 400 naming `field` */
  checkOptions(typed: string, field?: string): void;

  /** Is a job of the member's queue a task of this run? Some schedulers cut names so short that only this knows. */
  isTask(runId: string, jobName: string): boolean;

  /** Places the run's files and submits its head job, exactly once however often it is sent. */
  submit(input: HeadJobInput): CommandText;
  parseSubmit(result: RemoteResult): SubmitOutcome;

  /** Status of all of a member's jobs in one command, tasks included. `form`: what `formOf` told of an earlier answer. */
  status(linuxUsers: readonly string[], form?: string): CommandText;
  /** @throws Error when the answer cannot be trusted: failed, cut short, in another shape. "Unknown", never "gone". */
  parseStatus(result: RemoteResult): JobStatus[];
  /** Which form of the question this cluster's commands are old enough to need: the next one need not find out again. */
  formOf?(result: RemoteResult): string;

  /**
   * What a status reader's key may be bound to on the cluster, and what it runs where it is not: one line for a login
   * shell that answers `ReaderQuestion`s and nothing else. What it tells of jobs is for `parseStatus`; head jobs of the
   * users asked for are always among it as far as the scheduler shows them.
   */
  readerCommand: string;

  /** Asks accounting for head jobs that have left the queue. `since`: epoch ms of the oldest launch. */
  accounting(jobIds: readonly string[], since: number): CommandText;
  /** Jobs that accounting knows; empty where there is no accounting. @throws Error when the answer cannot be trusted */
  parseAccounting(result: RemoteResult): JobStatus[];

  /** Tells Nextflow to stop and clean up (TERM to the head job's batch step). */
  interrupt(jobId: string): CommandText;
  /** Removes jobs from the queue, whatever their state; jobs that are gone already are no error. */
  remove(jobIds: readonly string[]): CommandText;
}
