/** Runs: launch, look, read, cancel, delete. */
import { pageOf } from '#contract/fields.ts';
import * as names from '#contract/run-names.ts';
import * as stars from '#contract/run-stars.ts';
import * as runs from '#contract/runs.ts';
import type { Actions } from '../actions.ts';
import { type Binding, bind } from '../exchange.ts';
import { wireLaunch, wireLog, wireRun, wireRunRow } from '../wire/runs.ts';
import { wireProgress } from '../wire/tasks.ts';
import { runSearch } from './run-search.ts';

export const runHandlers = ({ runs: actions, runNames, runStars }: Actions): Binding[] => [
  bind(runs.launchWorkflow, ({ caller, scope, body, query: { sourceWorkspaceId } }) =>
    actions.launch(caller, scope, { ...body, ...(sourceWorkspaceId && { sourceWorkspaceId }) }),
  ),
  bind(runs.listWorkflows, async ({ caller, scope, query }) => {
    const { rows, ...rest } = await actions.list(caller, scope, {
      ...pageOf(query),
      ...runSearch(query.search),
      includeTotalSize: query.includeTotalSize ?? true,
    });
    return { workflows: rows.map(wireRunRow), ...rest };
  }),
  bind(runs.describeWorkflow, async ({ caller, scope, params }) =>
    wireRun(await actions.describe(caller, scope, params.workflowId)),
  ),
  bind(runs.describeWorkflowProgress, async ({ caller, scope, params }) => {
    const { progress } = await actions.describe(caller, scope, params.workflowId);
    return { progress: wireProgress(progress) };
  }),
  bind(runs.describeWorkflowLaunch, async ({ caller, scope, params }) => ({
    launch: wireLaunch(await actions.describe(caller, scope, params.workflowId), caller),
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
  bind(runs.deleteWorkflows, async ({ caller, scope, body, query }) => ({
    failedWorkflowIds: await actions.removeMany(caller, scope, body.workflowIds, {
      force: query.force ?? false,
    }),
  })),
  bind(runs.updateWorkflow, async ({ caller, scope, params: { workflowId }, body }) => {
    if (body.runName !== undefined) await actions.rename(caller, scope, workflowId, body.runName);
    return wireRun(await actions.describe(caller, scope, workflowId));
  }),

  bind(names.randomWorkflowName, () => ({ name: runNames.random() })),
  bind(names.validateWorkflowConstraints, ({ caller, query }) => runNames.validate(caller, query)),

  bind(stars.describeWorkflowStar, async ({ caller, scope, params: { workflowId } }) => {
    await runStars.find(caller, scope, workflowId);
    return { workflowId };
  }),
  bind(stars.createWorkflowStar, async ({ caller, scope, params: { workflowId } }) => {
    await runStars.add(caller, scope, workflowId);
    return { workflowId };
  }),
  bind(stars.deleteWorkflowStar, async ({ caller, scope, params: { workflowId } }) => {
    await runStars.remove(caller, scope, workflowId);
    return { workflowId };
  }),
];
