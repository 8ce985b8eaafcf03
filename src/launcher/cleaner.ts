/**
 * Removes what runs have left on their clusters, where their policy says so: in the background, one session at a time, as
 * the member and over the member's own channel. From the moment on that it begins nobody can go on from the session.
 */
import {
  type CleanupPolicy,
  dueAfter,
  gentler,
  policyOf,
  type Removal,
  type RemovalOrder,
  type Removed,
  type SessionCleanup,
} from '#core/cleanup.ts';
import type { Clock } from '#core/clock.ts';
import { isAppError } from '#core/errors.ts';
import type { ClusterAccess, ClusterTarget, RemoteResult } from '#core/ports/cluster-access.ts';
import type { CommandText } from '#core/ports/scheduler.ts';
import type { Store, Tables } from '#core/ports/store.ts';
import type { Run } from '#core/runs.ts';
import type { Log } from './deps.ts';
import { sentence } from './problems.ts';
import { runAudit } from './run-writer.ts';

export interface CleanerDeps {
  store: Pick<Store, 'sessionCleanups' | 'transaction'>;
  clusters: Pick<ClusterAccess, 'run'>;
  /** The member's way to the files, with the key that they have now. @throws AppError in words for people */
  targetFor(run: Run): Promise<ClusterTarget>;
  /** What environment and identity say now; undefined where both have gone. */
  presentPolicy(tables: Tables, run: Run): Promise<CleanupPolicy | undefined>;
  command(order: RemovalOrder): CommandText;
  parse(result: RemoteResult): Removal;
  clock: Clock;
  log: Log;
}

const minute = 60_000;
const day = 24 * 60 * minute;
/** Longer than any one command takes. */
const leaseMs = 10 * minute;

/** Nobody waits for it: 5, 10, 20 … minutes, at last once a day. */
const later = (failures: number): number => Math.min(5 * minute * 2 ** Math.max(0, failures - 1), day);

type Held = { cleanup: SessionCleanup; fence: number };
/** What is removed now; `wait`: until when nothing is, and why. */
type Decision = { order: RemovalOrder; run: Run } | { wait: number; message: string | null };

const endOf = (run: Run): number => run.completedAt ?? run.updatedAt;

const decide = (runs: readonly Run[], present: CleanupPolicy | undefined, now: number): Decision => {
  const placed = runs.find((run) => run.headDir !== null && run.workDir !== null);
  if (!placed?.headDir || !placed.workDir) return { wait: now + day, message: 'No directory is known.' };
  if (runs.some((run) => run.phase !== 'done')) return { wait: now + day, message: null };
  const policies = runs.map((run) => policyOf(run.snapshot.config));
  const policy = [...policies, ...(present ? [present] : [])].reduce(gentler);
  if (policy.cleanup === 'keep')
    return {
      wait: now + day,
      message: 'The files stay: the present policy, or that of one of the runs, says so.',
    };
  const dueAt = dueAfter(Math.max(...runs.map(endOf)), policy);
  if (dueAt > now) return { wait: dueAt, message: null };
  const { id: runId, sessionId, headDir, workDir, snapshot } = placed;
  return {
    run: placed,
    order: { runId, sessionId, headDir, workDir, linuxUser: snapshot.linuxUser, policy: policy.cleanup },
  };
};

const leftIn = ({ left, words }: { left: number; words: string }): string | null =>
  left === 0 ? null : `${left} ${left === 1 ? 'entry' : 'entries'} could not be removed, the first: ${words}`;

export const createCleanStep = (deps: CleanerDeps) => {
  const { store, clock } = deps;

  /** From here on the session is closed, and whoever wants to go on from it hears so. */
  const begin = ({ cleanup, fence }: Held): Promise<Decision | undefined> =>
    store.transaction(async (tables) => {
      const now = clock.now();
      const runs = await tables.runs.everyOfSession(cleanup.sessionId);
      const [newest] = runs;
      const decision = decide(runs, newest && (await deps.presentPolicy(tables, newest)), now);
      const held = await tables.sessionCleanups.update(
        cleanup.sessionId,
        fence,
        'wait' in decision
          ? { dueAt: decision.wait, message: decision.message, failures: 0 }
          : { startedAt: cleanup.startedAt ?? now, policy: decision.order.policy },
      );
      return held ? decision : undefined;
    });

  const done = (held: Held, { order, run }: Exclude<Decision, { wait: number }>, removal: Removed) =>
    store.transaction(async (tables) => {
      const now = clock.now();
      const tasksRemoved = held.cleanup.tasksRemoved + removal.tasks;
      const message = leftIn(removal);
      const written = await tables.sessionCleanups.update(held.cleanup.sessionId, held.fence, {
        cleanedAt: now,
        failures: 0,
        message,
        tasksRemoved,
      });
      if (!written) return;
      await tables.audit.append(
        runAudit(run, {
          event: 'workflow_files_removed',
          metadata: {
            policy: order.policy,
            sessionId: order.sessionId,
            host: run.snapshot.hostName,
            linuxUser: order.linuxUser,
            directory: order.headDir,
            tasksRemoved,
            ...(removal.kind === 'gone' && { alreadyGone: true }),
            ...(message !== null && { left: message }),
          },
        }),
        now,
      );
    });

  const postpone = async ({ cleanup, fence }: Held, message: string): Promise<void> => {
    const failures = cleanup.failures + 1;
    deps.log.warn(
      { session: cleanup.sessionId, error: message },
      'the files of a session could not be removed yet',
    );
    await store.sessionCleanups.update(cleanup.sessionId, fence, {
      failures,
      message: `Not removed yet, trying again: ${message}`,
      dueAt: clock.now() + later(failures),
    });
  };

  return async (held: Held, signal: AbortSignal): Promise<void> => {
    const decision = await begin(held);
    if (!decision || 'wait' in decision) return;
    try {
      const target = await deps.targetFor(decision.run);
      const command = { ...deps.command(decision.order), kind: 'clean' as const, signal };
      const removal = deps.parse(await deps.clusters.run(target, command));
      if ('reason' in removal) await postpone(held, removal.reason);
      else if (removal.kind !== 'more') await done(held, decision, removal);
      else {
        const tasksRemoved = held.cleanup.tasksRemoved + removal.tasks;
        const patch = { tasksRemoved, failures: 0, message: null, dueAt: clock.now() };
        await store.sessionCleanups.update(held.cleanup.sessionId, held.fence, patch);
      }
    } catch (error) {
      // The server stops: the next one goes on, wherever this one was.
      if (signal.aborted) return;
      if (!isAppError(error)) throw error;
      await postpone(held, sentence(error));
    }
  };
};

export interface Cleaner {
  start(): Promise<void>;
  /** Calls off what is in hand. */
  stop(): Promise<void>;
}

/** @param everyMs between looks; a session that takes long gives way for as long after each command */
export const createCleaner = (deps: CleanerDeps, owner: string, everyMs = 15_000): Cleaner => {
  const step = createCleanStep(deps);
  let timer: NodeJS.Timeout | undefined;
  let ending = new AbortController();
  let inHand: Promise<void> = Promise.resolve();

  const look = async (): Promise<void> => {
    let pause = everyMs;
    try {
      const held = await deps.store.sessionCleanups.leaseDue({ owner, now: deps.clock.now(), leaseMs });
      if (held) {
        pause = Math.min(everyMs, 1_000);
        try {
          await step(held, ending.signal);
        } finally {
          await deps.store.sessionCleanups.release(held.cleanup.sessionId, held.fence);
        }
      }
    } catch (error) {
      deps.log.error({ error: sentence(error) }, 'cleaning up failed');
    }
    if (!ending.signal.aborted) arm(pause);
  };
  const arm = (pause: number): void => {
    timer = setTimeout(() => {
      inHand = look();
    }, pause);
    timer.unref();
  };

  return {
    start: async () => {
      await deps.store.sessionCleanups.releaseAll(owner);
      ending = new AbortController();
      arm(0);
    },
    stop: async () => {
      ending.abort();
      clearTimeout(timer);
      await inHand;
    },
  };
};
