/** Everything that this room sends, against an emulated Moab that runs real jobs of real Linux users. */
import { startEmulator } from '#test/support/emulators/engine.ts';
import { conformance } from '#test/support/far-side/conformance.ts';
import { moab } from './moab.ts';

conformance('Moab (emulated)', {
  driver: moab,
  start: startEmulator('moab'),
  version: /moab/,
  hold: '-h',
  timeLimit: '-l walltime=1',
  refused: [
    [{ runId: 'r1', config: { headQueue: 'nowhere' } }, /cannot locate specified class 'nowhere'/],
    [{ runId: 'r2', snapshot: { account: 'nobodys' } }, /invalid account requested/],
    [{ runId: 'r3', config: { headJobOptions: '-l walltime=never' } }, /invalid walltime/],
  ],
  away: (scheduler, work) => scheduler.away(work),
});
