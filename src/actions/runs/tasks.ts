/** Tasks of a run, for whoever may see the run. */
import { notFound } from '#core/errors.ts';
import { metricsOf } from '#core/metrics.ts';
import type { Store } from '#core/ports/store.ts';
import type { TaskActions } from '#core/ports/task-actions.ts';
import type { MemberFiles } from './member-files.ts';
import { findRun } from './runs.ts';
import { createTaskLogs, type TaskLogDeps } from './task-logs.ts';

export interface TaskDeps {
  store: Pick<Store, 'runs' | 'runReports' | 'tasks' | 'sessionCleanups'>;
  files: MemberFiles;
}

export const createTaskActions = ({ store, files }: TaskDeps): TaskActions => {
  const find: TaskLogDeps['find'] = async (caller, scope, runId, taskId) => {
    const run = await findRun(store, caller, scope, runId);
    const task = await store.tasks.find(runId, taskId);
    if (!task) throw notFound('task', taskId);
    return { run, task };
  };

  return {
    list: async (caller, scope, runId, query) => {
      await findRun(store, caller, scope, runId);
      return store.tasks.list(runId, query);
    },
    describe: async (...where) => (await find(...where)).task,
    metrics: async (caller, scope, runId) => {
      await findRun(store, caller, scope, runId);
      const report = await store.runReports.find(runId);
      return report?.metrics ?? metricsOf(await store.tasks.measured(runId));
    },
    ...createTaskLogs({ store, files, find }),
  };
};
