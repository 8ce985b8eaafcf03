/** When what is removed, and by whose leave: on both databases, with a cluster that answers what the test says. */
import { describe, expect, test } from 'vitest';
import { AppError } from '#core/errors.ts';
import { createCleanerWorld, day, removed } from '#test/support/cleaner-world.ts';
import { aRun, onBothDatabases } from '#test/support/databases.ts';
import { createCleaner, createCleanStep } from './cleaner.ts';

onBothDatabases(({ open }) => {
  const at = async () => createCleanerWorld(await open());
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
      clock.time += 4 * day;
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

    test('a live run holds them, even one that has lived longer than they would', async () => {
      const { store, clock, ended, look, orders, userId } = await at();
      const { sessionId, snapshot } = await ended(remove);
      const going = aRun(userId, { sessionId, createdAt: clock.time, phase: 'follow', status: 'RUNNING' });
      await store.runs.insert({
        ...going,
        snapshot: { ...snapshot, config: { ...snapshot.config, ...remove } },
      });
      clock.time += 40 * day;
      expect(await look()).toBe(true);
      expect(orders).toEqual([]);
      await store.runs.update(going.id, { phase: 'done', completedAt: clock.time }, clock.time);
      clock.time += 7 * day;
      expect(await look()).toBe(true);
      expect(orders).toHaveLength(1);
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
      const minutes: number[] = [];
      for (let tries = 0; tries < 12; tries += 1) {
        expect(await look()).toBe(true);
        const { message, dueAt } = (await store.sessionCleanups.find(run.sessionId)) ?? {};
        expect(message).toBe(
          'Not removed yet, trying again: There is no SSH key of alice on hpc any more: the member must add one',
        );
        minutes.push(((dueAt ?? 0) - clock.time) / 60_000);
        clock.time = dueAt ?? 0;
      }
      expect(minutes).toEqual([5, 10, 20, 40, 80, 160, 320, 640, 1_280, 1_440, 1_440, 1_440]);
      deps.targetFor = there;
      expect(await look()).toBe(true);
      expect(await audits()).toHaveLength(1);
    });

    test('pieces add up; what could not be removed is told', async () => {
      const { store, clock, answers, ended, look, audits } = await at();
      const run = await ended(remove);
      clock.time += 7 * day;
      answers.removal = () => removed({ kind: 'more', tasks: 50 });
      const begun = clock.time;
      for (let pieces = 0; pieces < 3; pieces += 1, clock.time += 1_000) await look();
      expect(await store.sessionCleanups.find(run.sessionId)).toMatchObject({
        cleanedAt: null,
        startedAt: begun,
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
      const { store, clock, deps, orders, ended, look, audits } = await at();
      const run = await ended(remove);
      clock.time += 7 * day;
      const late = await store.sessionCleanups.leaseDue({ owner: 'late', now: clock.now(), leaseMs: 1_000 });
      expect(await look('other')).toBe(false);
      clock.time += 1_001;
      expect(await look('other')).toBe(true);
      if (late) await createCleanStep(deps)(late, new AbortController().signal);
      expect(orders).toHaveLength(1);
      expect(await audits()).toHaveLength(1);
      expect(await store.sessionCleanups.find(run.sessionId)).toMatchObject({ tasksRemoved: 2 });
    });

    test('one that is overtaken while its command runs writes nothing', async () => {
      const { store, clock, deps, ended, look, audits } = await at();
      const { sessionId } = await ended(remove);
      clock.time += 7 * day;
      const slow = await store.sessionCleanups.leaseDue({ owner: 'slow', now: clock.now(), leaseMs: 1_000 });
      const answer = deps.clusters.run;
      deps.clusters = {
        run: async (...words) => {
          deps.clusters = { run: answer };
          clock.time += 1_001;
          expect(await look('other')).toBe(true);
          return answer(...words);
        },
      };
      if (slow) await createCleanStep({ ...deps })(slow, new AbortController().signal);
      expect(await audits()).toHaveLength(1);
      expect(await store.sessionCleanups.find(sessionId)).toMatchObject({ tasksRemoved: 2 });
    });

    test('what a killed server held is free for the next of its name; what one gives up, for all at once', async () => {
      const { store, clock, deps, answers, ended } = await at();
      const { sessionId } = await ended(remove);
      clock.time += 7 * day;
      const lease = (owner: string) =>
        store.sessionCleanups.leaseDue({ owner, now: clock.now(), leaseMs: 60_000 });
      expect(await lease('server')).toBeDefined();
      const asked = Promise.withResolvers<void>();
      answers.removal = () => {
        asked.resolve();
        return { kind: 'unknown', reason: 'the disk sleeps' };
      };
      const next = createCleaner(deps, 'server');
      await next.start();
      await asked.promise;
      await next.stop();
      clock.time = (await store.sessionCleanups.find(sessionId))?.dueAt ?? 0;
      expect(clock.time - 107 * day).toBeLessThan(10 * 60_000);
      expect(await lease('other')).toBeDefined();
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
