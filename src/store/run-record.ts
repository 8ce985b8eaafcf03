/** From a row of the table of runs to the record. */
import type { Selectable } from 'kysely';
import type { Run } from '#core/runs.ts';
import { type Database } from './tables.ts';

export const toRun = (row: Selectable<Database['runs']>): Run => {
  const {
    credential: _c,
    identityId: _i,
    searchText: _s,
    leaseOwner: _o,
    leaseUntil: _u,
    hiddenAt: _h,
    ...run
  } = row;
  return {
    ...run,
    launch: JSON.parse(run.launch),
    pipeline: run.pipeline === null ? null : JSON.parse(run.pipeline),
    snapshot: JSON.parse(run.snapshot),
    messages: JSON.parse(run.messages),
    facts: JSON.parse(run.facts),
  };
};
