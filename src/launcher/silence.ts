/**
 * Reconciler of phase `report`: a run that somebody started by hand is known from its own reports alone. Silence is no
 * end: a laptop sleeps, a network is down, and Nextflow goes on. So people are told since when, and only after days the
 * run is closed; should it speak again, it lives again.
 */
import { type Run, silentAfterMs } from '#core/runs.ts';
import type { LauncherDeps } from './deps.ts';
import type { RunWriter } from './run-writer.ts';

/** A weekend and a night: nobody mends a network on Sunday. */
const lostAfterMs = 72 * 3_600_000;

export const createSilenceStep =
  ({ store, clock }: Pick<LauncherDeps, 'store' | 'clock'>, writer: RunWriter) =>
  async (run: Run): Promise<void> => {
    const { workflow } = await store.tasks.progress(run.id);
    const heardAt = workflow.lastReportAt ?? run.createdAt;
    const silentFor = clock.now() - heardAt;
    const since = new Date(heardAt).toISOString();
    if (silentFor < silentAfterMs) {
      await writer.write(run, { dueAt: heardAt + silentAfterMs });
    } else if (silentFor < lostAfterMs) {
      await writer.write(run, {
        status: 'UNKNOWN',
        messages: [`Nextflow has not reported since ${since}. It was started by hand: look where it runs.`],
        dueAt: heardAt + lostAfterMs,
      });
    } else {
      await writer.end(run, {
        status: 'FAILED',
        exitStatus: null,
        errorMessage: `Nextflow has not reported since ${since}: how this run, which was started by hand, ended is not known.`,
        errorReport: null,
      });
    }
  };
