/** Runs as clients know them, complete from the first moment: clients read these fields while a run is still submitted. */

import type { z } from 'zod';
import type { AnswerBody } from '#contract/route.ts';
import type { jobInfo, launch, logPage, workflow, workflowDetails } from '#contract/run-answers.ts';
import type { describeWorkflow, listWorkflows } from '#contract/runs.ts';
import { schedulerNames } from '#core/platforms.ts';
import type { RunDetails, RunLogPage } from '#core/ports/run-actions.ts';
import { isLive, type Run, type RunPipeline } from '#core/runs.ts';
import { wireComputeEnv } from './clusters.ts';
import { iso, isoOrAbsent } from './dates.ts';
import { wireRunLabel } from './labels.ts';
import { wireProgress } from './tasks.ts';

/** Parameters are shown where they are JSON; YAML stays in the launch. */
const paramsOf = (text: string | undefined): Record<string, unknown> | undefined => {
  if (text === undefined) return undefined;
  try {
    const parsed: unknown = JSON.parse(text);
    const isObject = typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed);
    return isObject ? { ...parsed } : undefined;
  } catch {
    return undefined;
  }
};

const timesOf = (run: Run) => ({
  submit: iso(run.createdAt),
  start: isoOrAbsent(run.startedAt),
  complete: isoOrAbsent(run.completedAt),
  duration: run.completedAt === null ? undefined : run.completedAt - (run.startedAt ?? run.createdAt),
  dateCreated: iso(run.createdAt),
  lastUpdated: iso(run.updatedAt),
});

const wireWorkflow = ({ run, userName }: RunDetails): z.output<typeof workflow> => ({
  id: run.id,
  launchId: run.id,
  runName: run.runName,
  sessionId: run.sessionId,
  status: run.status,
  userName,
  ownerId: run.userId,
  workDir: run.workDir ?? run.snapshot.workDir,
  launchDir: run.headDir ?? undefined,
  projectName: run.facts.projectName ?? run.launch.pipeline,
  commandLine: run.facts.commandLine ?? `nextflow run ${run.launch.pipeline}`,
  repository: run.facts.repository,
  revision: run.facts.revision ?? run.launch.revision,
  commitId: run.facts.commitId,
  scriptName: run.launch.mainScript,
  profile: run.launch.configProfiles?.join(','),
  configText: run.launch.configText,
  params: paramsOf(run.launch.paramsText),
  resume: run.launch.resume ?? false,
  success: isLive(run.status) ? undefined : run.status === 'SUCCEEDED',
  exitStatus: run.exitStatus ?? undefined,
  errorMessage: run.errorMessage ?? undefined,
  errorReport: run.errorReport ?? undefined,
  ...timesOf(run),
  requiresAttention: run.status === 'UNKNOWN' || run.failures > 0,
  nextflow: run.facts.nextflowVersion === undefined ? undefined : { version: run.facts.nextflowVersion },
});

const wireWorkflowDetails = (details: RunDetails): z.output<typeof workflowDetails> => {
  const { id, launch: asked, headJobId } = details.run;
  return {
    ...wireWorkflow(details),
    configProfiles: asked.configProfiles,
    preRunScript: asked.preRunScript,
    postRunScript: asked.postRunScript,
    towerConfig: asked.towerConfig,
    syntaxParser: asked.syntaxParser,
    operationId: headJobId ?? undefined,
    outFile: `nf-${id}.txt`,
    logFile: `nf-${id}.log`,
  };
};

const labelsOfRun = ({ run, labels }: RunDetails) => labels.map((label) => wireRunLabel(label, run));

const wirePipelineInfo = ({ id, name, workspaceId, version }: RunPipeline) => ({
  id,
  name,
  workspaceId: workspaceId ?? undefined,
  version: {
    id: version.id,
    name: version.name ?? undefined,
    hash: version.hash,
    isDefault: version.isDefault,
    isDraftVersion: version.name === null,
    dateCreated: iso(version.createdAt),
    lastUpdated: iso(version.updatedAt),
  },
});

const contextOf = ({ run, organisationName, workspaceName }: RunDetails) => ({
  orgId: run.organisationId || undefined,
  orgName: organisationName ?? undefined,
  workspaceId: run.workspaceId ?? undefined,
  workspaceName: workspaceName ?? undefined,
  pipelineInfo: run.pipeline === null ? undefined : wirePipelineInfo(run.pipeline),
});

const wireJob = ({ headJobId, jobState, exitStatus, messages }: Run): z.output<typeof jobInfo> => ({
  operationId: headJobId ?? undefined,
  status: jobState ?? undefined,
  exitCode: exitStatus ?? undefined,
  message: messages.at(-1),
});

export const wireRunRow = (details: RunDetails): AnswerBody<typeof listWorkflows>['workflows'][number] => ({
  workflow: wireWorkflow(details),
  ...contextOf(details),
  labels: labelsOfRun(details),
  progress: wireProgress(details.progress),
  optimized: false,
  starred: details.starred,
});

export const wireRun = (details: RunDetails): AnswerBody<typeof describeWorkflow> => {
  const { platform } = details.run.snapshot;
  return {
    workflow: wireWorkflowDetails(details),
    progress: wireProgress(details.progress),
    platform: { id: platform, name: schedulerNames[platform] },
    jobInfo: wireJob(details.run),
    labels: labelsOfRun(details),
    messages: details.run.messages,
    optimized: false,
    ...contextOf(details),
  };
};

export const wireLaunch = ({ run, computeEnv }: RunDetails): z.output<typeof launch> => ({
  ...run.launch,
  id: run.id,
  pipelineId: run.pipeline?.id,
  computeEnv: computeEnv === null ? undefined : wireComputeEnv(computeEnv),
  workDir: run.launch.workDir ?? run.snapshot.workDir,
  sessionId: run.sessionId,
  resume: run.launch.resume ?? false,
  resumeDir: run.workDir ?? undefined,
  resumeCommitId: run.facts.commitId,
  pullLatest: run.launch.pullLatest ?? false,
  stubRun: run.launch.stubRun ?? false,
  userSecrets: run.launch.userSecrets ?? [],
  workspaceSecrets: run.launch.workspaceSecrets ?? [],
  dateCreated: iso(run.createdAt),
});

export const wireLog = (page: RunLogPage): z.output<typeof logPage> => ({
  ...page,
  forwardToken: page.forwardToken ?? undefined,
  rewindToken: page.rewindToken ?? undefined,
  message: page.message ?? undefined,
});
