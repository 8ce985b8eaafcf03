/** What runs here: open to everybody, so that clients can tell versions before they sign in. */
import { z } from 'zod';
import { number } from './fields.ts';
import { defineRoute } from './route.ts';

export const serviceInfo = z.object({
  version: z.string(),
  apiVersion: z.string(),
  commitId: z.string().optional(),
  authTypes: z.array(z.string()),
  loginPath: z.string(),
  logoutUrl: z.string().optional(),
  landingUrl: z.string().optional(),
  contactEmail: z.string().optional(),
  userWorkspaceEnabled: z.boolean(),
  allowLocalRepos: z.boolean(),
  allowInstanceCredentials: z.boolean(),
  allowNextflowCliLogs: z.boolean(),
  heartbeatInterval: number,
  launchConfigTextMaxSize: number,
  launchParamsTextMaxSize: number,
  contentMaxFileSize: number.optional(),
  seqeraCloud: z.boolean(),
  waveEnabled: z.boolean(),
  groundswellEnabled: z.boolean(),
});

export const info = defineRoute({
  operationId: 'Info',
  method: 'GET',
  path: '/service-info',
  summary: 'Version and abilities of this service',
  permission: 'public',
  scope: 'none',
  response: { 200: z.object({ serviceInfo }) },
});
