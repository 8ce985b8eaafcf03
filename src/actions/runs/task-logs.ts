/**
 * What a task has written, read in its own directory on the run's cluster. That directory is what somebody reported:
 * it is believed only where it lies, links resolved, in the work directory that the run was submitted with.
 */
import { AppError, badRequest, isAppError } from '#core/errors.ts';
import type { RunLogPage } from '#core/ports/run-actions.ts';
import type { Store } from '#core/ports/store.ts';
import type { TaskActions } from '#core/ports/task-actions.ts';
import { type Run, startedByHand } from '#core/runs.ts';
import { hasTaskEnded, type TaskRecord } from '#core/tasks.ts';
import { whyCleaned } from './cleaned-files.ts';
import type { FileRequest, MemberFiles } from './member-files.ts';

/** The first two that exist are the log; schedulers write the one that holds both streams. */
const logFiles = ['.command.log', '.command.out'];

const downloads = [
  { fileName: '.command.out', displayText: 'Standard output' },
  { fileName: '.command.err', displayText: 'Standard error' },
  { fileName: '.command.log', displayText: 'Log' },
];
const fileNames = [...downloads.map(({ fileName }) => fileName), '.command.sh', '.command.run', '.exitcode'];

const saveName = (task: TaskRecord, fileName: string): string => `task-${task.taskId}${fileName}`;

const request = (run: Run, task: TaskRecord, path: string): FileRequest | undefined =>
  run.workDir !== null && !startedByHand(run) && task.workdir?.startsWith('/')
    ? { root: task.workdir, allowedRoots: [run.workDir], path }
    : undefined;

export interface TaskLogDeps {
  store: Pick<Store, 'sessionCleanups'>;
  files: MemberFiles;
  /** The run and its task, if both lie within the caller's walls. @throws AppError 404 */
  find(...where: Parameters<TaskActions['describe']>): Promise<{ run: Run; task: TaskRecord }>;
}

export const createTaskLogs = ({
  store,
  files,
  find,
}: TaskLogDeps): Pick<TaskActions, 'log' | 'download'> => {
  const empty = (live: boolean, message: string): RunLogPage => ({
    entries: [],
    forwardToken: live ? '0' : null,
    rewindToken: null,
    pending: live,
    truncated: false,
    message,
    downloads: [],
  });

  return {
    log: async (caller, scope, runId, taskId, page) => {
      const { run, task } = await find(caller, scope, runId, taskId);
      const live = run.phase !== 'done' && !hasTaskEnded(task.status);
      if (startedByHand(run))
        return empty(
          false,
          `This run was started by hand: its files lie in ${task.workdir ?? 'a directory'} where it runs.`,
        );
      const cleaned = await whyCleaned(store, run, 'task');
      if (cleaned) return empty(false, cleaned);
      for (const name of logFiles) {
        const file = request(run, task, name);
        if (!file) return empty(live, 'Nothing is known yet of the directory of this task.');
        try {
          const read = await files.page(run.snapshot, file, page, live);
          return {
            ...read,
            pending: live,
            message: null,
            downloads: downloads.map((one) => ({ ...one, saveName: saveName(task, one.fileName) })),
          };
        } catch (error) {
          if (!isAppError(error, 'not_found')) throw error;
        }
      }
      return empty(
        live,
        live ? 'The task has written nothing yet.' : `There is no log in ${task.workdir} (any more).`,
      );
    },

    download: async (caller, scope, runId, taskId, fileName) => {
      if (!fileNames.includes(fileName))
        throw badRequest(
          `fileName: "${fileName.slice(0, 100)}" is none of a task's files: ${fileNames.join(', ')}`,
          { field: 'fileName' },
        );
      const { run, task } = await find(caller, scope, runId, taskId);
      const file = request(run, task, fileName);
      if (!file) throw badRequest('fileName: the task has no files yet', { field: 'fileName' });
      const cleaned = await whyCleaned(store, run, 'task');
      if (cleaned) throw new AppError('not_found', 404, `fileName: ${cleaned}`);
      return files.download(run.snapshot, file, saveName(task, fileName));
    },
  };
};
