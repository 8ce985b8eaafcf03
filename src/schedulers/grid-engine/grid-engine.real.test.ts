/** Everything that this room sends, against a real Grid Engine. */
import { conformance } from '#test/support/far-side/conformance.ts';
import { startGridEngine } from '#test/support/grid-engine.ts';
import { gridEngine } from './grid-engine.ts';

conformance('Grid Engine', {
  driver: gridEngine,
  start: startGridEngine,
  version: /^SGE 8\./,
  hold: '-h',
  timeLimit: '-l h_rt=2',
  refused: [
    [{ runId: 'r1', config: { headQueue: 'nowhere' } }, /unknown queue "nowhere"/],
    [{ runId: 'r2', snapshot: { account: 'nobodys' } }, /project "nobodys" does not exist/],
    [{ runId: 'r3', config: { headJobOptions: '-l nosuch=1' } }, /unknown resource "nosuch"/],
    [{ runId: 'r4', config: { headJobOptions: '-pe nowhere 2' } }, /parallel environment "nowhere"/],
  ],
  away: async (scheduler, work) => {
    await scheduler.stopMaster();
    try {
      await work();
    } finally {
      await scheduler.startMaster();
    }
  },
});
