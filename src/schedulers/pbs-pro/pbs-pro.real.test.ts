/** Everything that this room sends, against an emulated OpenPBS that runs real jobs of real Linux users. */
import { type Emulator, startEmulator } from '#test/support/emulators/engine.ts';
import { conformance } from '#test/support/far-side/conformance.ts';
import { pbsPro } from './pbs-pro.ts';

const facts = {
  driver: pbsPro,
  hold: '-h',
  timeLimit: '-l walltime=1',
  refused: [
    [{ runId: 'r1', config: { headQueue: 'nowhere' } }, /Unknown queue/],
    [{ runId: 'r2', config: { headJobOptions: '-l foo=1' } }, /Unknown resource Resource_List\.foo/],
    [{ runId: 'r3', config: { headJobOptions: '-l walltime=never' } }, /Illegal attribute or resource value/],
  ],
  away: (scheduler: Emulator, work: () => Promise<void>) => scheduler.away(work),
} satisfies Partial<Parameters<typeof conformance>[1]>;

conformance('PBS Professional (emulated)', { ...facts, start: startEmulator('pbs'), version: /^PBS 23\./ });
conformance('PBS Professional before 13 (emulated)', {
  ...facts,
  start: startEmulator('pbs-old'),
  version: /^PBS .*12\./,
  brief: true,
});
conformance('PBS without a history (emulated)', {
  ...facts,
  start: startEmulator('pbs-forgetful'),
  version: /^PBS .*12\./,
  forgets: true,
  brief: true,
});
