/** When what is removed, and by whose leave: on both databases, with a cluster that answers what the test says. */
import { describe, expect, test } from 'vitest';
import type { CleanupPolicy, Removal, RemovalOrder } from '#core/cleanup.ts';
import { AppError } from '#core/errors.ts';
import type { GridConfig } from '#core/grid-config.ts';
import type { Store } from '#core/ports/store.ts';
import type { Run } from '#core/runs.ts';
import { addOrganisation, addUser, aRun, onBothDatabases } from '#test/support/databases.ts';
import { type CleanerDeps, createCleaner, createCleanStep } from './cleaner.ts';
import { createRunWriter } from './run-writer.ts';

const day = 24 * 3_600_000;
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const removed = (patch: Partial<Extract<Removal, { tasks: number }>> = {}): Removal => ({
  kind: 'done',
  tasks: 2,
  left: 0,
  words: '',
  ...patch,
});

const world = async (store: Store) => {
  const { id: organisationId } = await addOrganisation(store);
  const { id: userId } = await addUser(store);
  const clock = { time: 100 * day, now: () => clock.time };
  const orders: RemovalOrder[] = [];
  const answers: { present?: CleanupPolicy; removal: () => Removal } = { removal: () => removed() };
  const deps: CleanerDeps = {
    store,
    clusters: {
      run: async (_target, { kind }) => {
        expect(kind).toBe('clean');
        return {
          exitCode: 0,
          stdout: Buffer.from(JSON.stringify(answers.removal())),
          stderr: Buffer.alloc(0),
          timedOut: false,
          truncated: false,
        };
      },
    },
    targetFor: async () => ({}) as never,
    presentPolicy: async () => answers.present,
    command: (order) => {
      orders.push(order);
      return { argv: ['true'], timeoutMs: 1 };
    },
    parse: ({ stdout }) => JSON.parse(Buffer.from(stdout).toString()) as Removal,
    clock,
    log,
  };
  const writer = createRunWriter({ store, clock, log });
  /** A run that has just ended. */
  const ended = async (config: Partial<GridConfig>, given: Partial<Run> = {}) => {
    const run = aRun(userId, {
      organisationId,
      headDir: '/w/alice/s',
      workDir: '/w',
      phase: 'follow',
      fence: 0,
      ...given,
    });
    const kept = { ...run, snapshot: { ...run.snapshot, config: { ...run.snapshot.config, ...config } } };
    await store.runs.insert(kept);
    const verdict = { status: 'SUCCEEDED', exitStatus: 0, errorMessage: null, errorReport: null } as const;
    expect(await writer.end(kept, verdict)).toBe(true);
    return kept;
  };
  const step = createCleanStep(deps);
  const never = new AbortController().signal;
  /** One look of a cleaner; true if there was something to look at. */
  const look = async (owner = 'one') => {
    const held = await store.sessionCleanups.leaseDue({ owner, now: clock.now(), leaseMs: 1_000 });
    if (!held) return false;
    await step(held, never);
    await store.sessionCleanups.release(held.cleanup.sessionId, held.fence);
    return true;
  };
  const audits = async () =>
    (await store.audit.list({ max: 50 })).filter(({ event }) => event === 'workflow_files_removed');
  return { store, clock, deps, orders, answers, ended, look, audits, userId };
};

onBothDatabases(({ open }) => {
  const at = async () => world(await open());
  const remove = { cleanup: 'remove', cleanupAfterDays: 7 } as const;

  describe('when', () => {
    test('after the days of the policy, once; noted, with what was removed', async () => {
      const { store, clock, orders, ended, look, audits } = await at();
      const run = await ended(remove);
      clock.time += 7 * day - 1;
      expect(await look()).toBe(false);
      clock.time += 1;
      expect(await look()).toBe(true);
      expect(orders).toEqual([
        {
          runId: run.id,
          sessionId: run.sessionId,
          headDir: '/w/alice/s',
          workDir: '/w',
          linuxUser: run.snapshot.linuxUser,
          policy: 'remove',
        },
      ]);
      expect(await store.sessionCleanups.find(run.sessionId)).toMatchObject({
        cleanedAt: clock.time,
        tasksRemoved: 2,
        message: null,
      });
      clock.time += 100 * day;
      expect(await look()).toBe(false);
      expect(await audits()).toMatchObject([
        { target: { id: run.id }, state: { metadata: { policy: 'remove', tasksRemoved: 2 } } },
      ]);
    });

    test('nothing without a policy, nor for a run that never came to the cluster', async () => {
      const { clock, ended, look } = await at();
      await ended({});
      await ended({ cleanup: 'keep', cleanupAfterDays: 1 });
      await ended(remove, { headDir: null });
      clock.time += 100 * day;
      expect(await look()).toBe(false);
    });

    test('the last run of a session counts, and a live one holds it', async () => {
      const { store, clock, ended, look, orders, userId } = await at();
      const first = await ended(remove);
      clock.time += 5 * day;
      await ended(
        { cleanup: 'keep-logs', cleanupAfterDays: 3 },
        { sessionId: first.sessionId, createdAt: clock.time },
      );
      clock.time += 3 * day;
      // Of both promises the gentler counts: what stays longer, for longer.
      expect(await look()).toBe(true);
      expect(orders).toEqual([]);
      const going = aRun(userId, {
        sessionId: first.sessionId,
        createdAt: clock.time,
        phase: 'follow',
        status: 'RUNNING',
      });
      await store.runs.insert(going);
      // Longer than any policy: that it lives is all that holds them.
      clock.time += 40 * day;
      expect(await look()).toBe(true);
      expect(orders).toEqual([]);
      await store.runs.update(
        going.id,
        { phase: 'done', status: 'FAILED', completedAt: clock.time - 7 * day },
        clock.time,
      );
      clock.time += day;
      expect(await look()).toBe(true);
      // The run that nobody promised removal holds the files.
      expect(orders).toEqual([]);
      expect(await store.sessionCleanups.find(first.sessionId)).toMatchObject({
        startedAt: null,
        message: expect.stringContaining('stay'),
      });
    });

    test('what the owner says now can only spare them', async () => {
      const { clock, answers, ended, look, orders } = await at();
      await ended({ cleanup: 'keep-logs', cleanupAfterDays: 7 });
      answers.present = { cleanup: 'keep', afterDays: 1 };
      clock.time += 7 * day;
      await look();
      answers.present = { cleanup: 'remove', afterDays: 9 };
      clock.time += day;
      await look();
      expect(orders).toEqual([]);
      clock.time += day;
      await look();
      expect(orders).toMatchObject([{ policy: 'keep-logs' }]);
    });
  });

  describe('what comes in between', () => {
    test('a key that is missing: waits, says so, and goes on once it is there', async () => {
      const { store, clock, deps, ended, look, audits } = await at();
      const run = await ended(remove);
      clock.time += 7 * day;
      const there = deps.targetFor;
      deps.targetFor = async () => {
        throw new AppError(
          'conflict',
          409,
          'There is no SSH key of alice on hpc any more: the member must add one',
        );
      };
      for (let tries = 0; tries < 12; tries += 1) {
        expect(await look()).toBe(true);
        const { message, dueAt } = (await store.sessionCleanups.find(run.sessionId)) ?? {};
        expect(message).toBe(
          'Not removed yet, trying again: There is no SSH key of alice on hpc any more: the member must add one',
        );
        expect(dueAt).toBeLessThanOrEqual(clock.time + day);
        clock.time = dueAt ?? 0;
      }
      deps.targetFor = there;
      expect(await look()).toBe(true);
      expect(await audits()).toHaveLength(1);
    });

    test('pieces add up; what could not be removed is told', async () => {
      const { store, clock, answers, ended, look, audits } = await at();
      const run = await ended(remove);
      clock.time += 7 * day;
      answers.removal = () => removed({ kind: 'more', tasks: 50 });
      for (let pieces = 0; pieces < 3; pieces += 1) await look();
      expect(await store.sessionCleanups.find(run.sessionId)).toMatchObject({
        cleanedAt: null,
        startedAt: clock.time,
        tasksRemoved: 150,
      });
      answers.removal = () => removed({ left: 3, words: "cannot delete './theirs': Permission denied" });
      await look();
      expect(await store.sessionCleanups.find(run.sessionId)).toMatchObject({
        tasksRemoved: 152,
        message: "3 entries could not be removed, the first: cannot delete './theirs': Permission denied",
      });
      expect(await audits()).toHaveLength(1);
    });

    test('of two cleaners one has it; one that comes too late writes nothing', async () => {
      const { store, clock, deps, ended, look, audits } = await at();
      const run = await ended(remove);
      clock.time += 7 * day;
      const late = await store.sessionCleanups.leaseDue({ owner: 'late', now: clock.now(), leaseMs: 1_000 });
      expect(await look('other')).toBe(false);
      clock.time += 1_001;
      expect(await look('other')).toBe(true);
      if (late) await createCleanStep(deps)(late, new AbortController().signal);
      expect(await audits()).toHaveLength(1);
      expect(await store.sessionCleanups.find(run.sessionId)).toMatchObject({ tasksRemoved: 2 });
    });

    test('a server that stops in the middle is taken up by the next of its name', async () => {
      const { store, clock, deps, answers, ended, audits } = await at();
      const run = await ended(remove);
      clock.time += 7 * day;
      const asked = Promise.withResolvers<void>();
      const stopping = {
        ...deps,
        clusters: {
          run: (_target: unknown, { signal }: { signal?: AbortSignal }) => {
            asked.resolve();
            return new Promise<never>((_, reject) =>
              signal?.addEventListener('abort', () =>
                reject(new AppError('channel_lost', 502, 'called off')),
              ),
            );
          },
        },
      };
      const first = createCleaner(stopping, 'server');
      await first.start();
      await asked.promise;
      await first.stop();
      expect(await store.sessionCleanups.find(run.sessionId)).toMatchObject({
        failures: 0,
        message: null,
        cleanedAt: null,
      });
      answers.removal = () => removed({ kind: 'gone', tasks: 0 });
      const next = createCleaner(deps, 'server', 20);
      await next.start();
      await expect
        .poll(async () => (await store.sessionCleanups.find(run.sessionId))?.cleanedAt)
        .toBe(clock.time);
      await next.stop();
      expect(await audits()).toMatchObject([{ state: { metadata: { alreadyGone: true } } }]);
    });
  });
});
