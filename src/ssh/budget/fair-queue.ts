/** Whoever has to wait is served member by member in turn: a hundred of one member's never stand before another's one. */

export interface FairQueue {
  /**
   * Resolves when it is this member's turn.
   * @throws whatever `late` makes after `limitMs`; the signal's reason; what `fail` was given
   */
  wait(member: string, how: { limitMs: number; late: () => Error; signal?: AbortSignal }): Promise<void>;
  /** Something became free. */
  poke(): void;
  /** Nobody waits any longer. */
  fail(error: Error): void;
  waiting(): number;
}

/**
 * @param turn `waitMs`: until this member may go (0: now; Infinity: until `poke`); `take`: it goes
 */
export const createFairQueue = (turn: {
  waitMs(member: string): number;
  take(member: string): void;
}): FairQueue => {
  interface Waiter {
    go(): void;
    fail(error: unknown): void;
  }
  /** In the order in which members are served; who was served goes to the end. */
  const members = new Map<string, Waiter[]>();
  let timer: NodeJS.Timeout | undefined;

  const serve = (member: string, waiters: Waiter[]): void => {
    turn.take(member);
    members.delete(member);
    const first = waiters.shift();
    if (waiters.length > 0) members.set(member, waiters);
    first?.go();
  };

  const poke = (): void => {
    clearTimeout(timer);
    for (let served = true; served; ) {
      served = false;
      for (const [member, waiters] of members) {
        if (turn.waitMs(member) > 0) continue;
        serve(member, waiters);
        served = true;
        break;
      }
    }
    const soonest = Math.min(...[...members.keys()].map((member) => turn.waitMs(member)));
    if (Number.isFinite(soonest)) timer = setTimeout(poke, Math.max(1, Math.ceil(soonest)));
  };

  return {
    poke,
    waiting: () => [...members.values()].reduce((count, waiters) => count + waiters.length, 0),
    fail(error) {
      const all = [...members.values()].flat();
      members.clear();
      clearTimeout(timer);
      for (const waiter of all) waiter.fail(error);
    },
    async wait(member, { limitMs, late, signal }) {
      if (members.size === 0 && turn.waitMs(member) <= 0) {
        turn.take(member);
        return;
      }
      signal?.throwIfAborted();
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const leave = (error: unknown): void => {
        const left = (members.get(member) ?? []).filter((one) => one !== waiter);
        if (left.length > 0) members.set(member, left);
        else members.delete(member);
        reject(error);
      };
      const waiter: Waiter = { go: resolve, fail: reject };
      const aborted = () => leave(signal?.reason);
      signal?.addEventListener('abort', aborted, { once: true });
      const patience = Number.isFinite(limitMs) ? setTimeout(() => leave(late()), limitMs) : undefined;
      members.set(member, [...(members.get(member) ?? []), waiter]);
      poke();
      try {
        await promise;
      } finally {
        clearTimeout(patience);
        signal?.removeEventListener('abort', aborted);
      }
    },
  };
};
