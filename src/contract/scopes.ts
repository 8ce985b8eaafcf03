/** Ids in path and query that say within which workspace a request stays. */
import { z } from 'zod';
import { idOrZero, optional, text } from './fields.ts';

/** Absent (or 0): the personal context, or the workspace of the thing that the path names. */
export const workspaceQuery = z.object({ workspaceId: optional(idOrZero) });

const thing = text(64).regex(/^[A-Za-z0-9]+$/, 'must be letters and digits');

export const credentialParams = z.object({ credentialsId: thing });
export const computeEnvParams = z.object({ computeEnvId: thing });
export const runParams = z.object({ workflowId: thing });
