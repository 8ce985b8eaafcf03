/** Launches by their own id: those of versions of saved pipelines, and those of runs. */
import { z } from 'zod';
import { defineRoute } from '../route.ts';
import { launchParams, sourceQuery } from '../scopes.ts';
import { launchRecord } from './answers.ts';

export const describeLaunch = defineRoute({
  operationId: 'DescribeLaunch',
  method: 'GET',
  path: '/launch/{launchId}',
  summary: 'The launch of a version of a saved pipeline, or of a run',
  permission: 'workflow:read',
  scope: 'launch',
  params: launchParams,
  query: sourceQuery,
  response: { 200: z.object({ launch: launchRecord }) },
});
