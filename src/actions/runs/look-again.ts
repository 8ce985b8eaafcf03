/** Who looks at a run wants to see it as it is: one that has been quiet for long is looked at sooner for their sake. */
import type { Clock } from '#core/clock.ts';
import type { Store } from '#core/ports/store.ts';
import type { Run } from '#core/runs.ts';

/** Nothing older is shown for longer than the launcher needs; however many people look, it looks no more often. */
const freshMs = 4_000;

export const createLookAgain =
  ({ store, clock, wake }: { store: { runs: Pick<Store['runs'], 'update'> }; clock: Clock; wake(): void }) =>
  async (run: Run): Promise<void> => {
    const now = clock.now();
    const isStale = now - run.updatedAt >= freshMs && run.dueAt - now > freshMs / 2;
    if (run.phase !== 'follow' || run.status !== 'RUNNING' || !isStale) return;
    // Its state is unknown for now: a host that is down, or a key that was refused, is left alone as long as it must be.
    if (run.failures > 0) return;
    await store.runs.update(run.id, { dueAt: now }, now);
    wake();
  };
