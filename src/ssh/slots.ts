/** A fixed number of places; whoever finds none waits in order. */

export interface Slots {
  /** Resolves with the function that gives the place back (harmless when called twice). Rejects when aborted. */
  take(signal?: AbortSignal): Promise<() => void>;
  /** Or nothing, where one would have to wait: most commands need not, and a promise each would be for nothing. */
  takeNow(): (() => void) | undefined;
  idle(): boolean;
}

export const createSlots = (count: number): Slots => {
  let free = count;
  const waiting: (() => void)[] = [];
  const place = (): (() => void) => {
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      const next = waiting.shift();
      if (next) next();
      else free += 1;
    };
  };
  const takeNow = (): (() => void) | undefined => {
    if (free === 0) return undefined;
    free -= 1;
    return place();
  };
  return {
    idle: () => free === count,
    takeNow,
    async take(signal) {
      const now = takeNow();
      if (now) return now;
      await new Promise<void>((resolve, reject) => {
        const go = () => {
          signal?.removeEventListener('abort', abort);
          resolve();
        };
        const abort = () => {
          waiting.splice(waiting.indexOf(go), 1);
          reject(signal?.reason);
        };
        if (signal?.aborted) return reject(signal.reason);
        signal?.addEventListener('abort', abort, { once: true });
        waiting.push(go);
      });
      return place();
    },
  };
};
