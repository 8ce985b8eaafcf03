/**
 * Port: how far runs are, read from Nextflow's own files over the member's channel. Text in, types out: `src/schedulers`
 * implements it without any I/O, the launcher sends the command and keeps the mark.
 */
import type { RunFacts } from '../runs.ts';
import type { TaskReport } from '../tasks.ts';
import type { RemoteResult } from './cluster-access.ts';
import type { CommandText } from './scheduler.ts';

/** How far one file has been read. */
export interface FileMark {
  /** `0`: never read. */
  inode: string;
  /** First byte that has not been used. */
  offset: number;
  /** The last byte used was no line's end. */
  midLine?: boolean;
}

/** Everything that must be known to read on, by whichever process, after a restart too. */
export interface ReadingMark {
  log: FileMark;
  trace: FileMark;
  /** Minutes east of UTC on the node that writes the log, once it told. */
  zone?: number;
  /** Columns of a trace file that is not in our form; `unusable` where they do not say which task a row is of. */
  traceForm?: { fields: readonly string[]; separator: string } | 'unusable';
}

export const nothingRead: ReadingMark = {
  log: { inode: '0', offset: 0 },
  trace: { inode: '0', offset: 0 },
};

/** What is remembered of the reading of a run. */
export interface Reading {
  mark: ReadingMark;
  /** When the files last had news, and when the scheduler was last asked for the head job. Epoch ms. */
  newsAt: number;
  statusAt: number;
  /** When the scheduler last said something else of it than before. */
  changedAt?: number;
  /** How the launcher found it can report; null until it told. */
  reporting: RunNews['reporting'];
}

export interface ReadingStore {
  /** By run id; runs that were never read are left out. */
  of(runIds: readonly string[]): Promise<Map<string, Reading>>;
  /** By run id. */
  keep(readings: ReadonlyMap<string, Reading>): Promise<void>;
}

export interface RunToRead {
  runId: string;
  /** Absolute, on the cluster. */
  headDir: string;
  mark: ReadingMark;
}

/** A line of the log that knows a task by the first digits of its directory alone. */
export interface HashReport extends Omit<TaskReport, 'taskId'> {
  hash: string;
}

export interface RunNews {
  mark: ReadingMark;
  log: TaskReport[];
  /** Of tasks whose number is in an earlier part of the log. */
  logByHash: HashReport[];
  trace: TaskReport[];
  /** Names of the pipeline's processes in its order; empty where this part of the log does not tell. */
  processes: string[];
  /** The most that ran at once, in tasks, cores and bytes; Nextflow sums it up at its end. */
  peaks: { at: number; tasks: number; cpus: number; memory: number } | null;
  facts: RunFacts;
  /** Bytes are left that did not fit: worth another look at once. */
  more: boolean;
  /** The launcher has written the exit status: the head job is about to leave the queue. */
  ended: boolean;
  /** How the launcher found it can report, and why not over HTTP; null before it got so far. */
  reporting: { http: boolean; reason: string | null } | null;
}

export interface ProgressReader {
  /** One command for any number of a member's runs up to `atOnce`. */
  read(runs: readonly RunToRead[]): CommandText;
  /**
   * By run id; runs without a readable directory are left out.
   * @throws Error when the answer cannot be trusted: nothing has been read then
   */
  parse(result: RemoteResult, runs: readonly RunToRead[]): Map<string, RunNews>;
  atOnce: number;
}
