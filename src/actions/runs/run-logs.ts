/** A run's own files, read on its cluster: the log in pages, any of them as a stream. */
import type { Caller, WorkspaceScope } from '#core/caller.ts';
import { AppError, badRequest, isAppError } from '#core/errors.ts';
import type { RunActions, RunLogPage } from '#core/ports/run-actions.ts';
import type { Store } from '#core/ports/store.ts';
import { type Run, startedByHand } from '#core/runs.ts';
import { whyCleaned } from './cleaned-files.ts';
import type { FileRequest, MemberFiles } from './member-files.ts';
import { findRun } from './runs.ts';

export interface RunLogDeps {
  store: Pick<Store, 'runs' | 'sessionCleanups'>;
  files: MemberFiles;
  /** What people may download of a run; the first is its log. */
  fileNames(runId: string): string[];
}

const labels = ['Console output', 'Nextflow log', 'Timeline'];

export const createRunLogs = ({
  store,
  files,
  fileNames,
}: RunLogDeps): Pick<RunActions, 'log' | 'download'> => {
  const downloads = (run: Run) =>
    fileNames(run.id)
      .slice(0, labels.length)
      .map((fileName, index) => ({ fileName, displayText: labels[index] ?? fileName, saveName: fileName }));

  const request = (run: Run, headDir: string, path: string): FileRequest => ({
    root: headDir,
    allowedRoots: [headDir, ...(run.workDir ? [run.workDir] : [])],
    path,
  });

  /** Without a head job nothing was written that people read, though files of a refused submission may lie there. */
  const placeOf = (run: Run): string | null =>
    run.headJobId === null && run.phase === 'done' ? null : run.headDir;

  const notYet = (run: Run, live: boolean, message: string): RunLogPage => ({
    entries: [],
    forwardToken: live ? '0' : null,
    rewindToken: null,
    pending: live,
    truncated: false,
    message,
    downloads: placeOf(run) && !startedByHand(run) ? downloads(run) : [],
  });

  const find = (caller: Caller, scope: WorkspaceScope, id: string) => findRun(store, caller, scope, id);

  return {
    log: async (caller, scope, id, page) => {
      const run = await find(caller, scope, id);
      const live = run.phase !== 'done';
      if (startedByHand(run))
        return notYet(run, false, 'This run was started by hand: its log lies where Nextflow was started.');
      const headDir = placeOf(run);
      if (headDir === null)
        return notYet(run, live, run.errorMessage ?? 'The head job has not been submitted yet.');
      const cleaned = await whyCleaned(store, run, 'run');
      if (cleaned) return { ...notYet(run, false, cleaned), downloads: [] };
      const [log = ''] = fileNames(run.id);
      try {
        const read = await files.page(run.snapshot, request(run, headDir, log), page, live);
        return { ...read, pending: live, message: null, downloads: downloads(run) };
      } catch (error) {
        if (isAppError(error, 'not_found')) return notYet(run, live, 'The head job has written nothing yet.');
        throw error;
      }
    },
    download: async (caller, scope, id, fileName) => {
      const run = await find(caller, scope, id);
      const names = fileNames(run.id);
      if (!names.includes(fileName)) {
        throw badRequest(
          `fileName: "${fileName.slice(0, 100)}" is none of this run's files: ${names.join(', ')}`,
          {
            field: 'fileName',
          },
        );
      }
      const headDir = placeOf(run);
      if (headDir === null || startedByHand(run))
        throw badRequest('fileName: the run has no files yet', { field: 'fileName' });
      const cleaned = await whyCleaned(store, run, 'run');
      if (cleaned) throw new AppError('not_found', 404, `fileName: ${cleaned}`);
      return files.download(run.snapshot, request(run, headDir, fileName), fileName);
    },
  };
};
