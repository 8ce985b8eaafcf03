/** Stars: everybody marks runs for themselves. */
import { z } from 'zod';
import { defineRoute } from './route.ts';
import { runParams, workspaceQuery } from './scopes.ts';

const star = {
  path: '/workflow/{workflowId}/star',
  permission: 'workflow:read',
  scope: 'run',
  params: runParams,
  query: workspaceQuery,
  response: { 200: z.object({ workflowId: z.string() }) },
} as const;

export const describeWorkflowStar = defineRoute({
  ...star,
  operationId: 'DescribeWorkflowStar',
  method: 'GET',
  summary: 'Whether you have starred a run: 200, or 404',
});

export const createWorkflowStar = defineRoute({
  ...star,
  operationId: 'CreateWorkflowStar',
  method: 'POST',
  summary: 'Stars a run for you',
});

export const deleteWorkflowStar = defineRoute({
  ...star,
  operationId: 'DeleteWorkflowStar',
  method: 'DELETE',
  summary: 'Takes your star off a run',
});
