/** Runs as clients know them, complete from the first moment: clients read these fields while a run is still submitted. */

import type { z } from 'zod';
import type { AnswerBody } from '#contract/route.ts';
import type { jobInfo, launch, logPage, workflow, workflowDetails } from '#contract/run-answers.ts';
import type { describeWorkflow, listWorkflows } from '#contract/runs.ts';
import type { Caller } from '#core/caller.ts';
import type { SessionCleanup } from '#core/cleanup.ts';
import { schedulerNames } from '#core/platforms.ts';
import type { RunDetails, RunLogPage } from '#core/ports/run-actions.ts';
import { runStats } from '#core/progress.ts';
import type { ReportedWorkflow } from '#core/reports.ts';
import { isLive, type Run, type RunPipeline, startedByHand } from '#core/runs.ts';
import { wireComputeEnv } from './clusters.ts';
import { iso, isoOrAbsent } from './dates.ts';
import { wireRunLabel } from './labels.ts';
import { known, wireProgress } from './tasks.ts';

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

/** What only Nextflow can tell of a run, absent until it did. */
const toldByNextflow = (reported: Partial<ReportedWorkflow>) => {
  const { manifest, nextflow, scriptId, scriptFile, projectDir, homeDir } = reported;
  const { container, containerEngine, configFiles, repository, revision, commitId } = reported;
  return {
    ...known({ scriptId, scriptFile, projectDir, homeDir, container, containerEngine, configFiles }),
    ...known({ repository, revision, commitId, scriptName: reported.scriptName, profile: reported.profile }),
    ...known({ configText: reported.configText, params: reported.params }),
    ...known({ projectName: reported.projectName, commandLine: reported.commandLine }),
    manifest: manifest ? known(manifest) : undefined,
    nextflow: nextflow
      ? {
          version: nextflow.version ?? undefined,
          build: nextflow.build ?? undefined,
          timestamp: isoOrAbsent(nextflow.timestamp),
        }
      : undefined,
  };
};

const statsOf = ({ workflow }: RunDetails['progress']) =>
  workflow.updatedAt === null ? undefined : runStats(workflow);

const wireWorkflow = ({ run, userName, report, progress }: RunDetails): z.output<typeof workflow> => {
  const { facts, launch: asked } = run;
  const told = toldByNextflow(report?.workflow ?? {});
  return {
    ...told,
    id: run.id,
    launchId: run.id,
    runName: run.runName,
    sessionId: run.sessionId,
    status: run.status,
    userName,
    ownerId: run.userId,
    workDir: run.workDir ?? run.snapshot.workDir,
    launchDir: run.headDir ?? undefined,
    projectName: facts.projectName ?? told.projectName ?? asked.pipeline,
    commandLine: facts.commandLine ?? told.commandLine ?? `nextflow run ${asked.pipeline}`,
    repository: facts.repository ?? told.repository,
    revision: facts.revision ?? told.revision ?? asked.revision,
    commitId: facts.commitId ?? told.commitId,
    scriptName: asked.mainScript ?? told.scriptName,
    scriptFile: told.scriptFile ?? facts.scriptFile,
    profile: asked.configProfiles?.join(',') ?? told.profile ?? facts.profile,
    configText: asked.configText ?? told.configText,
    params: paramsOf(asked.paramsText) ?? told.params,
    resume: asked.resume ?? report?.workflow?.resume ?? false,
    success: isLive(run.status) ? undefined : run.status === 'SUCCEEDED',
    exitStatus: run.exitStatus ?? undefined,
    errorMessage: run.errorMessage ?? undefined,
    errorReport: run.errorReport ?? undefined,
    ...timesOf(run),
    requiresAttention: run.status === 'UNKNOWN' || run.failures > 0,
    nextflow:
      told.nextflow ??
      (facts.nextflowVersion ? { version: facts.nextflowVersion, build: facts.nextflowBuild } : undefined),
    stats: statsOf(progress),
  };
};

const wireWorkflowDetails = (details: RunDetails): z.output<typeof workflowDetails> => {
  const { id, launch: asked, headJobId, snapshot } = details.run;
  return {
    ...wireWorkflow(details),
    configProfiles: asked.configProfiles,
    preRunScript: asked.preRunScript,
    postRunScript: asked.postRunScript,
    towerConfig: asked.towerConfig,
    syntaxParser: asked.syntaxParser,
    operationId: headJobId ?? undefined,
    ...(!startedByHand(details.run) && { outFile: `nf-${id}.txt`, logFile: `nf-${id}.log` }),
    nextflowConfig: snapshot.config.nextflowConfig,
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

const wireCleanup = ({ policy, dueAt, startedAt, cleanedAt, tasksRemoved, message }: SessionCleanup) => ({
  policy,
  dueAt: iso(dueAt),
  startedAt: isoOrAbsent(startedAt),
  cleanedAt: isoOrAbsent(cleanedAt),
  tasksRemoved,
  message: message ?? undefined,
});

/** Clients want a platform; a run that was not launched here has none that we know. */
const platformOf = (run: Run) => {
  const { platform } = run.snapshot;
  return startedByHand(run)
    ? { id: 'manual-platform', name: 'Started by hand' }
    : { id: platform, name: schedulerNames[platform] };
};

export const wireRun = (details: RunDetails): AnswerBody<typeof describeWorkflow> => ({
  workflow: wireWorkflowDetails(details),
  progress: wireProgress(details.progress),
  platform: platformOf(details.run),
  jobInfo: wireJob(details.run),
  labels: labelsOfRun(details),
  messages: details.run.messages,
  cleanup: details.cleanup === null ? undefined : wireCleanup(details.cleanup),
  optimized: false,
  ...contextOf(details),
});

/** Names of personal secrets are shown to whose they are: sent back by others they would mean the others' own. */
export const wireLaunch = (
  { run, computeEnv }: RunDetails,
  { userId }: Pick<Caller, 'userId'>,
): z.output<typeof launch> => ({
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
  userSecrets: run.userId === userId ? (run.launch.userSecrets ?? []) : [],
  workspaceSecrets: run.launch.workspaceSecrets ?? [],
  dateCreated: iso(run.createdAt),
});

export const wireLog = (page: RunLogPage): z.output<typeof logPage> => ({
  ...page,
  forwardToken: page.forwardToken ?? undefined,
  rewindToken: page.rewindToken ?? undefined,
  message: page.message ?? undefined,
});
