/** Members and collaborators of an organisation. */

import { z } from 'zod';
import { organisationRoles } from '#core/roles.ts';
import { line, number, optional, paging, search } from '../fields.ts';
import { defineRoute } from '../route.ts';
import { orgParams } from './organisations.ts';

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
