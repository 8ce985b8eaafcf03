/** Labels of a workspace, and putting them onto runs. */
import { z } from 'zod';
import { flag, id, idOrZero, line, moment, number, optional, paging, search, textId } from '../fields.ts';
import { defineRoute } from '../route.ts';
import { workspaceQuery } from '../scopes.ts';

export const label = z.object({
  id: number,
  name: z.string(),
  value: z.string().optional(),
  resource: z.boolean(),
  isDefault: z.boolean().optional(),
  /** The value holds variables, which a run fills in … */
  isDynamic: z.boolean().optional(),
  /** … and this one has been filled in. */
  isInterpolated: z.boolean().optional(),
  dateCreated: moment.optional(),
});

/** What a new thing is to carry. */
export const labelIds = optional(z.array(id).max(100));

const labelParams = z.object({ labelId: idOrZero });
const name = line(200);
const value = optional(line(400));
const isDefault = optional(flag);

export const listLabels = defineRoute({
  operationId: 'ListLabels',
  method: 'GET',
  path: '/labels',
  summary: 'Labels by name; an exact match of `search` comes first',
  permission: 'workspace:read',
  scope: 'workspace',
  query: workspaceQuery.extend({
    ...paging,
    search,
    type: optional(z.enum(['simple', 'resource', 'all'])),
    isDefault,
  }),
  response: { 200: z.object({ labels: z.array(label), totalSize: number }) },
});

export const createLabel = defineRoute({
  operationId: 'CreateLabel',
  method: 'POST',
  path: '/labels',
  summary: 'Makes a plain label, or a resource label with a value',
  permission: 'pipeline_label:write',
  scope: 'workspace',
  query: workspaceQuery,
  body: z.object({ name, value, resource: optional(flag), isDefault }),
  response: { 200: label },
});

export const allowedDynamicLabels = defineRoute({
  operationId: 'GetAllowedDynamicLabels',
  method: 'GET',
  path: '/labels/dynamic/allowed',
  summary: 'Variables that the value of a resource label may hold',
  permission: 'signed-in',
  scope: 'user',
  response: { 200: z.object({ values: z.array(z.string()) }) },
});

export const updateLabel = defineRoute({
  operationId: 'UpdateLabel',
  method: 'PUT',
  path: '/labels/{labelId}',
  summary: 'Changes a label, wherever it is',
  permission: 'pipeline_label:write',
  scope: 'label',
  params: labelParams,
  query: workspaceQuery,
  body: z.object({ name: optional(name), value, isDefault }),
  response: { 200: label },
});

export const deleteLabel = defineRoute({
  operationId: 'DeleteLabel',
  method: 'DELETE',
  path: '/labels/{labelId}',
  summary: 'Deletes a label, and takes it from whatever carries it',
  permission: 'pipeline_label:write',
  scope: 'label',
  params: labelParams,
  query: workspaceQuery,
  response: { 204: null },
});

const many = <Id extends z.ZodType>(one: Id) => z.array(one).min(1, 'must name at least one').max(500);

const bulk = {
  method: 'POST',
  scope: 'workspace',
  query: workspaceQuery,
  response: { 204: null },
  extension: true,
} as const;
const labelNumbers = z.array(id).max(100);

const runLabels = {
  ...bulk,
  permission: 'workflow_label:write',
  body: z.object({ workflowIds: many(textId), labelIds: labelNumbers }),
} as const;

const pipelineLabels = {
  ...bulk,
  permission: 'pipeline_label:write',
  body: z.object({ pipelineIds: many(id), labelIds: labelNumbers }),
} as const;

export const applyRunLabels = defineRoute({
  ...runLabels,
  operationId: 'ApplyLabelsToWorkflows',
  path: '/workflow/labels/apply',
  summary: 'Gives runs these labels and no others',
});

export const addRunLabels = defineRoute({
  ...runLabels,
  operationId: 'AddLabelsToWorkflows',
  path: '/workflow/labels/add',
  summary: 'Gives runs these labels too',
});

export const removeRunLabels = defineRoute({
  ...runLabels,
  operationId: 'RemoveLabelsFromWorkflows',
  path: '/workflow/labels/remove',
  summary: 'Takes these labels from runs',
});

export const applyPipelineLabels = defineRoute({
  ...pipelineLabels,
  operationId: 'ApplyLabelsToPipelines',
  path: '/pipelines/labels/apply',
  summary: 'Gives pipelines these labels and no others',
});

export const addPipelineLabels = defineRoute({
  ...pipelineLabels,
  operationId: 'AddLabelsToPipelines',
  path: '/pipelines/labels/add',
  summary: 'Gives pipelines these labels too',
});

export const removePipelineLabels = defineRoute({
  ...pipelineLabels,
  operationId: 'RemoveLabelsFromPipelines',
  path: '/pipelines/labels/remove',
  summary: 'Takes these labels from pipelines',
});
