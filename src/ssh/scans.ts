/**
 * Looks at host keys. A host notices every connection, also one that never logs in: scans wait for their place within the
 * cluster's budget as channels do (all connections of one address count as one, for they are made one after another), those
 * who ask at once share one, and the stop button ends them.
 */
import { AppError, isAppError } from '#core/errors.ts';
import type { ScannedHostKey, ScanTarget } from '#core/ports/cluster-access.ts';
import type { Budgets } from './budget/budgets.ts';
import { mergeScans, scanAddress } from './host-key-scan.ts';
import { createSlots } from './slots.ts';
import type { Suspended } from './suspended.ts';

/** Login nodes behind one name whose keys are shown; a login tries fewer. */
const mostAddresses = 16;
/** Of one host, looked at together. */
const atOnce = 4;

export interface Scans {
  scan(host: ScanTarget): Promise<ScannedHostKey[]>;
  /** Ends those of clusters that are suspended now. */
  obey(): void;
  /** Ends all, and takes no more; resolves when none is left. */
  close(): Promise<void>;
}

export interface ScanDeps {
  addressesOf(hostName: string, most: number): Promise<string[]>;
  budgets: Pick<Budgets, 'connect'>;
  suspended: Suspended;
  /** A connection of the cluster makes room for a scan. */
  giveWay(clusterKey: string): void;
  limitMs: number;
  keyscanProgram?: string;
}

/** Somebody has decided, or there is no room: what the other login nodes show is only half of it then. */
const isOurs = (error: unknown): error is AppError =>
  isAppError(error, 'cluster_suspended') || isAppError(error, 'budget_exhausted');

export const createScans = (deps: ScanDeps): Scans => {
  const { addressesOf, budgets, suspended, giveWay, limitMs, keyscanProgram } = deps;
  const running = new Map<
    string,
    { host: ScanTarget; abort: AbortController; keys: Promise<ScannedHostKey[]> }
  >();
  let closed = false;

  const scanAll = async (host: ScanTarget, signal: AbortSignal): Promise<ScannedHostKey[]> => {
    const { hostName, port, clusterKey } = host;
    const slots = createSlots(atOnce);
    const scanOne = async (address: string): Promise<ScannedHostKey[]> => {
      const release = await slots.take(signal);
      try {
        const giveBack = await budgets.connect(host, () => giveWay(clusterKey), signal);
        try {
          signal.throwIfAborted();
          return await scanAddress(hostName, port, {
            address,
            limitMs,
            signal,
            ...(keyscanProgram !== undefined && { keyscanProgram }),
          });
        } finally {
          giveBack();
        }
      } finally {
        release();
      }
    };
    const scanned = await Promise.allSettled((await addressesOf(hostName, mostAddresses)).map(scanOne));
    signal.throwIfAborted();
    const failures = scanned.flatMap((scan) => (scan.status === 'rejected' ? [scan.reason as unknown] : []));
    const ours = failures.find(isOurs);
    if (ours) throw ours;
    const found = scanned.flatMap((scan) => (scan.status === 'fulfilled' ? scan.value : []));
    if (found.length > 0) return mergeScans(found);
    throw failures[0];
  };

  return {
    scan: async (host) => {
      if (closed) throw new AppError('unavailable', 503, 'The server is shutting down; nothing was asked.');
      suspended.check(host);
      const key = JSON.stringify([host.clusterKey, host.hostName, host.port]);
      const already = running.get(key);
      if (already) return already.keys;
      const abort = new AbortController();
      const keys = scanAll(host, abort.signal).finally(() => running.delete(key));
      running.set(key, { host, abort, keys });
      return keys;
    },
    obey() {
      for (const { host, abort } of running.values()) {
        try {
          suspended.check(host);
        } catch (error) {
          abort.abort(error);
        }
      }
    },
    async close() {
      closed = true;
      const all = [...running.values()];
      const ended = new AppError('unavailable', 503, 'The server is shutting down.');
      for (const { abort } of all) abort.abort(ended);
      await Promise.allSettled(all.map(({ keys }) => keys));
    },
  };
};
