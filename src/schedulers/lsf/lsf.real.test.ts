/** Everything that this room sends, against an emulated LSF that runs real jobs of real Linux users. */
import { type Emulator, startEmulator } from '#test/support/emulators/engine.ts';
import { conformance } from '#test/support/far-side/conformance.ts';
import { lsf } from './lsf.ts';

const facts = {
  driver: lsf,
  version: /^volclava/,
  hold: '-H',
  // The emulator takes a minute for as long as the description says.
  timeLimit: '-W 1 -Jd limit=2',
  refused: [
    [{ runId: 'r1', config: { headQueue: 'nowhere' } }, /nowhere: No such queue/],
    [{ runId: 'r2', snapshot: { account: 'nobodys' } }, /nobodys: No such project/],
    [{ runId: 'r3', config: { headJobOptions: '-W never' } }, /Bad RUNLIMIT specification/],
  ],
  away: (scheduler: Emulator, work: () => Promise<void>) => scheduler.away(work),
  awayWords: /Slave LIM configuration is not ready yet/,
} satisfies Partial<Parameters<typeof conformance>[1]>;

conformance('LSF (emulated)', { ...facts, start: startEmulator('lsf') });
conformance('LSF without JSON (emulated)', { ...facts, start: startEmulator('lsf-old'), brief: true });
