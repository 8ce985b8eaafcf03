/** The loop: lease what is due, hand each run to the reconciler of its phase, give it back. */
import type { Run } from '#core/runs.ts';
import { createCancelStep } from './cancel.ts';
import type { LauncherDeps } from './deps.ts';
import { createFollowStep } from './follow.ts';
import { sentence } from './problems.ts';
import { createQueueView } from './queue-view.ts';
import { createRunWriter } from './run-writer.ts';
import { createSilenceStep } from './silence.ts';
import { createSubmitStep } from './submit.ts';

export interface Launcher {
  start(): Promise<void>;
  /** Looks at once: something became due. */
  wake(): void;
  /** Lets what is in hand finish (at most `limitMs`), takes nothing new. */
  stop(limitMs?: number): Promise<void>;
}

export interface LauncherSettings {
  /** Name of this process among its replicas; a restart under the same name takes its runs back at once. */
  owner: string;
  /** Between looks when nobody wakes it, in ms. */
  tickMs?: number;
  /** Longer than any one step can take. */
  leaseMs?: number;
  /** Steps in hand at once; a member's runs on a cluster are followed in one. */
  limit?: number;
  /** Called now and then: destroying retired keys, clearing old sessions. */
  housekeeping?: () => Promise<void>;
}

const housekeepingEveryMs = 15_000;

/** Runs in hand at once, however few steps they are followed in: some 5 kB each. */
const mostHeld = 4_096;

/** A member's runs on a cluster share one status command. */
const memberOf = (run: Run): string =>
  [
    run.snapshot.clusterKey,
    run.snapshot.credential.kind,
    run.snapshot.credential.id,
    run.snapshot.linuxUser,
  ].join(' ');

export const createLauncher = (deps: LauncherDeps, settings: LauncherSettings): Launcher => {
  const { owner, tickMs = 500, leaseMs = 300_000, limit = 256 } = settings;
  const writer = createRunWriter(deps);
  const submit = createSubmitStep(deps, writer);
  const view = createQueueView(deps);
  const follow = createFollowStep(deps, writer, view);
  const cancel = createCancelStep(deps, writer);
  const silence = createSilenceStep(deps, writer);

  const inHand = new Set<Promise<void>>();
  /** Runs of those steps. */
  let held = 0;
  /** Worked on, and not given back yet: before the next look, all in one statement. */
  let done: string[] = [];
  let timer: NodeJS.Timeout | undefined;
  let stopped = true;
  let ticking = false;
  let wokenMeanwhile = false;
  let housekeptAt = 0;

  const giveBack = async (): Promise<void> => {
    if (done.length === 0) return;
    const ids = done;
    done = [];
    // A lease that cannot be given back now runs out by itself.
    await deps.store.runs
      .release(owner, ids)
      .catch((error: unknown) => deps.log.warn({ error: sentence(error) }, 'could not give leases back'));
  };

  const work = (runs: readonly Run[], step: () => Promise<void>): void => {
    held += runs.length;
    const job = (async () => {
      try {
        await step();
      } catch (error) {
        deps.log.error({ runs: runs.map((run) => run.id), error: sentence(error) }, 'a step on runs failed');
      } finally {
        held -= runs.length;
        for (const { id } of runs) done.push(id);
      }
    })();
    inHand.add(job);
    void job.finally(() => inHand.delete(job));
  };

  const dispatch = (runs: readonly Run[]): void => {
    const toFollow = runs.filter((run) => run.phase === 'follow' && run.cancelRequestedAt === null);
    view.expect(toFollow);
    for (const group of Map.groupBy(toFollow, memberOf).values()) work(group, () => follow(group));
    for (const run of runs) {
      if (run.phase === 'submit') work([run], () => submit(run));
      else if (run.phase === 'report') work([run], () => silence(run));
      else if (!toFollow.includes(run)) work([run], () => cancel(run));
    }
  };

  /** @returns whether more may be due */
  const tick = async (): Promise<boolean> => {
    const now = deps.clock.now();
    if (settings.housekeeping && now - housekeptAt >= housekeepingEveryMs) {
      housekeptAt = now;
      await settings.housekeeping();
    }
    await giveBack();
    // Not counted by runs: members with many would keep others' launches waiting.
    const room = Math.min(limit - inHand.size, mostHeld - held);
    if (room <= 0) return false;
    const runs = await deps.store.runs.leaseDue({ owner, now, leaseMs, limit: room });
    dispatch(runs);
    return runs.length === room;
  };

  const look = async (): Promise<void> => {
    if (stopped) return;
    if (ticking) {
      wokenMeanwhile = true;
      return;
    }
    ticking = true;
    clearTimeout(timer);
    try {
      do {
        wokenMeanwhile = false;
        if (await tick()) wokenMeanwhile = true;
      } while (wokenMeanwhile && !stopped);
    } catch (error) {
      deps.log.error({ error: sentence(error) }, 'the launcher could not look for due runs');
    } finally {
      ticking = false;
      if (!stopped) timer = setTimeout(() => void look(), tickMs);
    }
  };

  return {
    start: async () => {
      await deps.store.runs.releaseAll(owner);
      stopped = false;
      void look();
    },
    wake: () => void look(),
    stop: async (limitMs = 10_000) => {
      stopped = true;
      clearTimeout(timer);
      const limitReached = new Promise<void>((resolve) => setTimeout(resolve, limitMs).unref());
      await Promise.race([Promise.allSettled(inHand), limitReached]);
      await giveBack();
    },
  };
};
