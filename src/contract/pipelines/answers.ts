/** What saved pipelines, their versions and their launches look like in answers. */
import { z } from 'zod';
import { moment, number } from '../fields.ts';
import { launch } from '../run-answers.ts';
import { label } from './labels.ts';

const version = z.object({
  id: z.string(),
  /** Absent: a draft. */
  name: z.string().optional(),
  isDefault: z.boolean(),
  hash: z.string(),
  creatorUserId: number,
  creatorUserName: z.string(),
  creatorFirstName: z.string().optional(),
  creatorLastName: z.string().optional(),
  dateCreated: moment,
  lastUpdated: moment,
});

export const pipeline = z.object({
  pipelineId: number,
  name: z.string(),
  description: z.string().optional(),
  icon: z.string().optional(),
  repository: z.string(),
  userId: number,
  userName: z.string(),
  userFirstName: z.string().optional(),
  userLastName: z.string().optional(),
  orgId: number.optional(),
  orgName: z.string().optional(),
  workspaceId: number.optional(),
  workspaceName: z.string().optional(),
  visibility: z.string(),
  deleted: z.boolean(),
  lastUpdated: moment,
  /** The command line client reads its id and name. */
  version,
  /** With `attributes=labels`. */
  labels: z.array(label).optional(),
  /** With `attributes=computeEnv`. */
  computeEnv: z.object({ id: z.string(), name: z.string(), platform: z.string() }).optional(),
});

/** What a launch is made of: of a version of a saved pipeline, or of a run. As it was given: declarative clients compare. */
export const launchRecord = launch
  .omit({ resumeDir: true, resumeCommitId: true, pipelineId: true })
  .partial()
  .extend({
    id: z.string(),
    pipeline: z.string(),
    workspaceId: number.optional(),
    runName: z.string().optional(),
    dateCreated: moment,
    lastUpdated: moment,
  });
