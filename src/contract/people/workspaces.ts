/** Workspaces of an organisation. */
import { z } from 'zod';
import { id, line, moment, name, number, optional, text } from '../fields.ts';
import { defineRoute } from '../route.ts';
import { nameQuery, orgParams } from './organisations.ts';

const visibility = z.enum(['PRIVATE', 'SHARED']);

export const workspace = z.object({
  id: number,
  name: z.string(),
  fullName: z.string(),
  description: z.string().optional(),
  visibility,
  dateCreated: moment.optional(),
  lastUpdated: moment.optional(),
});

export const workspaceParams = z.object({ orgId: id, workspaceId: id });

export const listWorkspaces = defineRoute({
  operationId: 'ListWorkspaces',
  method: 'GET',
  path: '/orgs/{orgId}/workspaces',
  summary: 'Workspaces that the user who asks may see',
  permission: 'workspace:list',
  scope: 'organisation',
  remembered: true,
  params: orgParams,
  response: { 200: z.object({ workspaces: z.array(workspace) }) },
});

export const createWorkspace = defineRoute({
  operationId: 'CreateWorkspace',
  method: 'POST',
  path: '/orgs/{orgId}/workspaces',
  summary: 'Makes a workspace',
  permission: 'workspace:create',
  scope: 'organisation',
  params: orgParams,
  body: z.object({
    workspace: z.object({
      name: name(40),
      fullName: optional(line(100)),
      description: optional(text(1000)),
      visibility: optional(visibility),
    }),
  }),
  response: { 200: z.object({ workspace }) },
});

export const validateWorkspaceName = defineRoute({
  operationId: 'ValidateWorkspaceName',
  method: 'GET',
  path: '/orgs/{orgId}/workspaces/validate',
  summary: 'Whether a workspace may be named so: 204, 400 (bad), 409 (taken)',
  permission: 'workspace:list',
  scope: 'organisation',
  params: orgParams,
  query: nameQuery,
  response: { 204: null },
});

export const describeWorkspace = defineRoute({
  operationId: 'DescribeWorkspace',
  method: 'GET',
  path: '/orgs/{orgId}/workspaces/{workspaceId}',
  summary: 'One workspace',
  permission: 'workspace:read',
  scope: 'workspace',
  remembered: true,
  params: workspaceParams,
  response: { 200: z.object({ workspace }) },
});

export const updateWorkspace = defineRoute({
  operationId: 'UpdateWorkspace',
  method: 'PUT',
  path: '/orgs/{orgId}/workspaces/{workspaceId}',
  summary: 'Changes what a workspace is called and who sees it',
  permission: 'workspace:write',
  scope: 'workspace',
  params: workspaceParams,
  body: z.object({
    name: optional(name(40)),
    fullName: optional(line(100)),
    description: optional(text(1000)),
    visibility: optional(visibility),
  }),
  verbatim: ['description'],
  response: { 200: z.object({ workspace }) },
});

export const deleteWorkspace = defineRoute({
  operationId: 'DeleteWorkspace',
  method: 'DELETE',
  path: '/orgs/{orgId}/workspaces/{workspaceId}',
  summary: 'Deletes a workspace with its environments and keys; 409 while anything runs in it',
  permission: 'workspace:delete',
  scope: 'workspace',
  params: workspaceParams,
  response: { 204: null },
});
