/** Everything that this room sends, against an emulated LSF that runs real jobs of real Linux users. */
import { startEmulator } from '#test/support/emulators/engine.ts';
import { conformance } from '#test/support/far-side/conformance.ts';
import { lsf } from './lsf.ts';

conformance('LSF (emulated)', {
  driver: lsf,
  start: startEmulator('lsf'),
  version: /^volclava/,
  hold: '-H',
  // The emulator takes a minute for as long as the description says.
  timeLimit: '-W 1 -Jd limit=2',
  refused: [
    [{ runId: 'r1', config: { headQueue: 'nowhere' } }, /nowhere: No such queue/],
    [{ runId: 'r2', snapshot: { account: 'nobodys' } }, /nobodys: No such project/],
    [{ runId: 'r3', config: { headJobOptions: '-W never' } }, /Bad RUNLIMIT specification/],
  ],
  away: (scheduler, work) => scheduler.away(work),
});
