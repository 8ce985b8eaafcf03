/** Stars: everybody marks runs for themselves. */
import type { Clock } from '#core/clock.ts';
import { notFound } from '#core/errors.ts';
import type { RunStarActions } from '#core/ports/run-actions.ts';
import type { Store } from '#core/ports/store.ts';
import { record, runTarget } from '../clusters/cluster-audit.ts';
import { findRun } from './runs.ts';

export interface RunStarDeps {
  store: Pick<Store, 'runs' | 'runStars' | 'transaction'>;
  clock: Clock;
}

export const createRunStarActions = ({ store, clock }: RunStarDeps): RunStarActions => ({
  find: async (caller, scope, id) => {
    const run = await findRun(store, caller, scope, id);
    const starred = await store.runStars.among(caller.userId, [run.id]);
    if (!starred.has(run.id)) throw notFound('star on workflow', id);
  },

  add: (caller, scope, id) =>
    store.transaction(async (tables) => {
      const run = await findRun(tables, caller, scope, id);
      const now = clock.now();
      if (await tables.runStars.add(caller.userId, run.id, now))
        await record(tables, now, caller, 'workflow_starred', runTarget(run));
    }),

  remove: (caller, scope, id) =>
    store.transaction(async (tables) => {
      const run = await findRun(tables, caller, scope, id);
      if (await tables.runStars.remove(caller.userId, run.id))
        await record(tables, clock.now(), caller, 'workflow_unstarred', runTarget(run));
    }),
});
