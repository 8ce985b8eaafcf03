/** Every situation of a run has its word. */
import { expect, test } from 'vitest';
import { newRun, type Run } from './runs.ts';
import { wesState } from './wes.ts';

const run = newRun({} as Parameters<typeof newRun>[0]);

test.each<[Partial<Run>, string]>([
  [{}, 'QUEUED'],
  [{ phase: 'follow' }, 'QUEUED'],
  [{ phase: 'follow', status: 'RUNNING' }, 'RUNNING'],
  [{ phase: 'follow', status: 'RUNNING', cancelRequestedAt: 1 }, 'CANCELING'],
  [{ phase: 'cancel', status: 'SUBMITTED', cancelRequestedAt: 1 }, 'CANCELING'],
  [{ phase: 'done', status: 'CANCELLED', cancelRequestedAt: 1 }, 'CANCELED'],
  // It ended by itself before it could be stopped.
  [{ phase: 'done', status: 'SUCCEEDED', cancelRequestedAt: 1, exitStatus: 0 }, 'COMPLETE'],
  [{ phase: 'done', status: 'FAILED', exitStatus: 1 }, 'EXECUTOR_ERROR'],
  [{ phase: 'done', status: 'FAILED', exitStatus: null }, 'SYSTEM_ERROR'],
  [{ phase: 'follow', status: 'UNKNOWN' }, 'UNKNOWN'],
])('%j is %s', (given, state) => {
  expect(wesState({ ...run, ...given })).toBe(state);
});
