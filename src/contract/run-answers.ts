/** What runs look like in answers. Counters are always numbers: clients read them before there is anything to count. */

import { z } from 'zod';
import { manifestTexts } from '#core/reports.ts';
import { runStatuses } from '#core/runs.ts';
import { computeEnv } from './compute-envs.ts';
import { moment, number } from './fields.ts';

/** Counters that clients need, zero until Nextflow has reported. */
const counters = [
  'pending',
  'submitted',
  'running',
  'succeeded',
  'failed',
  'cached',
  'ignored',
  'aborted',
  'retries',
  'cpus',
  'cpuTime',
  'cpuLoad',
  'memoryRss',
  'memoryReq',
  'readBytes',
  'writeBytes',
  'volCtxSwitch',
  'invCtxSwitch',
  'loadTasks',
  'loadCpus',
  'loadMemory',
  'peakTasks',
  'peakCpus',
  'peakMemory',
] as const;
type Counter = (typeof counters)[number];

const counterFields = Object.fromEntries(counters.map((counter) => [counter, number])) as Record<
  Counter,
  typeof number
>;

const efficiency = {
  cpuEfficiency: z.number().optional(),
  memoryEfficiency: z.number().optional(),
  dateCreated: moment.optional(),
  lastUpdated: moment.optional(),
};

export const progress = z.object({
  workflowProgress: z.object({
    ...counterFields,
    ...efficiency,
    executors: z.array(z.string()).optional(),
  }),
  processesProgress: z.array(z.object({ process: z.string(), ...counterFields, ...efficiency })),
  totalProcesses: number,
});

/** Texts of the pipeline about itself. */
const manifest = z.object(
  Object.fromEntries(Object.keys(manifestTexts).map((name) => [name, z.string().optional()])) as Record<
    keyof typeof manifestTexts,
    z.ZodOptional<z.ZodString>
  >,
);

const stats = z.object({
  computeTimeFmt: z.string(),
  succeedCount: number,
  succeedCountFmt: z.string(),
  succeedDuration: number,
  succeedPct: z.number(),
  cachedCount: number,
  cachedCountFmt: z.string(),
  cachedDuration: number,
  cachedPct: z.number(),
  failedCount: number,
  failedCountFmt: z.string(),
  failedDuration: number,
  failedPct: z.number(),
  ignoredCount: number,
  ignoredCountFmt: z.string(),
  ignoredPct: z.number(),
});

/** A declarative client needs these to be there from the first moment on. */
export const workflow = z.object({
  id: z.string(),
  launchId: z.string(),
  runName: z.string(),
  sessionId: z.string(),
  status: z.enum(runStatuses),
  userName: z.string(),
  ownerId: number,
  workDir: z.string(),
  launchDir: z.string().optional(),
  projectName: z.string(),
  commandLine: z.string(),
  repository: z.string().optional(),
  revision: z.string().optional(),
  commitId: z.string().optional(),
  scriptName: z.string().optional(),
  profile: z.string().optional(),
  configText: z.string().optional(),
  params: z.record(z.string(), z.unknown()).optional(),
  resume: z.boolean(),
  success: z.boolean().optional(),
  exitStatus: number.optional(),
  errorMessage: z.string().optional(),
  errorReport: z.string().optional(),
  submit: moment,
  start: moment.optional(),
  complete: moment.optional(),
  duration: number.optional(),
  dateCreated: moment,
  lastUpdated: moment,
  deleted: z.boolean().optional(),
  requiresAttention: z.boolean().optional(),
  nextflow: z
    .object({ version: z.string().optional(), build: z.string().optional(), timestamp: moment.optional() })
    .optional(),
  manifest: manifest.optional(),
  stats: stats.optional(),
  scriptId: z.string().optional(),
  scriptFile: z.string().optional(),
  projectDir: z.string().optional(),
  homeDir: z.string().optional(),
  container: z.string().optional(),
  containerEngine: z.string().optional(),
  configFiles: z.array(z.string()).optional(),
});

export const workflowDetails = workflow.extend({
  configProfiles: z.array(z.string()).optional(),
  preRunScript: z.string().optional(),
  postRunScript: z.string().optional(),
  towerConfig: z.string().optional(),
  syntaxParser: z.string().optional(),
  operationId: z.string().optional(),
  outFile: z.string().optional(),
  logFile: z.string().optional(),
  nextflowConfig: z.string().optional(),
});

/** The saved pipeline that a run was launched from, as it was called then. */
const pipelineInfo = z
  .object({
    id: number,
    name: z.string(),
    workspaceId: number.optional(),
    version: z.object({
      id: z.string(),
      name: z.string().optional(),
      hash: z.string(),
      isDefault: z.boolean(),
      isDraftVersion: z.boolean(),
      dateCreated: moment,
      lastUpdated: moment,
    }),
  })
  .optional();

export const runContext = {
  orgId: number.optional(),
  orgName: z.string().optional(),
  workspaceId: number.optional(),
  workspaceName: z.string().optional(),
  pipelineInfo,
};

export const jobInfo = z.object({
  id: number.optional(),
  operationId: z.string().optional(),
  message: z.string().optional(),
  status: z.string().optional(),
  exitCode: number.optional(),
});

export const launch = z.object({
  id: z.string(),
  /** The saved pipeline that it was launched from. */
  pipelineId: number.optional(),
  commitId: z.string().optional(),
  schemaName: z.string().optional(),
  computeEnv: computeEnv.optional(),
  pipeline: z.string(),
  revision: z.string().optional(),
  workDir: z.string().optional(),
  configProfiles: z.array(z.string()).optional(),
  configText: z.string().optional(),
  paramsText: z.string().optional(),
  towerConfig: z.string().optional(),
  preRunScript: z.string().optional(),
  postRunScript: z.string().optional(),
  mainScript: z.string().optional(),
  entryName: z.string().optional(),
  outputDir: z.string().optional(),
  syntaxParser: z.enum(['v1', 'v2']).optional(),
  sessionId: z.string(),
  resume: z.boolean(),
  /** What a resume goes on from. */
  resumeDir: z.string().optional(),
  resumeCommitId: z.string().optional(),
  pullLatest: z.boolean(),
  stubRun: z.boolean(),
  headJobCpus: number.optional(),
  headJobMemoryMb: number.optional(),
  userSecrets: z.array(z.string()),
  workspaceSecrets: z.array(z.string()),
  dateCreated: moment,
});

export const logPage = z.object({
  entries: z.array(z.string()),
  forwardToken: z.string().optional(),
  rewindToken: z.string().optional(),
  pending: z.boolean(),
  truncated: z.boolean(),
  message: z.string().optional(),
  downloads: z.array(z.object({ fileName: z.string(), displayText: z.string(), saveName: z.string() })),
});
