/** The datasets of a run go to its cluster before its submission: compute nodes cannot fetch them here. */
import { pieceBytes, type RunDataset } from '#core/datasets.ts';
import { AppError, conflict } from '#core/errors.ts';
import type { ClusterTarget } from '#core/ports/cluster-access.ts';
import type { Run, RunPatch } from '#core/runs.ts';
import type { LauncherDeps } from './deps.ts';

type Place = Pick<RunPatch, 'headDir' | 'workDir'>;

/**
 * One piece at a time is in memory. `begun` is told where the run's files lie, as soon as there may be any.
 * @throws AppError: what refuses for good is a conflict, the rest may be tried again
 */
export const createDatasets = ({ clusters, datasets }: Pick<LauncherDeps, 'clusters' | 'datasets'>) => {
  const place = async (
    run: Run,
    target: ClusterTarget,
    dataset: RunDataset,
    begun: (left: Place) => Promise<unknown>,
  ): Promise<void> => {
    const last = Math.ceil(dataset.size / pieceBytes) - 1;
    for (let part = 0; part <= last; part += 1) {
      const content = await datasets.piece(dataset.upload, part);
      if (!content)
        throw conflict(`A dataset of this run was deleted before it could be submitted: ${dataset.url}`);
      const command = datasets.command(run, dataset, { content, part, last });
      const answer = datasets.parse(await clusters.run(target, { ...command, kind: 'place' }));
      if (answer.left) await begun(answer.left);
      if (answer.kind === 'placed') return;
      if (answer.kind === 'refused') throw conflict(answer.reason);
      if (answer.kind === 'unknown') throw new AppError('unavailable', 503, answer.reason);
    }
    throw new AppError('unavailable', 503, `The dataset ${dataset.url} is not in its place yet`);
  };

  return async (run: Run, target: ClusterTarget, begun: (left: Place) => Promise<unknown>): Promise<void> => {
    for (const dataset of run.snapshot.datasets ?? []) await place(run, target, dataset, begun);
  };
};
