/** Pipeline secrets of a workspace, or of a person. Values go in and never out. */
import { z } from 'zod';
import { maxSecretBytes } from '#core/pipeline-secrets.ts';
import { id, moment, number, text } from './fields.ts';
import { nameQuery } from './people/organisations.ts';
import { defineRoute } from './route.ts';
import { workspaceQuery } from './scopes.ts';

const secretParams = z.object({ secretId: id });
/** The rules for names and values are core's, beyond these. */
const value = text(maxSecretBytes);

const pipelineSecret = z.object({
  id: number,
  name: z.string(),
  dateCreated: moment,
  lastUpdated: moment,
  lastUsed: moment.optional(),
});

export const listPipelineSecrets = defineRoute({
  operationId: 'ListPipelineSecrets',
  method: 'GET',
  path: '/pipeline-secrets',
  summary: 'Pipeline secrets of a workspace, or of the caller; never their values',
  permission: 'pipeline_secrets:read',
  scope: 'workspace',
  extension: true,
  query: workspaceQuery,
  response: { 200: z.object({ pipelineSecrets: z.array(pipelineSecret), totalSize: number }) },
});

export const createPipelineSecret = defineRoute({
  operationId: 'CreatePipelineSecret',
  method: 'POST',
  path: '/pipeline-secrets',
  summary: 'Keeps a secret for launches that name it',
  permission: 'pipeline_secrets:write',
  scope: 'workspace',
  extension: true,
  query: workspaceQuery,
  body: z.object({ name: text(100), value }),
  response: { 200: z.object({ secretId: number }) },
});

export const validatePipelineSecretName = defineRoute({
  operationId: 'ValidatePipelineSecretName',
  method: 'GET',
  path: '/pipeline-secrets/validate',
  summary: 'Whether a secret may be named so: 204, 400 (bad), 409 (taken)',
  permission: 'pipeline_secrets:write',
  scope: 'workspace',
  extension: true,
  query: workspaceQuery.extend(nameQuery.shape),
  response: { 204: null },
});

export const describePipelineSecret = defineRoute({
  operationId: 'DescribePipelineSecret',
  method: 'GET',
  path: '/pipeline-secrets/{secretId}',
  summary: 'One secret, without its value',
  permission: 'pipeline_secrets:read',
  scope: 'secret',
  extension: true,
  params: secretParams,
  query: workspaceQuery,
  response: { 200: z.object({ pipelineSecret }) },
});

export const updatePipelineSecret = defineRoute({
  operationId: 'UpdatePipelineSecret',
  method: 'PUT',
  path: '/pipeline-secrets/{secretId}',
  summary: 'Replaces the value of a secret',
  permission: 'pipeline_secrets:write',
  scope: 'secret',
  extension: true,
  params: secretParams,
  query: workspaceQuery,
  body: z.object({ value }),
  response: { 204: null },
});

export const deletePipelineSecret = defineRoute({
  operationId: 'DeletePipelineSecret',
  method: 'DELETE',
  path: '/pipeline-secrets/{secretId}',
  summary: 'Destroys a secret; runs that are under way keep it until their end',
  permission: 'pipeline_secrets:delete',
  scope: 'secret',
  extension: true,
  params: secretParams,
  query: workspaceQuery,
  response: { 204: null },
});
