/** Everything that this room sends, against an emulated OpenPBS that runs real jobs of real Linux users. */
import { startEmulator } from '#test/support/emulators/engine.ts';
import { conformance } from '#test/support/far-side/conformance.ts';
import { pbsPro } from './pbs-pro.ts';

conformance('PBS Professional (emulated)', {
  driver: pbsPro,
  start: startEmulator('pbs'),
  version: /^PBS 23\./,
  hold: '-h',
  timeLimit: '-l walltime=2',
  refused: [
    [{ runId: 'r1', config: { headQueue: 'nowhere' } }, /Unknown queue/],
    [{ runId: 'r2', config: { headJobOptions: '-l foo=1' } }, /Unknown resource Resource_List\.foo/],
    [{ runId: 'r3', config: { headJobOptions: '-l walltime=never' } }, /Illegal attribute or resource value/],
  ],
  away: (scheduler, work) => scheduler.away(work),
});
