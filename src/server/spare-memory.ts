/**
 * Gives back what a start, or a busy time, has left in the heap. V8 keeps it for work to come: after a start that is two
 * thirds of the heap, some 50 MB that nothing lives in.
 */
import { performance } from 'node:perf_hooks';
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const lookMs = 5_000;
/** A collection takes 0.1 to 0.2 s: not while there is anything to do. */
const idleBelow = 0.05;
/** Not for little; nor again and again, for afterwards next to nothing is spare. */
const worthBytes = 32 * 1024 * 1024;

interface Heap {
  /** Share of the time since `from` in which the event loop had work. */
  busy: number;
  spareBytes: number;
}

const isWorthCollecting = ({ busy, spareBytes }: Heap): boolean =>
  busy < idleBelow && spareBytes >= worthBytes;

type Collect = (how: { type: 'major'; flavor: 'last-resort' }) => void;

/** Flags on the command line would have to stand wherever the server is started from. */
const findCollect = (): Collect => {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as Collect;
};

const measureHeap = (): (() => Heap) => {
  let before = performance.eventLoopUtilization();
  return () => {
    const now = performance.eventLoopUtilization();
    const { utilization: busy } = performance.eventLoopUtilization(now, before);
    before = now;
    const { total_heap_size: total, used_heap_size: used } = getHeapStatistics();
    return { busy, spareBytes: total - used };
  };
};

/** Looks every few seconds. Keeps no process alive. */
export const giveSpareMemoryBack = (measure = measureHeap(), collect = findCollect()): void => {
  setInterval(() => {
    if (isWorthCollecting(measure())) collect({ type: 'major', flavor: 'last-resort' });
  }, lookMs).unref();
};
