/** Runs: launching, looking, reading logs, cancelling, deleting. */

import { z } from 'zod';
import { cleanups } from '#core/cleanup.ts';
import type { LaunchInput } from '#core/ports/run-actions.ts';
import {
  flag,
  line,
  moment,
  number,
  optional,
  paging,
  pathWithin,
  script,
  search,
  text,
  textId,
  whole,
  word,
} from './fields.ts';
import { configInput } from './grid-config.ts';
import { label, labelIds } from './pipelines/labels.ts';
import { defineRoute } from './route.ts';
import { jobInfo, launch, logPage, progress, runContext, workflow, workflowDetails } from './run-answers.ts';
import { runParams, sourceQuery, workspaceQuery } from './scopes.ts';

const sessionId = text(36).regex(
  /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
  'must be the session id of an earlier run',
);
const attributes = { attributes: optional(z.unknown()) };

const secretNames = optional(z.array(text(100)).max(100));

export const launchFields = z.object({
  computeEnvId: optional(textId),
  /** A saved launch, whose fields count where the request has none. */
  id: optional(textId),
  pipeline: optional(word(1000)),
  revision: optional(word(200)),
  commitId: optional(word(64)),
  runName: optional(line(80)),
  workDir: configInput.shape.workDir,
  configProfiles: optional(z.array(word(100)).max(50)),
  configText: optional(script),
  paramsText: optional(script),
  towerConfig: optional(script),
  preRunScript: optional(script),
  postRunScript: optional(script),
  mainScript: optional(line(1000)),
  entryName: optional(word(200)),
  schemaName: optional(pathWithin(200)),
  outputDir: optional(line(4096)),
  syntaxParser: optional(z.enum(['v1', 'v2'])),
  resume: optional(flag),
  sessionId: optional(sessionId),
  pullLatest: optional(flag),
  stubRun: optional(flag),
  headJobCpus: optional(whole(1, 4096)),
  headJobMemoryMb: optional(whole(1, 100_000_000)),
  labelIds,
  userSecrets: secretNames,
  workspaceSecrets: secretNames,
});

const launchBody = z.object({ launch: launchFields }).transform(({ launch: asked }): LaunchInput => asked);

export const launchWorkflow = defineRoute({
  operationId: 'CreateWorkflowLaunch',
  method: 'POST',
  path: '/workflow/launch',
  summary: 'Launches a pipeline, or a saved launch by its id, with the key of the member who asks',
  permission: 'workflow:execute',
  scope: 'workspace',
  query: sourceQuery,
  body: launchBody,
  response: { 200: z.object({ workflowId: z.string() }) },
});

export const listWorkflows = defineRoute({
  operationId: 'ListWorkflows',
  method: 'GET',
  path: '/workflow',
  summary:
    'Runs, newest first; search `status:`, `username:`, `label:`, `after:`, `before:`, `is:starred`, `runName:`, `sessionId:`, `projectName:`, `workflowId:` and free text',
  permission: 'workflow:read',
  scope: 'workspace',
  query: workspaceQuery.extend({ ...paging, search, includeTotalSize: optional(flag), ...attributes }),
  response: {
    200: z.object({
      workflows: z.array(
        z.object({
          workflow,
          ...runContext,
          labels: z.array(label),
          progress: progress.optional(),
          optimized: z.boolean(),
          starred: z.boolean(),
        }),
      ),
      totalSize: number.optional(),
      hasMore: z.boolean(),
    }),
  },
});

/** Extension (`x-latchkey`): what becomes of the run's files on the cluster, from its end on. */
const cleanup = z.object({
  policy: z.enum(cleanups),
  dueAt: moment,
  /** Removal has begun; from then on its session cannot be resumed. */
  startedAt: moment.optional(),
  cleanedAt: moment.optional(),
  /** Directories of tasks. */
  tasksRemoved: number,
  message: z.string().optional(),
});

const described = z.object({
  workflow: workflowDetails,
  progress,
  platform: z.object({ id: z.string(), name: z.string() }),
  jobInfo,
  labels: z.array(label),
  messages: z.array(z.string()),
  optimized: z.boolean(),
  cleanup: cleanup.optional(),
  ...runContext,
});

export const describeWorkflow = defineRoute({
  operationId: 'DescribeWorkflow',
  method: 'GET',
  path: '/workflow/{workflowId}',
  summary: 'One run',
  permission: 'workflow:read',
  scope: 'run',
  params: runParams,
  query: workspaceQuery.extend(attributes),
  response: { 200: described },
});

export const updateWorkflow = defineRoute({
  operationId: 'UpdateWorkflow',
  method: 'PATCH',
  path: '/workflow/{workflowId}',
  summary: 'Gives a run another name (`runName`, which is ours)',
  permission: 'workflow:write',
  scope: 'run',
  params: runParams,
  query: workspaceQuery,
  body: z.object({ runName: optional(line(80)), schedRunId: optional(text(200)) }),
  response: { 200: described },
});

export const describeWorkflowProgress = defineRoute({
  operationId: 'DescribeWorkflowProgress',
  method: 'GET',
  path: '/workflow/{workflowId}/progress',
  summary: 'Counters of a run',
  permission: 'workflow:read',
  scope: 'run',
  params: runParams,
  query: workspaceQuery,
  response: { 200: z.object({ progress }) },
});

export const describeWorkflowLaunch = defineRoute({
  operationId: 'DescribeWorkflowLaunch',
  method: 'GET',
  path: '/workflow/{workflowId}/launch',
  summary: 'What was asked for when the run was launched',
  permission: 'workflow:read',
  scope: 'run',
  params: runParams,
  query: workspaceQuery,
  response: { 200: z.object({ launch }) },
});

export const workflowLog = defineRoute({
  operationId: 'GetWorkflowLog',
  method: 'GET',
  path: '/workflow/{workflowId}/log',
  summary: "A page of the run's log, read on the cluster; follow `forwardToken` with `next`",
  permission: 'workflow:read',
  scope: 'run',
  params: runParams,
  query: workspaceQuery.extend({ next: optional(text(500)), maxLength: optional(whole(1, 10_000_000)) }),
  response: { 200: z.object({ log: logPage }) },
});

export const downloadWorkflowLog = defineRoute({
  operationId: 'DownloadWorkflowLog',
  method: 'GET',
  path: '/workflow/{workflowId}/download',
  summary: "One of the run's own files",
  permission: 'workflow:read',
  scope: 'run',
  params: runParams,
  query: workspaceQuery.extend({ fileName: line(255) }),
  response: { 200: 'bytes' },
});

export const cancelWorkflow = defineRoute({
  operationId: 'CancelWorkflow',
  method: 'POST',
  path: '/workflow/{workflowId}/cancel',
  summary: 'Stops a run; one that is over stays as it is',
  permission: 'workflow:write',
  scope: 'run',
  params: runParams,
  query: workspaceQuery.extend({ force: optional(flag) }),
  response: { 204: null },
});

export const deleteWorkflow = defineRoute({
  operationId: 'DeleteWorkflow',
  method: 'DELETE',
  path: '/workflow/{workflowId}',
  summary: 'Deletes the record of a run that is over; `force=true` stops a live one first',
  permission: 'workflow:delete',
  scope: 'run',
  params: runParams,
  query: workspaceQuery.extend({ force: optional(flag) }),
  response: { 204: null },
});

export const deleteWorkflows = defineRoute({
  operationId: 'DeleteWorkflowMany',
  method: 'POST',
  path: '/workflow/delete',
  summary: 'Deletes the records of many runs, each as if alone; tells which could not be deleted',
  permission: 'workflow:delete',
  scope: 'workspace',
  query: workspaceQuery.extend({ force: optional(flag) }),
  body: z.object({ workflowIds: z.array(text(64)).max(1000) }),
  response: { 200: z.object({ failedWorkflowIds: z.array(z.string()) }) },
});
