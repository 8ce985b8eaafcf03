/** Tasks of a run: lists, one of them, what processes used, what a task has written. */
import { pageOf } from '#contract/fields.ts';
import * as tasks from '#contract/tasks.ts';
import { badRequest } from '#core/errors.ts';
import type { TaskQuery } from '#core/ports/task-store.ts';
import { parseSearch } from '#core/search.ts';
import { type TaskStatus, taskStatuses } from '#core/tasks.ts';
import type { Actions } from '../actions.ts';
import { type Binding, bind } from '../exchange.ts';
import { wireLog } from '../wire/runs.ts';
import { wireMetrics, wireTask } from '../wire/tasks.ts';

const statusOf = (typed: string): TaskStatus => {
  const status = taskStatuses.find((known) => known === typed.toUpperCase());
  if (status) return status;
  throw badRequest(`search: "status:${typed}" is none; use ${taskStatuses.join(', ').toLowerCase()}`);
};

const taskSearch = (search: string | undefined): Omit<TaskQuery, 'max' | 'offset'> => {
  const { text, keywords } = parseSearch(search, ['status', 'process']);
  return {
    search: text,
    statuses: keywords.get('status')?.map(statusOf),
    process: keywords.get('process')?.[0],
  };
};

export const taskHandlers = ({ tasks: actions }: Pick<Actions, 'tasks'>): Binding[] => [
  bind(tasks.listWorkflowTasks, async ({ caller, scope, params, query }) => {
    const { rows, totalSize } = await actions.list(caller, scope, params.workflowId, {
      ...pageOf(query),
      ...taskSearch(query.search),
      sortBy: query.sortBy,
      descending: query.sortDir === 'desc',
    });
    return { tasks: rows.map((row) => ({ task: wireTask(row) })), total: totalSize };
  }),
  bind(tasks.describeWorkflowTask, async ({ caller, scope, params: { workflowId, taskId } }) => ({
    task: wireTask(await actions.describe(caller, scope, workflowId, taskId)),
  })),
  bind(tasks.describeWorkflowMetrics, async ({ caller, scope, params }) => ({
    metrics: wireMetrics(await actions.metrics(caller, scope, params.workflowId)),
  })),
  bind(tasks.workflowTaskLog, async ({ caller, scope, params: { workflowId, taskId }, query }) => {
    const { next, maxLength } = query;
    const page = { ...(next !== undefined && { next }), ...(maxLength !== undefined && { maxLength }) };
    return { log: wireLog(await actions.log(caller, scope, workflowId, taskId, page)) };
  }),
  bind(tasks.downloadWorkflowTaskLog, ({ caller, scope, params: { workflowId, taskId }, query }) =>
    actions.download(caller, scope, workflowId, taskId, query.fileName),
  ),
];
