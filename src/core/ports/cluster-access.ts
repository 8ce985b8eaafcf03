/** Port: running commands on a cluster as one member. `src/ssh` implements it, `launcher` and `actions` use it. */
import type { ClusterBudget } from '../budgets.ts';
import type { Signer } from './signer.ts';

/** A machine to log in to: the target, or one on the way to it. */
export interface LoginHost {
  hostName: string;
  port: number;
  /** Linux user. */
  userName: string;
  /** Pinned host keys (`type base64`) and authorities (`@cert-authority type base64`). Empty: nothing is offered. */
  pins: readonly string[];
  signer: Signer;
  /** Of a jump host that takes another key than the cluster: names it and its version. */
  credentialKey?: string;
  /** Of a jump host whose keys are those of another cluster: its `clusterKey`. */
  keysOf?: string;
}

/** Everything needed to open one member's channel to one cluster. */
export interface ClusterTarget extends LoginHost {
  /** Stable name of the cluster: `identity:12` or `compute-env:4kG…`. */
  clusterKey: string;
  /** Names key and version, so that a changed key never meets an old channel: `managed:31@4`. */
  credentialKey: string;
  /** Of a check of a key, which has a channel of its own. By hand: it is tried although it was refused twice. */
  check?: {
    /** What `credentialKey` would be otherwise. */
    of: string;
    byHand: boolean;
  };
  /** Jump hosts, in the order of the way; each is verified and logged in to like the target. */
  through?: readonly LoginHost[];
  /** What it is called, and how much of it may be used; absent: its host's name, and the default. */
  cluster?: { name: string; budget: ClusterBudget };
  /** User number of the member who is served: turns are shared and use is counted by it. */
  member?: number;
}

/** A host that is asked for its keys: nothing is offered to it, but it is connected to as every other of its cluster. */
export type ScanTarget = Pick<ClusterTarget, 'hostName' | 'port' | 'clusterKey' | 'cluster'>;

/** What a command is for; budgets and the record of activity go by it. */
export const commandKinds = [
  'verify',
  'place',
  'submit',
  'status',
  'progress',
  'collect',
  'cancel',
  'logs',
  'repository',
  'clean',
  'other',
] as const;
export type CommandKind = (typeof commandKinds)[number];

/** Not yet: why, and when to ask again. */
export interface Waiting {
  message: string;
  retryAfterMs: number;
}

/**
 * The way of an identity's status reader. It carries `ReaderQuestion`s and nothing else: its channel has no words for
 * any command, and what stands at its far end understands none.
 */
export interface ReaderTarget extends ClusterTarget {
  /** Answers the questions: what the key is bound to on the cluster, or is asked for where it is bound to nothing. */
  readerCommand: string;
}

/** `who`: the account's name and number. `jobs`: what `parseStatus` reads, of these Linux users at least. */
export type ReaderQuestion = { ask: 'who' } | { ask: 'jobs'; linuxUsers: readonly string[] };

export interface RemoteCommand {
  /** Program and words (bytes where a path is not UTF-8); no shell looks at them. Others on the cluster can see them: no secrets. */
  argv: readonly (string | Uint8Array)[];
  /** Sent to the command's standard input; otherwise it reads from an empty one. */
  stdin?: string | Uint8Array;
  /** Limit in milliseconds; the command's process group is then ended (TERM, 2 s, KILL). */
  timeoutMs: number;
  /** Cap for each of stdout and stderr, in bytes (1 MiB unless told); more ends the command and sets `truncated`. */
  maxOutputBytes?: number;
  /** Let the command finish when the connection is lost (submission). */
  surviveDisconnect?: boolean;
  /** Streams stdout in chunks with flow control instead of collecting it (stdout is then empty and uncapped). */
  onStdout?: (chunk: Uint8Array) => void | Promise<void>;
  /** `other` unless told. */
  kind?: CommandKind;
  /** Of a submission: names it, as in `submissionTurn`. */
  ticket?: string;
  /** Ends the command early. */
  signal?: AbortSignal;
}

export interface RemoteResult {
  /** Exit status; 128 + n when a signal ended it; 127 when the program does not exist. */
  exitCode: number;
  stdout: Uint8Array;
  stderr: Uint8Array;
  timedOut: boolean;
  truncated: boolean;
}

export interface ScannedHostKey {
  /** `ssh-ed25519`, `ecdsa-sha2-nistp256`, `ssh-rsa`, … */
  type: string;
  /** `type base64`, no comment. */
  publicKey: string;
  /** `SHA256:…` as OpenSSH prints it. */
  fingerprint: string;
}

/** Which channels to close; absent fields match all. */
export interface ChannelMatch {
  clusterKey?: string;
  /** Matches every version of a credential, on the cluster or on a jump host: the part of `credentialKey` before `@`. */
  credential?: string;
}

export interface ClusterAccess {
  /**
   * Runs one command over the member's channel, opening it where needed.
   * @throws AppError 403 for a status reader's target
   * @throws AppError `host_*`, `credential_*`, `session_ended`, `cluster_suspended`, `budget_exhausted`: nothing was run.
   * @throws AppError `channel_lost`: the command may or may not have run.
   */
  run(target: ClusterTarget, command: RemoteCommand): Promise<RemoteResult>;
  /** Asks over a status reader's channel, which nothing else can use. @throws AppError as `run`; 400 for users whose names cannot be asked for */
  askReader(
    target: ReaderTarget,
    question: ReaderQuestion,
    how: Pick<RemoteCommand, 'timeoutMs' | 'signal'>,
  ): Promise<RemoteResult>;
  /**
   * Asks for the turn of a submission. undefined: it has come, and is kept for the command with this ticket. `run` asks by
   * itself where nobody has, and refuses with `budget_exhausted`.
   */
  submissionTurn(target: ClusterTarget, ticket: string): Waiting | undefined;
  /** Host keys that the host shows now; offers nothing. @throws AppError `host_*`, `cluster_suspended`, `budget_exhausted` */
  scanHostKeys(host: ScanTarget): Promise<ScannedHostKey[]>;
  /** Closes matching channels at once; commands on them end with `channel_lost`. Returns how many. */
  closeChannels(match: ChannelMatch): number;
  /**
   * Exactly these clusters (`clusterKey` → sentence for people) are suspended from now on: their channels close at once, and
   * whatever is asked of them is refused with `cluster_suspended`; nothing was run.
   */
  suspend(clusters: ReadonlyMap<string, string>): void;
  /** Closes everything; resolves when no `ssh` process is left. */
  close(): Promise<void>;
}
