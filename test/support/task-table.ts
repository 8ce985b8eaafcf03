/** Tasks in memory, as far as the launcher asks for them. */
import type { Store } from '#core/ports/store.ts';
import { nothingReported } from '#core/progress.ts';
import { mergeTask } from '#core/task-merging.ts';
import { hasTaskEnded, type TaskRecord } from '#core/tasks.ts';

type Asked = 'report' | 'closeAll' | 'numbersOf' | 'nameProcesses' | 'progress';

export const taskTable = (
  fenceOf: (runId: string) => number | undefined,
  lastReportAt: () => number | null,
) => {
  const told = new Map<string, Map<number, TaskRecord>>();
  const tasksOf = (runId: string) => {
    const known = told.get(runId) ?? new Map<number, TaskRecord>();
    told.set(runId, known);
    return known;
  };
  const tasks: Pick<Store['tasks'], Asked> = {
    report: async (runId, { source, reports, fence }) => {
      if (fence !== fenceOf(runId)) return false;
      if ('taskIds' in reports) throw new Error('Nobody in the launcher reports in lists');
      for (const each of reports)
        tasksOf(runId).set(each.taskId, mergeTask(tasksOf(runId).get(each.taskId), each, source));
      return true;
    },
    closeAll: async (runId) => {
      for (const task of tasksOf(runId).values()) if (!hasTaskEnded(task.status)) task.status = 'ABORTED';
    },
    numbersOf: async (runId, hashes, among) =>
      new Map(
        [...tasksOf(runId).values()].flatMap(({ hash, taskId, status }) =>
          hash !== null && hashes.includes(hash) && (among === 'all' || !hasTaskEnded(status))
            ? [[hash, taskId]]
            : [],
        ),
      ),
    nameProcesses: async () => undefined,
    progress: async () => {
      const nothing = nothingReported();
      return { ...nothing, workflow: { ...nothing.workflow, lastReportAt: lastReportAt() } };
    },
  };
  return { tasks, tasksOf };
};
