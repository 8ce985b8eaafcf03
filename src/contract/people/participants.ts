/** Who works in a workspace, with which role. */

import { z } from 'zod';
import { organisationRoles } from '#core/roles.ts';
import { id, line, number, optional, paging, search, text } from '../fields.ts';
import { defineRoute } from '../route.ts';
import { workspaceParams } from './workspaces.ts';

export const participant = z.object({
  participantId: number,
  memberId: number.optional(),
  userName: z.string().optional(),
  email: z.string().optional(),
  firstName: z.string().optional(),
  lastName: z.string().optional(),
  orgRole: z.enum(organisationRoles).optional(),
  teamId: number.optional(),
  teamName: z.string().optional(),
  /** Built-in, in lower case, or one of the organisation's own. */
  wspRole: z.string(),
  type: z.enum(['MEMBER', 'TEAM', 'COLLABORATOR']),
  userAvatarUrl: z.string().optional(),
  teamAvatarUrl: z.string().optional(),
});

const participantParams = workspaceParams.extend({ participantId: id });

export const listParticipants = defineRoute({
  operationId: 'ListWorkspaceParticipants',
  method: 'GET',
  path: '/orgs/{orgId}/workspaces/{workspaceId}/participants',
  summary: 'Participants; an exact user name, e-mail or team name finds that one alone',
  permission: 'workspace:read',
  scope: 'workspace',
  remembered: true,
  params: workspaceParams,
  query: z.object({ ...paging, search }),
  response: { 200: z.object({ participants: z.array(participant), totalSize: number }) },
});

export const addParticipant = defineRoute({
  operationId: 'CreateWorkspaceParticipant',
  method: 'PUT',
  path: '/orgs/{orgId}/workspaces/{workspaceId}/participants/add',
  summary: 'Adds a member or a team, with role view; who has only an account becomes a collaborator',
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
  summary: 'Gives a participant another role, built-in or made by the organisation, in any case',
  permission: 'workspace:admin',
  scope: 'workspace',
  params: participantParams,
  body: z.object({ role: optional(text(100)) }),
  response: { 204: null },
});

export const removeParticipant = defineRoute({
  operationId: 'DeleteWorkspaceParticipant',
  method: 'DELETE',
  path: '/orgs/{orgId}/workspaces/{workspaceId}/participants/{participantId}',
  summary: 'Takes a member or a team out of the workspace; what runs for them there goes on',
  permission: 'workspace:admin',
  scope: 'workspace',
  params: participantParams,
  response: { 204: null },
});

export const removeWorkspaceUser = defineRoute({
  operationId: 'DeleteWorkspaceUser',
  method: 'DELETE',
  path: '/orgs/{orgId}/workspaces/{workspaceId}/users/{userId}',
  summary: 'Takes a user out of the workspace; what they may do through teams remains',
  permission: 'workspace:admin',
  scope: 'workspace',
  params: workspaceParams.extend({ userId: id }),
  response: { 204: null },
});

export const leaveWorkspace = defineRoute({
  operationId: 'LeaveWorkspaceParticipant',
  method: 'DELETE',
  path: '/orgs/{orgId}/workspaces/{workspaceId}/participants',
  summary: 'Ends one’s own participation',
  permission: 'workspace_self:delete',
  scope: 'workspace',
  params: workspaceParams,
  response: { 204: null },
});
