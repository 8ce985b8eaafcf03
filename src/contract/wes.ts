/**
 * GA4GH's Workflow Execution Service 1.x, on the same runs. Which workspace is meant, and what else Nextflow is told,
 * stands in `workflow_engine_parameters`; whoever can set nothing but an address says `?workspaceId=`.
 */
import { z } from 'zod';
import type { LaunchInput } from '#core/ports/run-actions.ts';
import { type WesRequest, wesStates } from '#core/wes.ts';
import { id, idOrZero, moment, number, optional, script, text, whole, word } from './fields.ts';
import { unfitIn } from './normalise.ts';
import { defineRoute } from './route.ts';
import { launchFields } from './runs.ts';
import { workspaceQuery } from './scopes.ts';

const root = '/ga4gh/wes/v1';
const runParams = z.object({ run_id: text(64).regex(/^[A-Za-z0-9]+$/, 'must be letters and digits') });
const runId = z.object({ run_id: z.string() });
const runStatus = runId.extend({ state: z.enum(wesStates) });
const pages = workspaceQuery.extend({
  page_size: optional(whole(1, 1000)),
  page_token: optional(text(200)),
});
const texts = z.record(z.string(), z.string());

/** Names of fields are looked at nowhere else, nor is what comes as JSON within a text. */
const fit = (max: number) => text(max).refine((typed) => unfitIn(typed) === undefined);

/** Numbers and booleans are texts too, as they stand. */
const given = z.record(fit(200), z.union([fit(32_768), z.number(), z.boolean()]).transform(String));

/** In a form it is JSON as a text. */
const givenOrJson = z.union(
  [
    given,
    text(65_536).transform((typed, context) => {
      try {
        return given.parse(JSON.parse(typed));
      } catch {
        context.addIssue({ code: 'custom' });
        return z.NEVER;
      }
    }),
  ],
  'must be an object of texts without NUL characters, or the same as JSON',
);

/** What `workflow_engine_parameters` may hold beside `workspaceId`: what a launch may, each as a text. */
const { pipeline: _url, paramsText: _params, labelIds: _labels, ...engineFields } = launchFields.shape;
export const engineParameters = ['workspaceId', ...Object.keys(engineFields)];

/** Of these several may be given, with commas between. */
const lists = [
  'configProfiles',
  'userSecrets',
  'workspaceSecrets',
] as const satisfies (keyof typeof engineFields)[];

const aliases: Record<string, string> = { pipeline: 'workflow_url', paramsText: 'workflow_params' };

export interface WesSubmission {
  workspaceId: number | undefined;
  launch: LaunchInput;
}

const runRequest = z
  .object({
    workflow_url: word(1000),
    workflow_params: optional(script),
    workflow_type: optional(
      text(50).regex(/^(nfl|nextflow)$/i, 'must be NFL or Nextflow: this service runs nothing else'),
    ),
    workflow_type_version: optional(text(50)),
    workflow_engine: optional(text(50).regex(/^nextflow$/i, 'must be Nextflow')),
    workflow_engine_version: optional(text(50)),
    workflow_engine_parameters: optional(givenOrJson),
    tags: optional(givenOrJson),
    workflow_attachment: optional(
      z.never('files cannot come along: name a repository that the cluster can reach in workflow_url'),
    ),
  })
  .transform((asked, context): WesSubmission => {
    const parameters = asked.workflow_engine_parameters ?? {};
    const issue = (field: string, message: string) =>
      context.addIssue({ code: 'custom', path: field.split('.'), message });
    for (const name of Object.keys(parameters))
      if (!engineParameters.includes(name))
        issue(`workflow_engine_parameters.${name}`, `is not known; there are ${engineParameters.join(', ')}`);
    const { workspaceId, ...rest } = parameters;
    const split = Object.fromEntries(
      lists.flatMap((name) => (rest[name] === undefined ? [] : [[name, rest[name].split(/\s*,\s*/)]])),
    );
    const workspace = optional(idOrZero).safeParse(workspaceId ?? undefined);
    if (workspaceId !== undefined && !workspace.success)
      issue('workflow_engine_parameters.workspaceId', 'must be the number of a workspace');
    const launch = launchFields.safeParse({
      ...rest,
      ...split,
      pipeline: asked.workflow_url,
      ...(asked.workflow_params !== undefined && { paramsText: asked.workflow_params }),
    });
    for (const { path, message } of launch.error?.issues ?? []) {
      const [field = ''] = path.map(String);
      issue(aliases[field] ?? `workflow_engine_parameters.${field}`, message);
    }
    if (!launch.success) return z.NEVER;
    const wes: WesRequest = {
      workflowType: asked.workflow_type ?? 'NFL',
      workflowTypeVersion: asked.workflow_type_version ?? 'DSL2',
      engineParameters: parameters,
      tags: asked.tags ?? {},
    };
    return {
      workspaceId: workspace.success && workspaceId !== undefined ? workspace.data : undefined,
      launch: { ...launch.data, wes },
    };
  });

const log = z.object({
  /** Of a task. */
  id: z.string().optional(),
  name: z.string(),
  cmd: z.array(z.string()),
  start_time: moment.optional(),
  end_time: moment.optional(),
  stdout: z.string().optional(),
  stderr: z.string().optional(),
  exit_code: number.optional(),
});

export const wesServiceInfo = defineRoute({
  operationId: 'Ga4ghServiceInfo',
  method: 'GET',
  path: `${root}/service-info`,
  summary: 'GA4GH WES: what this service runs, and how many runs there are in each state',
  permission: 'workflow:read',
  scope: 'workspace',
  query: workspaceQuery,
  response: {
    200: z.object({
      supported_wes_versions: z.array(z.string()),
      supported_filesystem_protocols: z.array(z.string()),
      workflow_type_versions: z.record(z.string(), z.object({ workflow_type_version: z.array(z.string()) })),
      workflow_engine_versions: z.record(z.string(), z.string()),
      default_workflow_engine_parameters: z.array(
        z.object({ name: z.string(), type: z.string(), default_value: z.string().optional() }),
      ),
      system_state_counts: z.record(z.string(), number),
      auth_instructions_url: z.string(),
      contact_info_url: z.string(),
      tags: z.record(z.string(), z.string()),
      id: z.string(),
      name: z.string(),
      type: z.object({ group: z.string(), artifact: z.string(), version: z.string() }),
      organization: z.object({ name: z.string(), url: z.string() }),
      version: z.string(),
    }),
  },
});

export const wesListRuns = defineRoute({
  operationId: 'Ga4ghRunList',
  method: 'GET',
  path: `${root}/runs`,
  summary: 'GA4GH WES: runs, newest first; `page_token` is the `next_page_token` of the page before',
  permission: 'workflow:read',
  scope: 'workspace',
  query: pages,
  response: { 200: z.object({ runs: z.array(runStatus), next_page_token: z.string() }) },
});

export const wesSubmitRun = defineRoute({
  operationId: 'Ga4ghRunCreate',
  method: 'POST',
  path: `${root}/runs`,
  summary: 'GA4GH WES: launches a Nextflow pipeline, as JSON or as a form',
  permission: 'workflow:execute',
  scope: 'workspace',
  query: workspaceQuery,
  form: 'fields',
  body: runRequest,
  response: { 200: runId },
});

export const wesDescribeRun = defineRoute({
  operationId: 'Ga4ghRunDescribe',
  method: 'GET',
  path: `${root}/runs/{run_id}`,
  summary: 'GA4GH WES: one run, with its first 1,000 tasks',
  permission: 'workflow:read',
  scope: 'run',
  params: runParams,
  query: workspaceQuery,
  response: {
    200: runStatus.extend({
      request: z.object({
        workflow_url: z.string(),
        workflow_params: z.string(),
        workflow_type: z.string(),
        workflow_type_version: z.string(),
        workflow_engine_parameters: texts,
        tags: texts,
      }),
      run_log: log,
      task_logs: z.array(log),
      task_logs_url: z.string(),
      outputs: z.record(z.string(), z.unknown()),
    }),
  },
});

export const wesRunStatus = defineRoute({
  operationId: 'Ga4ghRunStatus',
  method: 'GET',
  path: `${root}/runs/{run_id}/status`,
  summary: 'GA4GH WES: the state of a run',
  permission: 'workflow:read',
  scope: 'run',
  params: runParams,
  query: workspaceQuery,
  response: { 200: runStatus },
});

export const wesCancelRun = defineRoute({
  operationId: 'Ga4ghRunCancel',
  method: 'POST',
  path: `${root}/runs/{run_id}/cancel`,
  summary: 'GA4GH WES: stops a run',
  permission: 'workflow:write',
  scope: 'run',
  params: runParams,
  query: workspaceQuery,
  response: { 200: runId },
});

export const wesListTasks = defineRoute({
  operationId: 'Ga4ghTaskList',
  method: 'GET',
  path: `${root}/runs/{run_id}/tasks`,
  summary: 'GA4GH WES 1.1: tasks of a run',
  extension: true,
  permission: 'workflow:read',
  scope: 'run',
  params: runParams,
  query: pages,
  response: { 200: z.object({ task_logs: z.array(log), next_page_token: z.string() }) },
});

export const wesDescribeTask = defineRoute({
  operationId: 'Ga4ghTaskDescribe',
  method: 'GET',
  path: `${root}/runs/{run_id}/tasks/{task_id}`,
  summary: 'GA4GH WES 1.1: one task of a run',
  extension: true,
  permission: 'workflow:read',
  scope: 'run',
  params: runParams.extend({ task_id: id }),
  query: workspaceQuery,
  response: { 200: log },
});
