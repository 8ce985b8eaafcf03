/** Who works in a workspace, with which role. */

import { z } from 'zod';
import { organisationRoles, parseWorkspaceRole, workspaceRoles } from '#core/roles.ts';
import { id, line, number, optional, paging, search, text } from '../fields.ts';
import { defineRoute } from '../route.ts';
import { workspaceParams } from './workspaces.ts';

export const participant = z.object({
  participantId: number,
  memberId: number,
  userName: z.string(),
  email: z.string(),
  firstName: z.string().optional(),
  lastName: z.string().optional(),
  orgRole: z.enum(organisationRoles),
  wspRole: z.enum(workspaceRoles),
  type: z.enum(['MEMBER', 'COLLABORATOR']),
  userAvatarUrl: z.string().optional(),
});

/** Roles arrive in any case. */
export const workspaceRole = text(40).transform((typed, context) => {
  const role = parseWorkspaceRole(typed);
  if (role) return role;
  context.addIssue({ code: 'custom', message: `must be one of ${workspaceRoles.join(', ')}` });
  return z.NEVER;
});

export const listParticipants = defineRoute({
  operationId: 'ListWorkspaceParticipants',
  method: 'GET',
  path: '/orgs/{orgId}/workspaces/{workspaceId}/participants',
  summary: 'Participants; an exact user name or e-mail finds that one alone',
  permission: 'workspace:read',
  scope: 'workspace',
  params: workspaceParams,
  query: z.object({ ...paging, search }),
  response: { 200: z.object({ participants: z.array(participant), totalSize: number }) },
});

export const addParticipant = defineRoute({
  operationId: 'CreateWorkspaceParticipant',
  method: 'PUT',
  path: '/orgs/{orgId}/workspaces/{workspaceId}/participants/add',
  summary: 'Adds a member to the workspace, with role view',
  permission: 'workspace:admin',
  scope: 'workspace',
  params: workspaceParams,
  body: z.object({
    memberId: optional(id),
    teamId: optional(id),
    userNameOrEmail: optional(line(254)),
  }),
  response: { 200: z.object({ participant }) },
});

export const setParticipantRole = defineRoute({
  operationId: 'UpdateWorkspaceParticipantRole',
  method: 'PUT',
  path: '/orgs/{orgId}/workspaces/{workspaceId}/participants/{participantId}/role',
  summary: 'Gives a participant another role',
  permission: 'workspace:admin',
  scope: 'workspace',
  params: workspaceParams.extend({ participantId: id }),
  body: z.object({ role: workspaceRole }),
  response: { 204: null },
});
