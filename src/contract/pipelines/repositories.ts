/** What is in a pipeline's repository: schema, manifest, profiles, revisions. */
import { z } from 'zod';
import { attributes, line, optional, word } from '../fields.ts';
import { defineRoute } from '../route.ts';
import { pipelineParams, sourceQuery, versionQuery, workspaceQuery } from '../scopes.ts';

const manifest = z.object({
  name: z.string().optional(),
  description: z.string().optional(),
  author: z.string().optional(),
  homePage: z.string().optional(),
  icon: z.string().optional(),
  mainScript: z.string().optional(),
  defaultBranch: z.string().optional(),
  nextflowVersion: z.string().optional(),
  gitmodules: z.string().optional(),
  version: z.string().optional(),
});

const pipelineInfo = z.object({
  projectName: z.string(),
  simpleName: z.string(),
  repositoryUrl: z.string(),
  cloneUrl: z.string(),
  provider: z.string(),
  configFiles: z.array(z.string()),
  workDirs: z.array(z.string()),
  revisions: z.array(z.string()),
  profiles: z.array(z.string()),
  manifest,
  warnings: z.array(z.string()),
  revisionName: z.string().optional(),
  commitId: z.string().optional(),
});

export const describePipelineRepository = defineRoute({
  operationId: 'DescribePipelineRepository',
  method: 'GET',
  path: '/pipelines/info',
  summary:
    'A repository: manifest, profiles, revisions; paths are read on the cluster with the key of who asks',
  permission: 'workflow:execute',
  scope: 'workspace',
  query: workspaceQuery.extend({
    name: word(1000),
    revision: optional(word(200)),
    mainScript: optional(line(1000)),
  }),
  response: { 200: z.object({ pipelineInfo }) },
});

export const describePipelineSchema = defineRoute({
  operationId: 'DescribePipelineSchema',
  method: 'GET',
  path: '/pipelines/{pipelineId}/schema',
  summary: "The pipeline's nextflow_schema.json, read from its repository; 204 where it has none",
  permission: 'pipeline:read',
  scope: 'pipeline',
  params: pipelineParams,
  query: sourceQuery.extend({ ...versionQuery.shape, attributes }),
  response: { 200: z.object({ schema: z.string(), params: z.string().optional() }) },
  emptyIs204: true,
});
