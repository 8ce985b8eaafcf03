/** Runs: launch, look, read, cancel, delete. */
import { pageOf } from '#contract/fields.ts';
import * as runs from '#contract/runs.ts';
import { badRequest } from '#core/errors.ts';
import type { RunListQuery } from '#core/ports/run-actions.ts';
import { type RunStatus, runStatuses } from '#core/runs.ts';
import { parseSearch } from '#core/search.ts';
import type { Actions } from '../actions.ts';
import { type Binding, bind } from '../exchange.ts';
import { wireLaunch, wireLog, wireProgress, wireRun, wireRunRow } from '../wire/runs.ts';

const dateOf = (keyword: string, typed: string): number => {
  const time = Date.parse(typed);
  if (Number.isFinite(time)) return time;
  throw badRequest(`search: "${keyword}:${typed}" is not a date; write 2026-01-31 or 2026-01-31T12:00:00Z`);
};

const statusOf = (typed: string): RunStatus => {
  const status = runStatuses.find((known) => known === typed.toUpperCase());
  if (status) return status;
  throw badRequest(`search: "status:${typed}" is none; use ${runStatuses.join(', ').toLowerCase()}`);
};

const runSearch = (search: string | undefined): Omit<RunListQuery, 'max' | 'offset'> => {
  const { text, keywords } = parseSearch(search, ['status', 'username', 'label', 'after', 'before']);
  const statuses = keywords.get('status')?.map(statusOf);
  const [userName] = keywords.get('username') ?? [];
  const labels = keywords.get('label');
  const [after] = keywords.get('after') ?? [];
  const [before] = keywords.get('before') ?? [];
  return {
    ...(text !== undefined && { search: text }),
    ...(statuses && { statuses }),
    ...(userName !== undefined && { userName }),
    ...(labels && { labels }),
    ...(after !== undefined && { after: dateOf('after', after) }),
    ...(before !== undefined && { before: dateOf('before', before) }),
  };
};

export const runHandlers = ({ runs: actions }: Actions): Binding[] => [
  bind(runs.launchWorkflow, ({ caller, scope, body }) => actions.launch(caller, scope, body)),
  bind(runs.listWorkflows, async ({ caller, scope, query }) => {
    const page = pageOf(query);
    const { rows, totalSize } = await actions.list(caller, scope, { ...page, ...runSearch(query.search) });
    return { workflows: rows.map(wireRunRow), totalSize, hasMore: page.offset + rows.length < totalSize };
  }),
  bind(runs.describeWorkflow, async ({ caller, scope, params }) =>
    wireRun(await actions.describe(caller, scope, params.workflowId)),
  ),
  bind(runs.describeWorkflowProgress, async ({ caller, scope, params }) => {
    await actions.describe(caller, scope, params.workflowId);
    return { progress: wireProgress() };
  }),
  bind(runs.describeWorkflowLaunch, async ({ caller, scope, params }) => ({
    launch: wireLaunch(await actions.describe(caller, scope, params.workflowId)),
  })),
  bind(runs.workflowLog, async ({ caller, scope, params, query: { next, maxLength } }) => {
    const page = { ...(next !== undefined && { next }), ...(maxLength !== undefined && { maxLength }) };
    return { log: wireLog(await actions.log(caller, scope, params.workflowId, page)) };
  }),
  bind(runs.downloadWorkflowLog, ({ caller, scope, params, query }) =>
    actions.download(caller, scope, params.workflowId, query.fileName),
  ),
  bind(runs.cancelWorkflow, ({ caller, scope, params }) => actions.cancel(caller, scope, params.workflowId)),
  bind(runs.deleteWorkflow, ({ caller, scope, params, query }) =>
    actions.remove(caller, scope, params.workflowId, { force: query.force ?? false }),
  ),
];
