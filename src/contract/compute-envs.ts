/** Compute environments: where runs of a workspace go. */

import { z } from 'zod';
import type { NewComputeEnv } from '#core/ports/actions.ts';
import { flag, id, moment, name, number, optional, text, textId } from './fields.ts';
import { configInput, configOutput, platform, splitConfig, verbatimConfig } from './grid-config.ts';
import { nameQuery } from './people/organisations.ts';
import { label, labelIds } from './pipelines/labels.ts';
import { defineRoute } from './route.ts';
import { computeEnvParams, workspaceQuery } from './scopes.ts';

export const computeEnvStatus = z.enum([
  'CREATING',
  'AVAILABLE',
  'DISABLED',
  'DELETING',
  'DELETED',
  'ERRORED',
  'INVALID',
]);
const description = optional(text(2000));

const newComputeEnv = z
  .object({
    computeEnv: z.object({
      name: name(100),
      description,
      platform: optional(platform),
      credentialsId: optional(textId),
      managedIdentityId: optional(id),
      config: optional(configInput),
    }),
    labelIds,
  })
  .transform(({ computeEnv, labelIds: labels }, context): NewComputeEnv => {
    const { platform: named, config, ...rest } = computeEnv;
    const split = splitConfig(named, config ?? {}, (path, message) =>
      context.addIssue({ code: 'custom', path: ['computeEnv', ...path], message }),
    );
    return split ? { ...rest, ...split, ...(labels && { labelIds: labels }) } : z.NEVER;
  });

const attributes = { attributes: optional(z.unknown()) };

export const computeEnvRow = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string().optional(),
  platform: z.string(),
  status: computeEnvStatus,
  message: z.string().optional(),
  primary: z.boolean(),
  credentialsId: z.string().optional(),
  workDir: z.string().optional(),
  workspaceName: z.string().optional(),
  visibility: z.string().optional(),
  lastUsed: moment.optional(),
  labels: z.array(label).optional(),
  /** Ours: the cluster behind it. */
  managedIdentityId: z.string().optional(),
});

export const computeEnv = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string().optional(),
  platform,
  config: configOutput,
  /** As the client sent it, also where it names a managed identity. */
  credentialsId: z.string().optional(),
  managedIdentityId: z.string().nullable(),
  orgId: number.optional(),
  workspaceId: number.optional(),
  status: computeEnvStatus,
  message: z.string().optional(),
  primary: z.boolean(),
  deleted: z.boolean(),
  dateCreated: moment,
  lastUpdated: moment,
  lastUsed: moment.optional(),
  labels: z.array(label),
});

export const listComputeEnvs = defineRoute({
  operationId: 'ListComputeEnvs',
  method: 'GET',
  path: '/compute-envs',
  summary: 'Compute environments, newest first',
  permission: 'compute_environment:read',
  scope: 'workspace',
  remembered: true,
  query: workspaceQuery.extend({ status: optional(text(40)), ...attributes }),
  response: { 200: z.object({ computeEnvs: z.array(computeEnvRow) }) },
});

export const createComputeEnv = defineRoute({
  operationId: 'CreateComputeEnv',
  method: 'POST',
  path: '/compute-envs',
  summary: 'Makes an environment, on a managed identity or on a key and a host; it is then checked',
  permission: 'compute_environment:write',
  scope: 'workspace',
  query: workspaceQuery,
  body: newComputeEnv,
  verbatim: [...verbatimConfig, 'description'],
  response: { 200: z.object({ computeEnvId: z.string() }) },
});

export const validateComputeEnvName = defineRoute({
  operationId: 'ValidateComputeEnvName',
  method: 'GET',
  path: '/compute-envs/validate',
  summary: 'Whether an environment may be named so: 204, 400 (bad), 409 (taken)',
  permission: 'compute_environment:read',
  scope: 'workspace',
  query: workspaceQuery.extend(nameQuery.shape),
  response: { 204: null },
});

export const describeComputeEnv = defineRoute({
  operationId: 'DescribeComputeEnv',
  method: 'GET',
  path: '/compute-envs/{computeEnvId}',
  summary: 'One environment; a deleted one stays describable',
  permission: 'compute_environment:read',
  scope: 'compute-env',
  remembered: true,
  params: computeEnvParams,
  query: workspaceQuery.extend(attributes),
  response: { 200: z.object({ computeEnv }) },
});

export const updateComputeEnv = defineRoute({
  operationId: 'UpdateComputeEnv',
  method: 'PUT',
  path: '/compute-envs/{computeEnvId}',
  summary: 'Changes name, description or credentials',
  permission: 'compute_environment:write',
  scope: 'compute-env',
  params: computeEnvParams,
  query: workspaceQuery,
  body: z.object({ name: optional(name(100)), description, credentialsId: optional(textId) }),
  verbatim: ['description'],
  response: { 204: null },
});

export const deleteComputeEnv = defineRoute({
  operationId: 'DeleteComputeEnv',
  method: 'DELETE',
  path: '/compute-envs/{computeEnvId}',
  summary: 'Deletes an environment',
  permission: 'compute_environment:delete',
  scope: 'compute-env',
  params: computeEnvParams,
  query: workspaceQuery.extend({ force: optional(flag) }),
  response: { 204: null },
});

export const validateComputeEnv = defineRoute({
  operationId: 'ValidateComputeEnv',
  method: 'POST',
  path: '/compute-envs/{computeEnvId}/validate',
  summary: 'Checks an environment again',
  // It logs in to the cluster: for those who may launch there.
  permission: 'workflow:execute',
  scope: 'compute-env',
  params: computeEnvParams,
  query: workspaceQuery.extend({ force: optional(flag) }),
  response: {
    200: z.object({ status: computeEnvStatus, message: z.string().nullable(), transientError: z.boolean() }),
  },
});

const switched = {
  method: 'POST',
  permission: 'compute_environment:write',
  scope: 'compute-env',
  params: computeEnvParams,
  query: workspaceQuery,
  response: { 204: null },
} as const;

export const setPrimaryComputeEnv = defineRoute({
  ...switched,
  operationId: 'UpdateComputeEnvPrimary',
  path: '/compute-envs/{computeEnvId}/primary',
  summary: 'Makes an environment the one that launches use unless told',
});

export const enableComputeEnv = defineRoute({
  ...switched,
  operationId: 'EnableComputeEnv',
  path: '/compute-envs/{computeEnvId}/enable',
  summary: 'Lets runs into an environment again',
});

export const disableComputeEnv = defineRoute({
  ...switched,
  operationId: 'DisableComputeEnv',
  path: '/compute-envs/{computeEnvId}/disable',
  summary: 'Keeps new runs out of an environment',
});
