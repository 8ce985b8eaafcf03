/** Members and collaborators of an organisation. */

import { z } from 'zod';
import { organisationRoles } from '#core/roles.ts';
import { id, line, number, optional, paging, search } from '../fields.ts';
import { defineRoute } from '../route.ts';
import { organisationRole, orgParams } from './organisations.ts';

export const member = z.object({
  memberId: number,
  userId: number,
  userName: z.string(),
  email: z.string(),
  firstName: z.string().optional(),
  lastName: z.string().optional(),
  avatar: z.string().optional(),
  role: z.enum(organisationRoles),
});

const listed = z.object({ members: z.array(member), totalSize: number });
const listQuery = z.object({ ...paging, search });

export const listMembers = defineRoute({
  operationId: 'ListOrganizationMembers',
  method: 'GET',
  path: '/orgs/{orgId}/members',
  summary: 'Owners and members; an exact user name or e-mail finds that one alone',
  permission: 'member:read',
  scope: 'organisation',
  remembered: true,
  params: orgParams,
  query: listQuery,
  response: { 200: listed },
});

export const listCollaborators = defineRoute({
  operationId: 'ListOrganizationCollaborators',
  method: 'GET',
  path: '/orgs/{orgId}/collaborators',
  summary: 'Collaborators: people of single workspaces who are no members',
  permission: 'member:read',
  scope: 'organisation',
  remembered: true,
  params: orgParams,
  query: listQuery,
  response: { 200: listed },
});

export const addMember = defineRoute({
  operationId: 'CreateOrganizationMember',
  method: 'PUT',
  path: '/orgs/{orgId}/members/add',
  summary: 'Adds somebody who has an account here, as member',
  permission: 'member:write',
  scope: 'organisation',
  params: orgParams,
  body: z.object({ user: optional(line(254)) }),
  response: { 200: z.object({ member }) },
});

const memberParams = orgParams.extend({ memberId: id });

export const setMemberRole = defineRoute({
  operationId: 'UpdateOrganizationMemberRole',
  method: 'PUT',
  path: '/orgs/{orgId}/members/{memberId}/role',
  summary: 'Makes a member owner, member or collaborator; an owner always remains',
  permission: 'member:write',
  scope: 'organisation',
  params: memberParams,
  body: z.object({ role: organisationRole }),
  response: { 204: null },
});

export const removeMember = defineRoute({
  operationId: 'DeleteOrganizationMember',
  method: 'DELETE',
  path: '/orgs/{orgId}/members/{memberId}',
  summary: 'Ends a membership: power, teams, workspaces and keys at once; what runs for them is stopped',
  permission: 'member:write',
  scope: 'organisation',
  params: memberParams,
  response: { 204: null },
});

export const describeHoldings = defineRoute({
  operationId: 'DescribeMemberHoldings',
  method: 'GET',
  path: '/orgs/{orgId}/members/{memberId}/holdings',
  summary: 'What a member has here, and what would end with the membership',
  extension: true,
  permission: 'member:write',
  scope: 'organisation',
  params: memberParams,
  response: {
    200: z.object({
      member,
      teams: z.array(z.object({ teamId: number, name: z.string() })),
      workspaces: z.array(
        z.object({
          workspaceId: number,
          workspaceName: z.string(),
          role: z.string(),
          team: z.string().optional(),
        }),
      ),
      managedCredentials: z.array(
        z.object({
          managedIdentityId: number,
          managedIdentityName: z.string(),
          linuxUser: z.string().optional(),
          fingerprint: z.string().optional(),
        }),
      ),
      liveRuns: z.array(z.object({ workflowId: z.string(), runName: z.string(), hostName: z.string() })),
      workspaceKeysKnown: z.array(z.object({ credentialsId: z.string(), name: z.string() })),
    }),
  },
});

export const leaveOrganisation = defineRoute({
  operationId: 'LeaveOrganization',
  method: 'DELETE',
  path: '/orgs/{orgId}/members/leave',
  summary: 'Ends one’s own membership, as when one is removed; the last owner stays',
  permission: 'organisation:leave',
  scope: 'organisation',
  params: orgParams,
  response: { 204: null },
});

export const listUserRoles = defineRoute({
  operationId: 'ListUserRolesInOrganization',
  method: 'GET',
  path: '/orgs/{orgId}/users/{userId}/roles',
  summary: 'What a user may do in the workspaces of an organisation, and why; of others for owners alone',
  permission: 'organisation:read',
  scope: 'organisation',
  params: orgParams.extend({ userId: id }),
  response: {
    200: z.object({
      user: member,
      userWorkspaces: z.array(
        z.object({
          workspaceId: number,
          workspaceName: z.string(),
          roles: z.array(
            z.object({
              role: z.string(),
              roleSourceType: z.enum(['individual', 'team']),
              sourceTeamId: number.optional(),
              sourceTeamName: z.string().optional(),
              sourceTeamType: z.enum(['regular', 'system_owners']).optional(),
            }),
          ),
          permissions: z.array(z.object({ permission: z.string(), roles: z.array(z.string()) })),
        }),
      ),
    }),
  },
});
