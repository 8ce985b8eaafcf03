/** Roles that participants may have: the built-in ones, and those that an organisation makes of the same permissions. */

import { z } from 'zod';
import { idOrZero, line, number, optional, paging, text } from '../fields.ts';
import { defineRoute } from '../route.ts';
import { nameQuery } from './organisations.ts';

const orgQuery = z.object({ orgId: optional(idOrZero) });
const roleParams = z.object({ roleName: text(100) });
const permissions = z.array(z.string());

const roleBody = z.object({
  name: optional(line(100)),
  description: optional(text(1000)),
  permissions: optional(z.array(text(100)).max(200)),
});

export const listRoles = defineRoute({
  operationId: 'ListRoles',
  method: 'GET',
  path: '/roles',
  summary: 'Roles for participants of this organisation’s workspaces, built-in ones first',
  permission: 'role:read',
  scope: 'organisation',
  query: orgQuery.extend({
    ...paging,
    name: optional(text(200)),
    type: optional(z.enum(['predefined', 'custom'])),
  }),
  response: {
    200: z.object({
      roles: z.array(z.object({ name: z.string(), description: z.string(), isPredefined: z.boolean() })),
      totalSize: number,
    }),
  },
});

export const createRole = defineRoute({
  operationId: 'CreateRole',
  method: 'POST',
  path: '/roles',
  summary: 'Makes a role of permissions',
  permission: 'role:write',
  scope: 'organisation',
  query: orgQuery,
  body: roleBody,
  response: { 201: z.object({ name: z.string(), description: z.string(), permissions }) },
});

export const listRolePermissions = defineRoute({
  operationId: 'ListRolePermissions',
  method: 'GET',
  path: '/roles/permissions',
  summary: 'The permissions that roles are made of',
  permission: 'role:read',
  scope: 'organisation',
  query: orgQuery.extend({ name: optional(text(200)) }),
  response: {
    200: z.object({ permissions: z.array(z.object({ name: z.string(), category: z.string() })) }),
  },
});

export const validateRoleName = defineRoute({
  operationId: 'ValidateRoleName',
  method: 'GET',
  path: '/roles/validate',
  summary: 'Whether a role may be named so: 204, 400 (bad), 409 (taken)',
  permission: 'role:read',
  scope: 'organisation',
  query: orgQuery.extend(nameQuery.shape),
  response: { 204: null },
});

export const describeRole = defineRoute({
  operationId: 'DescribeRole',
  method: 'GET',
  path: '/roles/{roleName}',
  summary: 'One role with its permissions, by name in any case',
  permission: 'role:read',
  scope: 'organisation',
  params: roleParams,
  query: orgQuery,
  response: {
    200: z.object({
      role: z.object({
        name: z.string(),
        description: z.string(),
        isPredefined: z.boolean(),
        permissions,
      }),
    }),
  },
});

export const updateRole = defineRoute({
  operationId: 'UpdateRole',
  method: 'PUT',
  path: '/roles/{roleName}',
  summary: 'Changes a role, at once for everybody who has it',
  permission: 'role:write',
  scope: 'organisation',
  params: roleParams,
  query: orgQuery,
  body: roleBody,
  response: { 204: null },
});

export const deleteRole = defineRoute({
  operationId: 'DeleteRole',
  method: 'DELETE',
  path: '/roles/{roleName}',
  summary: 'Deletes a role that nobody has',
  permission: 'role:write',
  scope: 'organisation',
  params: roleParams,
  query: orgQuery,
  response: { 204: null },
});
