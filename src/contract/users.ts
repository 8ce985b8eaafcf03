/** Who I am and where I may work: clients resolve every name through these two. */
import { z } from 'zod';
import { id, line, moment, number, optional, text } from './fields.ts';
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

const described = z.object({ user, needConsent: z.boolean(), defaultWorkspaceId: number.optional() });

export const userInfo = defineRoute({
  operationId: 'UserInfo',
  method: 'GET',
  path: '/user-info',
  summary: 'The user who asks',
  permission: 'signed-in',
  scope: 'user',
  scopedTokens: true,
  response: { 200: described },
});

export const validateUserName = defineRoute({
  operationId: 'ValidateUserName',
  method: 'GET',
  path: '/users/validate',
  summary: 'Whether a user may be named so: 204, 400 (bad), 409 (taken)',
  permission: 'signed-in',
  scope: 'user',
  query: z.object({ name: optional(text(200)) }),
  response: { 204: null },
});

const userParams = z.object({ userId: id });

export const describeUser = defineRoute({
  operationId: 'DescribeUser',
  method: 'GET',
  path: '/users/{userId}',
  summary: 'The user who asks, by number; anybody else is unknown',
  permission: 'signed-in',
  scope: 'user',
  scopedTokens: true,
  params: userParams,
  response: { 200: described },
});

const blankable = (schema: z.ZodString) => optional(schema.nullable());

export const updateUser = defineRoute({
  operationId: 'UpdateUser',
  method: 'POST',
  path: '/users/{userId}',
  summary: 'Changes how the user who asks describes themselves; name and e-mail stay',
  permission: 'signed-in',
  scope: 'user',
  params: userParams,
  body: z.object({
    userName: optional(line(64)),
    email: optional(line(254)),
    firstName: blankable(line(100)),
    lastName: blankable(line(100)),
    organization: blankable(line(200)),
    description: blankable(text(1000)),
    defaultWorkspaceId: optional(id.nullable()),
  }),
  clearable: ['firstName', 'lastName', 'organization', 'description', 'defaultWorkspaceId'],
  response: { 204: null },
});

export const deleteUser = defineRoute({
  operationId: 'DeleteUser',
  method: 'DELETE',
  path: '/users/{userId}',
  summary: 'Deletes the account of the user who asks; 409 while anything of theirs runs',
  permission: 'signed-in',
  scope: 'user',
  params: userParams,
  response: { 204: null },
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
  remembered: true,
  scopedTokens: true,
  params: z.object({ userId: id }),
  response: { 200: z.object({ orgsAndWorkspaces: z.array(orgAndWorkspace) }) },
});
