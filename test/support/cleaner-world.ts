/** A cleaner with runs to clean up after, a clock that tests move, and a cluster that answers what they say. */
import { expect } from 'vitest';
import type { CleanupPolicy, Removal, RemovalOrder } from '#core/cleanup.ts';
import type { GridConfig } from '#core/grid-config.ts';
import type { Store } from '#core/ports/store.ts';
import type { Run } from '#core/runs.ts';
import { type CleanerDeps, createCleanStep } from '#launcher/cleaner.ts';
import { createRunWriter } from '#launcher/run-writer.ts';
import { addOrganisation, addUser, aRun } from './databases.ts';

export const day = 24 * 3_600_000;
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
export const removed = (patch: Partial<Extract<Removal, { tasks: number }>> = {}): Removal => ({
  kind: 'done',
  tasks: 2,
  left: 0,
  words: '',
  ...patch,
});

export const createCleanerWorld = async (store: Store) => {
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
