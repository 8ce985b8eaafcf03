/**
 * Counts who uses which cluster how much, in memory, and adds it to the database every ten seconds: a command costs an
 * addition, never a write. What a killed server had not written yet is lost, and nothing but a number on a page with it.
 */
import type { Clock } from '#core/clock.ts';
import { ownerOfClusterKey } from '#core/clusters.ts';
import type { Use, UseKind } from '#core/ports/activity.ts';
import type { Store } from '#core/ports/store.ts';
import { hourMs, shownHours } from './hours.ts';

/** Different counts that are held: 10,000 members with two kinds each within ten seconds; what is beyond is not counted. */
const mostCounts = 20_000;

export interface UseRecorder {
  /** Only clusters of an organisation are counted; an environment with a host of its own belongs to its workspace. */
  note(whose: { clusterKey: string; member?: number; reader: boolean }, what: UseKind): void;
  start(): void;
  /** Writes what is held, now. */
  flush(): Promise<void>;
  /** Writes what is held, and no more. */
  stop(): Promise<void>;
}

type Count = Use & { hour: number };

export const createUseRecorder = ({
  store,
  clock,
  log,
  everyMs = 10_000,
  most = mostCounts,
}: {
  store: Pick<Store, 'activity'>;
  clock: Clock;
  log: { warn(fields: object, message: string): void };
  everyMs?: number;
  most?: number;
}): UseRecorder => {
  let counts = new Map<string, Count>();
  let timer: NodeJS.Timeout | undefined;
  let prunedHour = 0;
  let failing = false;
  let inHand: Promise<void> = Promise.resolve();

  const add = (count: Count): void => {
    const { identityId, hour, userId, bearer, what } = count;
    const key = `${identityId} ${hour} ${userId} ${bearer} ${what}`;
    const known = counts.get(key);
    if (known) known.number += count.number;
    else if (counts.size < most) counts.set(key, count);
  };

  const write = async (): Promise<void> => {
    const written = counts;
    counts = new Map();
    const hour = Math.floor(clock.now() / hourMs);
    try {
      // In one order, so that two servers never wait for each other's rows crosswise.
      const rows = [...written].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, count]) => count);
      if (rows.length > 0) await store.activity.add(rows);
      written.clear();
      if (hour > prunedHour) await store.activity.prune(hour - shownHours);
      prunedHour = hour;
      failing = false;
    } catch (error) {
      for (const count of written.values()) add(count);
      if (!failing) log.warn({ error }, 'what clusters were used for could not be written yet');
      failing = true;
    }
  };

  const flush = (): Promise<void> => {
    inHand = inHand.then(write);
    return inHand;
  };

  return {
    note: ({ clusterKey, member, reader }, what) => {
      const owner = ownerOfClusterKey(clusterKey);
      if (owner.kind !== 'identity') return;
      const bearer = reader ? 'reader' : member === undefined ? 'shared' : 'member';
      const userId = reader ? 0 : (member ?? 0);
      const hour = Math.floor(clock.now() / hourMs);
      add({ identityId: owner.id, hour, userId, bearer, what, number: 1 });
    },
    start: () => {
      timer = setInterval(() => void flush(), everyMs).unref();
    },
    flush,
    stop: async () => {
      clearInterval(timer);
      await flush();
    },
  };
};
