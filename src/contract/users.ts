/** Who I am and where I may work: clients resolve every name through these two. */
import { z } from 'zod';
import { id, line, moment, number, text } from './fields.ts';
import { defineRoute } from './route.ts';

export const user = z.object({
  id: number,
  userName: z.string(),
  email: z.string(),
  firstName: z.string().optional(),
  lastName: z.string().optional(),
  organization: z.string().optional(),
  description: z.string().optional(),
  avatar: z.string().optional(),
  dateCreated: moment,
  lastAccess: moment.optional(),
  lastUpdated: moment.optional(),
  deleted: z.boolean().optional(),
});

export const userInfo = defineRoute({
  operationId: 'UserInfo',
  method: 'GET',
  path: '/user-info',
  summary: 'The user who asks',
  permission: 'signed-in',
  scope: 'user',
  scopedTokens: true,
  response: {
    200: z.object({ user, needConsent: z.boolean(), defaultWorkspaceId: number.optional() }),
  },
});

export const orgAndWorkspace = z.object({
  orgId: number,
  orgName: z.string(),
  orgLogoUrl: z.string().optional(),
  workspaceId: number.nullable(),
  workspaceName: z.string().nullable(),
  workspaceFullName: z.string().optional(),
  visibility: z.enum(['PRIVATE', 'SHARED']).optional(),
  roles: z.array(z.string()),
});

export const userWorkspaces = defineRoute({
  operationId: 'ListWorkspacesUser',
  method: 'GET',
  path: '/user/{userId}/workspaces',
  summary: 'Organisations and workspaces of the user who asks; each organisation has a row of its own',
  permission: 'signed-in',
  scope: 'user',
  scopedTokens: true,
  params: z.object({ userId: id }),
  response: { 200: z.object({ orgsAndWorkspaces: z.array(orgAndWorkspace) }) },
});

const session = z.object({ user });

export const signIn = defineRoute({
  operationId: 'SignIn',
  method: 'POST',
  path: '/auth/sign-in',
  summary: 'Opens a browser session with a password',
  extension: true,
  permission: 'public',
  scope: 'none',
  body: z.object({ userNameOrEmail: line(254), password: text(1024) }),
  response: { 200: session },
});

export const signOut = defineRoute({
  operationId: 'SignOut',
  method: 'POST',
  path: '/auth/sign-out',
  summary: 'Ends the browser session',
  extension: true,
  permission: 'public',
  scope: 'none',
  response: { 204: null },
});

export const currentSession = defineRoute({
  operationId: 'CurrentSession',
  method: 'GET',
  path: '/auth/session',
  summary: 'Whose session this is',
  extension: true,
  permission: 'signed-in',
  scope: 'user',
  response: { 200: session },
});
