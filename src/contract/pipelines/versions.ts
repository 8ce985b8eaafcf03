/** Versions of saved pipelines. */
import { z } from 'zod';
import { flag, line, number, optional, paging, search } from '../fields.ts';
import { nameQuery } from '../people/organisations.ts';
import { defineRoute } from '../route.ts';
import { pipelineParams, versionParams, workspaceQuery } from '../scopes.ts';
import { pipeline } from './answers.ts';
import { kept, pipelinePatch } from './pipelines.ts';

export const listPipelineVersions = defineRoute({
  operationId: 'ListPipelineVersions',
  method: 'GET',
  path: '/pipelines/{pipelineId}/versions',
  summary: 'Versions of a pipeline, newest first; those without a name are drafts',
  permission: 'pipeline:read',
  scope: 'pipeline',
  params: pipelineParams,
  query: workspaceQuery.extend({ ...paging, search, isPublished: optional(flag) }),
  response: { 200: z.object({ versions: z.array(pipeline), totalSize: number }) },
});

export const validatePipelineVersionName = defineRoute({
  operationId: 'ValidatePipelineVersionName',
  method: 'GET',
  path: '/pipelines/{pipelineId}/versions/validate',
  summary: 'Whether a version may be named so: 204, 400 (bad), 409 (taken)',
  permission: 'pipeline:read',
  scope: 'pipeline',
  params: pipelineParams,
  query: workspaceQuery.extend(nameQuery.shape),
  response: { 204: null },
});

export const updatePipelineVersion = defineRoute({
  operationId: 'UpdatePipelineVersion',
  method: 'POST',
  path: '/pipelines/{pipelineId}/versions/{versionId}',
  summary: 'Changes a pipeline, beginning from this version; another launch makes a new version',
  permission: 'pipeline:write',
  scope: 'pipeline',
  params: versionParams,
  query: workspaceQuery,
  body: pipelinePatch,
  clearable: ['description', 'icon', ...kept],
  response: { 200: z.object({ pipeline }) },
});

export const managePipelineVersion = defineRoute({
  operationId: 'ManagePipelineVersion',
  method: 'PUT',
  path: '/pipelines/{pipelineId}/versions/{versionId}/manage',
  summary: 'Names a version, or makes it the default one',
  permission: 'pipeline:write',
  scope: 'pipeline',
  params: versionParams,
  query: workspaceQuery,
  body: z.object({ name: optional(line(100)), isDefault: optional(flag) }),
  response: { 204: null },
});
