/** Every number that bounds a wait, a buffer or a count in this room. */

export interface SshLimits {
  /** Start-up files of the account, from login to our hello. */
  helloMs: number;
  /** The login that gives commands their environment; beyond it they run with the session's own. */
  loginMs: number;
  /** How far beyond a command's own limit we wait for the far side to say that it has ended it. */
  graceMs: number;
  /** A channel unused for this long is asked whether it lives before a command is entrusted to it. */
  quietMs: number;
  /** How long it may take to answer that. */
  pingMs: number;
  /** Seconds between ssh's own signs of life; three missed ones end the connection. */
  aliveSeconds: number;
  /** Commands in flight on one channel; more wait their turn. */
  commandsPerChannel: number;
  /** Logins at one time to one host (sshd's MaxStartups drops more). */
  openingsPerHost: number;
  /** Channels in all; the longest unused gives way. */
  channels: number;
  /** How long a command waits for its turn within a cluster's budget. */
  budgetMs: number;
  /** First and last step of the back-off from a host that cannot be reached. */
  backOffMs: number;
  maxBackOffMs: number;
}

export const defaultLimits: SshLimits = {
  helloMs: 30_000,
  loginMs: 15_000,
  graceMs: 8_000,
  quietMs: 20_000,
  pingMs: 5_000,
  aliveSeconds: 15,
  commandsPerChannel: 32,
  openingsPerHost: 2,
  channels: 1_000,
  budgetMs: 10_000,
  backOffMs: 500,
  maxBackOffMs: 15_000,
};

/** Bytes of output a command may send ahead of its reader: the helper's window. */
export const outputWindow = 1 << 20;
/** Bytes of stdin we send ahead of the command. */
export const stdinWindow = 256 * 1024;
/** Stdin up to this size travels with the command, which then starts only when it is whole (a pipe takes as much). */
export const inlineStdin = 64 * 1024;
export const defaultMaxOutput = 1 << 20;
