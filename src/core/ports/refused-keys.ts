/**
 * Port: which keys clusters have refused, and how often. It outlives the server, for a restart is no reason to offer a key
 * again that a site has refused twice. `src/store` keeps it, `src/ssh` goes by it.
 */

export interface KeyRefusal {
  /** Stands for one key, account and host, and for how it is reached: what is changed there is another one. */
  way: string;
  clusterKey: string;
  /** The stored credential, whatever its version: `managed:31`. */
  credential: string;
}

export interface RefusedKeyStore {
  /** How often each of these was refused since it was last accepted; those that never were are left out. */
  find(ways: readonly string[]): Promise<{ way: string; count: number }[]>;
  /** Refused once more. @returns how often it has been by now */
  note(refusal: KeyRefusal, now: number): Promise<number>;
  /** Accepted. */
  forget(ways: readonly string[]): Promise<void>;
  /** An owner wants every key of a cluster to be offered again. @returns how many rested */
  forgetCluster(clusterKey: string): Promise<number>;
}
