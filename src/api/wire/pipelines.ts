/** Saved pipelines, their versions and launches as clients know them. */

import type { z } from 'zod';
import type { launchRecord, pipeline } from '#contract/pipelines/answers.ts';
import type { Caller } from '#core/caller.ts';
import type { LaunchDetails, PipelineDetails } from '#core/ports/pipeline-actions.ts';
import { wireComputeEnv } from './clusters.ts';
import { iso } from './dates.ts';
import { wireLabel } from './labels.ts';

const wireVersion = ({ pipeline: { defaultVersionId }, version }: PipelineDetails) => ({
  id: version.id,
  name: version.name ?? undefined,
  isDefault: version.id === defaultVersionId,
  hash: version.hash,
  creatorUserId: version.userId,
  creatorUserName: version.author.userName,
  creatorFirstName: version.author.firstName ?? undefined,
  creatorLastName: version.author.lastName ?? undefined,
  dateCreated: iso(version.createdAt),
  lastUpdated: iso(version.updatedAt),
});

export const wirePipeline = (details: PipelineDetails): z.output<typeof pipeline> => {
  const { pipeline: row, version, labels, computeEnv } = details;
  return {
    pipelineId: row.id,
    name: row.name,
    description: row.description ?? undefined,
    icon: row.icon ?? undefined,
    repository: version.repository,
    userId: row.userId,
    userName: row.author.userName,
    userFirstName: row.author.firstName ?? undefined,
    userLastName: row.author.lastName ?? undefined,
    orgId: row.organisationId || undefined,
    orgName: row.organisationName ?? undefined,
    workspaceId: row.workspaceId ?? undefined,
    workspaceName: row.workspaceName ?? undefined,
    visibility: row.visibility,
    deleted: false,
    lastUpdated: iso(row.updatedAt),
    version: wireVersion(details),
    labels: labels?.map(wireLabel),
    computeEnv: computeEnv && { id: computeEnv.id, name: computeEnv.name, platform: computeEnv.platform },
  };
};

/** Names of personal secrets are shown to whose they are: sent back by others they would mean the others' own. */
export const wireLaunchRecord = (
  details: LaunchDetails,
  { userId }: Pick<Caller, 'userId'>,
): z.output<typeof launchRecord> => {
  const { run, version, computeEnv } = details;
  const source = version ?? run;
  return {
    ...source.launch,
    id: version ? version.launchId : run.id,
    computeEnv: computeEnv === null ? undefined : wireComputeEnv(computeEnv),
    userSecrets: source.userId === userId ? (source.launch.userSecrets ?? []) : [],
    workspaceSecrets: source.launch.workspaceSecrets ?? [],
    ...(run && {
      runName: run.runName,
      sessionId: run.sessionId,
      workspaceId: run.workspaceId ?? undefined,
      workDir: run.launch.workDir ?? run.snapshot.workDir,
    }),
    dateCreated: iso(source.createdAt),
    lastUpdated: iso(source.updatedAt),
  };
};
