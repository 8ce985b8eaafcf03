/** What Nextflow's reporting plugin asks while a run goes on, answered in the form that it needs to go on. */
import { z } from 'zod';
import { defineRoute, type RouteShape } from './route.ts';
import { runParams, workspaceQuery } from './scopes.ts';
import { beginBody, completeBody, createBody, heartbeatBody, progressBody } from './trace-bodies.ts';

/** A run's own token does; blanks mean something here, and no character may cost a whole report. */
const reporting = {
  permission: 'workflow:execute',
  query: workspaceQuery,
  runTokens: true,
  untouched: true,
} as const satisfies Partial<RouteShape> & { permission: string };
const ofRun = { ...reporting, scope: 'run', params: runParams } as const;

const taken = z.object({ status: z.literal('OK'), workflowId: z.string() });

export const createTrace = defineRoute({
  operationId: 'CreateTrace',
  method: 'POST',
  path: '/trace/create',
  summary:
    'Nextflow has started: attaches it to the run it was launched for, or makes one for a run started by hand',
  ...reporting,
  scope: 'workspace',
  body: createBody,
  response: {
    200: z.object({
      workflowId: z.string(),
      watchUrl: z.string(),
      message: z.string().optional(),
      metadata: z.object({
        userId: z.int(),
        userName: z.string(),
        workspaceId: z.int().optional(),
        workspaceName: z.string().optional(),
        workspaceFullName: z.string().optional(),
        orgName: z.string().optional(),
        computeEnvId: z.string().optional(),
        computeEnvName: z.string().optional(),
        computeEnvPlatform: z.string().optional(),
        revision: z.string().optional(),
        commitId: z.string().optional(),
        labels: z.array(z.string()).optional(),
      }),
    }),
  },
});

export const updateTraceBegin = defineRoute({
  operationId: 'UpdateTraceBegin',
  method: 'PUT',
  path: '/trace/{workflowId}/begin',
  summary: 'The run begins',
  ...ofRun,
  body: beginBody,
  response: { 200: taken.extend({ watchUrl: z.string() }) },
});

export const updateTraceProgress = defineRoute({
  operationId: 'UpdateTraceProgress',
  method: 'PUT',
  path: '/trace/{workflowId}/progress',
  summary: 'Tasks whose state has changed',
  ...ofRun,
  body: progressBody,
  response: { 200: taken },
});

export const updateTraceHeartbeat = defineRoute({
  operationId: 'UpdateTraceHeartbeat',
  method: 'PUT',
  path: '/trace/{workflowId}/heartbeat',
  summary: 'Nothing has changed, Nextflow is alive',
  ...ofRun,
  body: heartbeatBody,
  response: { 200: z.object({ message: z.string() }) },
});

export const updateTraceComplete = defineRoute({
  operationId: 'UpdateTraceComplete',
  method: 'PUT',
  path: '/trace/{workflowId}/complete',
  summary: 'The run is over',
  ...ofRun,
  body: completeBody,
  response: { 200: taken },
});
