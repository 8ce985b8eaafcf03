/** Saved pipelines. */
import { z } from 'zod';
import type { SavedLaunchInput } from '#core/ports/pipeline-actions.ts';
import {
  attributes,
  flag,
  idOrZero,
  line,
  name,
  number,
  optional,
  paging,
  script,
  search,
  text,
  whole,
} from '../fields.ts';
import { nameQuery } from '../people/organisations.ts';
import { defineRoute } from '../route.ts';
import { launchFields } from '../runs.ts';
import { pipelineParams, sourceQuery, versionQuery, workspaceQuery } from '../scopes.ts';
import { launchRecord, pipeline } from './answers.ts';
import { labelIds } from './labels.ts';

const description = text(4000);
const icon = line(500);

/**
 * What a saved pipeline keeps of a launch. Fields that one client does not know and so never sends back stay as they
 * are when it changes the others, unless they are null.
 */
export const savedLaunch = launchFields
  .extend({
    outputDir: optional(line(4096).nullable()),
    towerConfig: optional(script.nullable()),
    syntaxParser: optional(z.enum(['v1', 'v2']).nullable()),
    headJobCpus: optional(whole(1, 4096).nullable()),
    headJobMemoryMb: optional(whole(1, 100_000_000).nullable()),
  })
  .transform(({ runName, resume, sessionId, labelIds: _, id, ...saved }): SavedLaunchInput => saved);

export const kept = ['outputDir', 'towerConfig', 'syntaxParser', 'headJobCpus', 'headJobMemoryMb'] as const;

export const pipelinePatch = z.object({
  name: optional(name(100)),
  description: optional(description.nullable()),
  icon: optional(icon.nullable()),
  labelIds,
  launch: optional(savedLaunch),
});

export const listPipelines = defineRoute({
  operationId: 'ListPipelines',
  method: 'GET',
  path: '/pipelines',
  summary: 'Saved pipelines; search `label:`, `user:`, `"exact name"` and free text',
  permission: 'pipeline:read',
  scope: 'workspace',
  query: workspaceQuery.extend({
    ...paging,
    search,
    attributes,
    sortBy: optional(z.enum(['CREATED', 'MODIFIED', 'NAME'])),
    sortDir: optional(z.enum(['ASCENDING', 'DESCENDING'])),
    visibility: optional(z.enum(['private', 'shared', 'all'])),
  }),
  response: { 200: z.object({ pipelines: z.array(pipeline), totalSize: number }) },
});

export const createPipeline = defineRoute({
  operationId: 'CreatePipeline',
  method: 'POST',
  path: '/pipelines',
  summary: 'Saves a pipeline with its first version',
  permission: 'pipeline:write',
  scope: 'workspace',
  query: workspaceQuery,
  body: z.object({
    name: name(100),
    description: optional(description),
    icon: optional(icon),
    labelIds,
    version: optional(z.object({ name: optional(line(100)) })),
    launch: savedLaunch,
  }),
  response: { 200: z.object({ pipeline }) },
});

export const validatePipelineName = defineRoute({
  operationId: 'ValidatePipelineName',
  method: 'GET',
  path: '/pipelines/validate',
  summary: 'Whether a pipeline may be named so: 204, 400 (bad), 409 (taken)',
  permission: 'pipeline:read',
  scope: 'workspace',
  query: workspaceQuery.extend({ ...nameQuery.shape, orgId: optional(idOrZero) }),
  response: { 204: null },
});

export const listPipelineRepositories = defineRoute({
  operationId: 'ListPipelineRepositories',
  method: 'GET',
  path: '/pipelines/repositories',
  summary: 'Repositories of the pipelines that are saved here, each once',
  permission: 'pipeline:read',
  scope: 'workspace',
  query: workspaceQuery,
  response: { 200: z.object({ pipelines: z.array(z.string()) }) },
});

export const describePipeline = defineRoute({
  operationId: 'DescribePipeline',
  method: 'GET',
  path: '/pipelines/{pipelineId}',
  summary: 'One saved pipeline with its default version',
  permission: 'pipeline:read',
  scope: 'pipeline',
  params: pipelineParams,
  query: sourceQuery.extend({ attributes }),
  response: { 200: z.object({ pipeline }) },
});

export const updatePipeline = defineRoute({
  operationId: 'UpdatePipeline',
  method: 'PUT',
  path: '/pipelines/{pipelineId}',
  summary: 'Changes a saved pipeline; another launch makes a new default version',
  permission: 'pipeline:write',
  scope: 'pipeline',
  params: pipelineParams,
  query: workspaceQuery,
  body: pipelinePatch,
  clearable: ['description', 'icon', ...kept],
  response: { 200: z.object({ pipeline }) },
});

export const deletePipeline = defineRoute({
  operationId: 'DeletePipeline',
  method: 'DELETE',
  path: '/pipelines/{pipelineId}',
  summary: 'Deletes a saved pipeline with its versions; its runs stay',
  permission: 'pipeline:delete',
  scope: 'pipeline',
  params: pipelineParams,
  query: workspaceQuery.extend({ force: optional(flag) }),
  response: { 204: null },
});

export const describePipelineLaunch = defineRoute({
  operationId: 'DescribePipelineLaunch',
  method: 'GET',
  path: '/pipelines/{pipelineId}/launch',
  summary: 'The launch of a version, of the default one unless told; send it back with its id to launch it',
  permission: 'pipeline:read',
  scope: 'pipeline',
  params: pipelineParams,
  query: sourceQuery.extend(versionQuery.shape),
  response: { 200: z.object({ launch: launchRecord }) },
});
