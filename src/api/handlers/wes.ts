/** GA4GH's Workflow Execution Service, on the same runs and tasks. */
import * as wes from '#contract/wes.ts';
import { badRequest } from '#core/errors.ts';
import type { Actions, ApiSettings } from '../actions.ts';
import { type Binding, bind } from '../exchange.ts';
import {
  pageToken,
  readPageToken,
  wireWesRun,
  wireWesService,
  wireWesStatus,
  wireWesTask,
} from '../wire/wes.ts';

const defaultPage = 100;
/** More are read page by page. */
const mostTasks = 1_000;

const badToken = () => badRequest('page_token: must be the next_page_token of a page before');

const olderThan = (token: string | undefined) => {
  if (!token) return {};
  const last = readPageToken(token);
  if (!last) throw badToken();
  return { olderThan: last };
};

/** Tasks are numbered in the order they came: their place is token enough. */
const offsetOf = (token: string | undefined): number => {
  if (token && !/^\d{1,9}$/.test(token)) throw badToken();
  return Number(token ?? 0);
};

export const wesHandlers = (
  { access, runs, tasks }: Pick<Actions, 'access' | 'runs' | 'tasks'>,
  settings: ApiSettings,
): Binding[] => [
  bind(wes.wesServiceInfo, async ({ caller, scope }) =>
    wireWesService(settings, await runs.count(caller, scope)),
  ),
  bind(wes.wesListRuns, async ({ caller, scope, query: { page_size: max = defaultPage, page_token } }) => {
    const only = olderThan(page_token);
    const found = await runs.list(caller, scope, { max, offset: 0, ...only, includeTotalSize: false });
    const last = found.rows.at(-1);
    return {
      runs: found.rows.map(({ run }) => wireWesStatus(run)),
      next_page_token: found.hasMore && last ? pageToken(last.run) : '',
    };
  }),
  bind(wes.wesSubmitRun, async ({ caller, scope: asked, query, body: { workspaceId, launch } }) => {
    if (workspaceId !== undefined && query.workspaceId !== undefined && workspaceId !== query.workspaceId)
      throw badRequest('workflow_engine_parameters.workspaceId: the address names another workspace');
    const scope =
      workspaceId === undefined
        ? asked
        : await access.workspaceScope(caller, 'workflow:execute', 'workspace', { workspaceId });
    return { run_id: (await runs.launch(caller, scope, launch)).workflowId };
  }),
  bind(wes.wesDescribeRun, async ({ caller, scope, params: { run_id } }) => {
    const found = await runs.describe(caller, scope, run_id);
    const { rows } = await tasks.list(caller, scope, run_id, { max: mostTasks, offset: 0 });
    return wireWesRun(settings, found, rows);
  }),
  bind(wes.wesRunStatus, async ({ caller, scope, params: { run_id } }) =>
    wireWesStatus((await runs.describe(caller, scope, run_id)).run),
  ),
  bind(wes.wesCancelRun, async ({ caller, scope, params: { run_id } }) => {
    await runs.cancel(caller, scope, run_id);
    return { run_id };
  }),
  bind(wes.wesListTasks, async ({ caller, scope, params: { run_id }, query }) => {
    const { page_size: max = defaultPage, page_token } = query;
    const offset = offsetOf(page_token);
    const { run } = await runs.describe(caller, scope, run_id);
    const { rows, totalSize } = await tasks.list(caller, scope, run_id, { max, offset });
    const next = offset + rows.length;
    return {
      task_logs: rows.map((task) => wireWesTask(settings, run, task)),
      next_page_token: next < totalSize ? String(next) : '',
    };
  }),
  bind(wes.wesDescribeTask, async ({ caller, scope, params: { run_id, task_id } }) => {
    const { run } = await runs.describe(caller, scope, run_id);
    return wireWesTask(settings, run, await tasks.describe(caller, scope, run_id, task_id));
  }),
];
