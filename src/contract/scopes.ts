/** Ids in path and query that say within which workspace a request stays. */
import { z } from 'zod';
import { idOrZero, optional, text } from './fields.ts';

/** Absent (or 0): the personal context, or the workspace of the thing that the path names. */
export const workspaceQuery = z.object({ workspaceId: optional(idOrZero) });

export const thing = text(64).regex(/^[A-Za-z0-9]+$/, 'must be letters and digits');

export const credentialParams = z.object({ credentialsId: thing });
export const computeEnvParams = z.object({ computeEnvId: thing });
export const runParams = z.object({ workflowId: thing });
export const pipelineParams = z.object({ pipelineId: idOrZero });
export const versionParams = pipelineParams.extend({ versionId: thing });
export const launchParams = z.object({ launchId: thing });

/** A shared pipeline is named with the workspace that asks and the one that it is saved in. */
export const sourceQuery = workspaceQuery.extend({ sourceWorkspaceId: optional(idOrZero) });
export const versionQuery = z.object({ versionId: optional(thing) });
