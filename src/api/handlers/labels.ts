/** Labels, and putting them onto what a workspace holds. */
import { pageOf } from '#contract/fields.ts';
import * as labels from '#contract/pipelines/labels.ts';
import { labelVariables } from '#core/labels.ts';
import type { Actions } from '../actions.ts';
import { type Binding, bind } from '../exchange.ts';
import { wireLabel } from '../wire/labels.ts';

export const labelHandlers = ({ labels: actions }: Actions): Binding[] => [
  bind(labels.listLabels, async ({ caller, scope, query: { workspaceId: _, ...query } }) => {
    const { rows, totalSize } = await actions.list(caller, scope, { ...query, ...pageOf(query) });
    return { labels: rows.map(wireLabel), totalSize };
  }),
  bind(labels.createLabel, async ({ caller, scope, body }) =>
    wireLabel(await actions.create(caller, scope, body)),
  ),
  bind(labels.allowedDynamicLabels, () => ({ values: [...labelVariables] })),
  bind(labels.updateLabel, async ({ caller, scope, params, body }) =>
    wireLabel(await actions.update(caller, scope, params.labelId, body)),
  ),
  bind(labels.deleteLabel, ({ caller, scope, params }) => actions.remove(caller, scope, params.labelId)),

  bind(labels.applyRunLabels, ({ caller, scope, body: { workflowIds: ids, labelIds } }) =>
    actions.change(caller, scope, 'run', 'apply', { ids, labelIds }),
  ),
  bind(labels.addRunLabels, ({ caller, scope, body: { workflowIds: ids, labelIds } }) =>
    actions.change(caller, scope, 'run', 'add', { ids, labelIds }),
  ),
  bind(labels.removeRunLabels, ({ caller, scope, body: { workflowIds: ids, labelIds } }) =>
    actions.change(caller, scope, 'run', 'remove', { ids, labelIds }),
  ),
  bind(labels.applyPipelineLabels, ({ caller, scope, body: { pipelineIds: ids, labelIds } }) =>
    actions.change(caller, scope, 'pipeline', 'apply', { ids, labelIds }),
  ),
  bind(labels.addPipelineLabels, ({ caller, scope, body: { pipelineIds: ids, labelIds } }) =>
    actions.change(caller, scope, 'pipeline', 'add', { ids, labelIds }),
  ),
  bind(labels.removePipelineLabels, ({ caller, scope, body: { pipelineIds: ids, labelIds } }) =>
    actions.change(caller, scope, 'pipeline', 'remove', { ids, labelIds }),
  ),
];
