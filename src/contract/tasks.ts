/** Tasks of a run: lists, one task, what processes used, what a task has written. */
import { z } from 'zod';
import { measures } from '#core/metrics.ts';
import { type TaskField, taskStatuses } from '#core/tasks.ts';
import { id, line, moment, number, optional, paging, search, text, whole } from './fields.ts';
import { defineRoute } from './route.ts';
import { logPage } from './run-answers.ts';
import { runParams, workspaceQuery } from './scopes.ts';

const taskParams = runParams.extend({ taskId: id });

/** What a list can be sorted by. */
const sortable = [
  'taskId',
  'status',
  'hash',
  'nativeId',
  'process',
  'tag',
  'name',
  'attempt',
  'exit',
  'submit',
  'start',
  'complete',
  'duration',
  'realtime',
  'pcpu',
  'pmem',
  'rss',
  'vmem',
  'peakRss',
  'peakVmem',
  'rchar',
  'wchar',
  'readBytes',
  'writeBytes',
  'cpus',
  'memory',
  'time',
  'queue',
  'hostname',
  'executor',
] as const satisfies readonly (TaskField | 'taskId' | 'status')[];

const direction = text(10)
  .transform((typed) => typed.toLowerCase())
  .pipe(z.enum(['asc', 'desc'], 'must be asc or desc'));

/** Complete where a client needs it; the rest as far as somebody has told. */
const task = z.object({
  id: number,
  taskId: number,
  status: z.enum(taskStatuses),
  workdir: z.string(),
  hash: z.string().optional(),
  name: z.string().optional(),
  process: z.string().optional(),
  tag: z.string().optional(),
  module: z.array(z.string()).optional(),
  container: z.string().optional(),
  attempt: number.optional(),
  script: z.string().optional(),
  env: z.string().optional(),
  scratch: z.string().optional(),
  exit: number.optional(),
  exitStatus: number.optional(),
  errorAction: z.string().optional(),
  errorMessage: z.string().optional(),
  nativeId: z.string().optional(),
  executor: z.string().optional(),
  queue: z.string().optional(),
  hostname: z.string().optional(),
  cpuModel: z.string().optional(),
  accelerator: number.optional(),
  acceleratorType: z.string().optional(),
  cpus: number.optional(),
  memory: number.optional(),
  disk: number.optional(),
  time: number.optional(),
  submit: moment.optional(),
  start: moment.optional(),
  complete: moment.optional(),
  dateCreated: moment.optional(),
  lastUpdated: moment.optional(),
  duration: number.optional(),
  realtime: number.optional(),
  pcpu: z.number().optional(),
  pmem: z.number().optional(),
  rss: number.optional(),
  vmem: number.optional(),
  peakRss: number.optional(),
  peakVmem: number.optional(),
  rchar: number.optional(),
  wchar: number.optional(),
  syscr: number.optional(),
  syscw: number.optional(),
  readBytes: number.optional(),
  writeBytes: number.optional(),
  volCtxt: number.optional(),
  invCtxt: number.optional(),
});

export type WireTask = z.output<typeof task>;

const quartiles = z.object({
  mean: z.number(),
  min: z.number(),
  q1: z.number(),
  q2: z.number(),
  q3: z.number(),
  max: z.number(),
  minLabel: z.string(),
  maxLabel: z.string(),
  q1Label: z.string(),
  q2Label: z.string(),
  q3Label: z.string(),
});
const processMetrics = z.object({
  process: z.string(),
  ...(Object.fromEntries(measures.map((measure) => [measure, quartiles.optional()])) as Record<
    (typeof measures)[number],
    z.ZodOptional<typeof quartiles>
  >),
});

const ofRun = { permission: 'workflow:read', scope: 'run' } as const;

export const listWorkflowTasks = defineRoute({
  operationId: 'ListWorkflowTasks',
  method: 'GET',
  path: '/workflow/{workflowId}/tasks',
  summary: 'Tasks of a run; search `status:`, `process:` and free text in name, hash and job number',
  ...ofRun,
  params: runParams,
  query: workspaceQuery.extend({
    ...paging,
    search,
    sortBy: optional(z.enum(sortable)),
    sortDir: optional(direction),
  }),
  response: { 200: z.object({ tasks: z.array(z.object({ task })), total: number }) },
});

export const describeWorkflowTask = defineRoute({
  operationId: 'DescribeWorkflowTask',
  method: 'GET',
  path: '/workflow/{workflowId}/task/{taskId}',
  summary: 'One task of a run',
  ...ofRun,
  params: taskParams,
  query: workspaceQuery,
  response: { 200: z.object({ task }) },
});

export const describeWorkflowMetrics = defineRoute({
  operationId: 'DescribeWorkflowMetrics',
  method: 'GET',
  path: '/workflow/{workflowId}/metrics',
  summary: 'What the tasks of each process used',
  ...ofRun,
  params: runParams,
  query: workspaceQuery,
  response: { 200: z.object({ metrics: z.array(processMetrics) }) },
});

export const workflowTaskLog = defineRoute({
  operationId: 'GetWorkflowTaskLog',
  method: 'GET',
  path: '/workflow/{workflowId}/log/{taskId}',
  summary: "A page of a task's log, read on the cluster; follow `forwardToken` with `next`",
  ...ofRun,
  params: taskParams,
  query: workspaceQuery.extend({ next: optional(text(500)), maxLength: optional(whole(1, 10_000_000)) }),
  response: { 200: z.object({ log: logPage }) },
});

export const downloadWorkflowTaskLog = defineRoute({
  operationId: 'DownloadWorkflowTaskLog',
  method: 'GET',
  path: '/workflow/{workflowId}/download/{taskId}',
  summary:
    "One of a task's files: `.command.out`, `.command.err`, `.command.log`, `.command.sh`, `.exitcode`",
  ...ofRun,
  params: taskParams,
  query: workspaceQuery.extend({ fileName: line(255) }),
  response: { 200: 'bytes' },
});
