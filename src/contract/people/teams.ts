/** Teams: members who get a role in a workspace together. */

import { z } from 'zod';
import { id, line, name, number, optional, paging, search, text } from '../fields.ts';
import { defineRoute } from '../route.ts';
import { member } from './members.ts';
import { nameQuery, orgParams } from './organisations.ts';

export const team = z.object({
  teamId: number,
  name: z.string(),
  description: z.string().optional(),
  avatarUrl: z.string().optional(),
  membersCount: number,
});

const teamParams = orgParams.extend({ teamId: id });
const listQuery = z.object({ ...paging, search });
const description = optional(text(250));

export const listTeams = defineRoute({
  operationId: 'ListOrganizationTeams',
  method: 'GET',
  path: '/orgs/{orgId}/teams',
  summary: 'Teams; without max all of them; an exact name finds that one alone',
  permission: 'team:read',
  scope: 'organisation',
  params: orgParams,
  query: listQuery,
  response: { 200: z.object({ teams: z.array(team), totalSize: number }) },
});

export const createTeam = defineRoute({
  operationId: 'CreateOrganizationTeam',
  method: 'POST',
  path: '/orgs/{orgId}/teams',
  summary: 'Makes a team, without members',
  permission: 'team:write',
  scope: 'organisation',
  params: orgParams,
  body: z.object({ team: z.object({ name: name(40), description }) }),
  response: { 200: z.object({ team }) },
});

export const validateTeamName = defineRoute({
  operationId: 'ValidateTeamName',
  method: 'GET',
  path: '/orgs/{orgId}/teams/validate',
  summary: 'Whether a team may be named so: 204, 400 (bad), 409 (taken)',
  permission: 'team:read',
  scope: 'organisation',
  params: orgParams,
  query: nameQuery,
  response: { 204: null },
});

export const describeTeam = defineRoute({
  operationId: 'DescribeOrganizationTeam',
  method: 'GET',
  path: '/orgs/{orgId}/teams/{teamId}',
  summary: 'One team',
  permission: 'team:read',
  scope: 'organisation',
  params: teamParams,
  response: { 200: z.object({ team }) },
});

export const updateTeam = defineRoute({
  operationId: 'UpdateOrganizationTeam',
  method: 'PUT',
  path: '/orgs/{orgId}/teams/{teamId}',
  summary: 'Changes what a team is called and how it describes itself',
  permission: 'team:write',
  scope: 'organisation',
  params: teamParams,
  body: z.object({ name: optional(name(40)), description: optional(text(250).nullable()) }),
  clearable: ['description'],
  response: { 200: z.object({ team }) },
});

export const deleteTeam = defineRoute({
  operationId: 'DeleteOrganizationTeam',
  method: 'DELETE',
  path: '/orgs/{orgId}/teams/{teamId}',
  summary: 'Deletes a team; its members keep what they may do otherwise',
  permission: 'team:write',
  scope: 'organisation',
  params: teamParams,
  response: { 204: null },
});

export const listTeamMembers = defineRoute({
  operationId: 'ListOrganizationTeamMembers',
  method: 'GET',
  path: '/orgs/{orgId}/teams/{teamId}/members',
  summary: 'Members of a team; an exact user name or e-mail finds that one alone',
  permission: 'team:read',
  scope: 'organisation',
  params: teamParams,
  query: listQuery,
  response: { 200: z.object({ members: z.array(member), totalSize: number }) },
});

export const addTeamMember = defineRoute({
  operationId: 'CreateOrganizationTeamMember',
  method: 'POST',
  path: '/orgs/{orgId}/teams/{teamId}/members',
  summary: 'Adds a member of the organisation to a team',
  permission: 'team:write',
  scope: 'organisation',
  params: teamParams,
  body: z.object({ userNameOrEmail: optional(line(254)) }),
  response: { 200: z.object({ member }) },
});

export const removeTeamMember = defineRoute({
  operationId: 'DeleteOrganizationTeamMember',
  method: 'DELETE',
  path: '/orgs/{orgId}/teams/{teamId}/members/{memberId}/delete',
  summary: 'Takes a member out of a team, not out of the organisation',
  permission: 'team:write',
  scope: 'organisation',
  params: teamParams.extend({ memberId: id }),
  response: { 204: null },
});

export const listTeamWorkspaces = defineRoute({
  operationId: 'ListWorkspacesByTeam',
  method: 'GET',
  path: '/orgs/{orgId}/teams/{teamId}/workspaces',
  summary: 'Workspaces that a team participates in, with its role there',
  permission: 'team:read',
  scope: 'organisation',
  params: teamParams,
  query: listQuery,
  response: {
    200: z.object({
      workspaces: z.array(
        z.object({
          orgId: number,
          orgName: z.string(),
          workspaceId: number,
          workspaceName: z.string(),
          workspaceFullName: z.string(),
          participantId: number,
          participantRole: z.string(),
        }),
      ),
      totalSize: number,
    }),
  },
});
