/** Browser sessions and passwords: ours alone, for the contract knows tokens only. */
import { z } from 'zod';
import { flag, line, moment, optional, text } from './fields.ts';
import { orgParams } from './people/organisations.ts';
import { defineRoute } from './route.ts';
import { user } from './users.ts';

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

const openSession = z.object({
  id: z.string(),
  dateCreated: moment,
  lastUsed: moment,
  expiresAt: moment,
  ip: z.string().optional(),
  userAgent: z.string().optional(),
  /** The one that asks. */
  current: z.boolean(),
});

export const listSessions = defineRoute({
  operationId: 'ListSessions',
  method: 'GET',
  path: '/auth/sessions',
  summary: 'Browser sessions of the user who asks that are open, last used first',
  extension: true,
  permission: 'signed-in',
  scope: 'user',
  response: { 200: z.object({ sessions: z.array(openSession) }) },
});

export const endOtherSessions = defineRoute({
  operationId: 'EndOtherSessions',
  method: 'DELETE',
  path: '/auth/sessions',
  summary: 'Ends all browser sessions of the user who asks, but the one that asks',
  extension: true,
  permission: 'signed-in',
  scope: 'user',
  response: { 204: null },
});

export const endSession = defineRoute({
  operationId: 'EndSession',
  method: 'DELETE',
  path: '/auth/sessions/{sessionId}',
  summary: 'Ends a browser session of the user who asks at once',
  extension: true,
  permission: 'signed-in',
  scope: 'user',
  params: z.object({ sessionId: text(64) }),
  response: { 204: null },
});

export const changePassword = defineRoute({
  operationId: 'ChangePassword',
  method: 'POST',
  path: '/auth/password',
  summary: 'A new password for the user who asks; ends all other sessions and, if told to, all access tokens',
  extension: true,
  permission: 'signed-in',
  scope: 'user',
  body: z.object({ currentPassword: text(1024), password: text(1024), revokeTokens: optional(flag) }),
  response: { 204: null },
});

export const createPasswordLink = defineRoute({
  operationId: 'CreatePasswordLink',
  method: 'POST',
  path: '/orgs/{orgId}/members/{memberId}/password-link',
  summary:
    'A link with which a member sets a new password: works once, for a day. Only for people whose account began in this ' +
    'organisation and who belong to none that the owner who asks does not own too; the operator can help all others',
  extension: true,
  permission: 'member:write',
  scope: 'organisation',
  scopedTokens: false,
  params: orgParams.extend({ memberId: orgParams.shape.orgId }),
  response: { 200: z.object({ url: z.string(), expiresAt: moment }) },
});
