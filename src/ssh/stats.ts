/** Counters of this room as one plain object, for whoever publishes metrics. */

/** Facts for logs and metrics; never holds words of commands. */
export interface SshEvent {
  type: 'opened' | 'closed' | 'replaced' | 'failed' | 'plain-login';
  clusterKey: string;
  credentialKey: string;
  /** Error code of `failed`, reason of `closed`, helper of `opened`. */
  what?: string;
}

export interface SshStats {
  /** Channels open now. */
  open: number;
  /** Channels opened since the start. */
  opened: number;
  /** Channels that had died unnoticed and were replaced without anybody seeing it. */
  replaced: number;
  /** Commands asked for. */
  commands: number;
  /** Openings that failed, by error code. */
  failures: Record<string, number>;
}

export const createStats = (): SshStats => ({ open: 0, opened: 0, replaced: 0, commands: 0, failures: {} });
