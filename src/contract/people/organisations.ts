/** Organisations: the walls that everything else stands within. */

import { z } from 'zod';
import { organisationRoles, parseOrganisationRole } from '#core/roles.ts';
import { id, line, name, number, optional, text } from '../fields.ts';
import { defineRoute } from '../route.ts';

/** Roles arrive in any case. */
export const organisationRole = text(40).transform((typed, context) => {
  const role = parseOrganisationRole(typed);
  if (role) return role;
  context.addIssue({ code: 'custom', message: `must be one of ${organisationRoles.join(', ')}` });
  return z.NEVER;
});

export const organisation = z.object({
  orgId: number,
  name: z.string(),
  fullName: z.string(),
  description: z.string().optional(),
  location: z.string().optional(),
  website: z.string().optional(),
  logoId: z.string().optional(),
  logoUrl: z.string().optional(),
  memberId: number.optional(),
  memberRole: z.enum(organisationRoles).optional(),
});

/** Consoles make links of it. */
const website = line(500).refine(
  (typed) => /^https?:\/\//i.test(typed) || !/^[^/?#]*:/.test(typed),
  'must be an address that begins with https:// or http://',
);

const about = {
  description: optional(text(1000)),
  location: optional(line(100)),
  website: optional(website),
};
export const orgParams = z.object({ orgId: id });
export const nameQuery = z.object({ name: optional(text(200)) });

export const listOrganisations = defineRoute({
  operationId: 'ListOrganizations',
  method: 'GET',
  path: '/orgs',
  summary: 'Organisations that the user who asks belongs to',
  permission: 'signed-in',
  scope: 'user',
  remembered: true,
  scopedTokens: true,
  query: z.object({ role: optional(organisationRole) }),
  response: { 200: z.object({ organizations: z.array(organisation), totalSize: number }) },
});

export const createOrganisation = defineRoute({
  operationId: 'CreateOrganization',
  method: 'POST',
  path: '/orgs',
  summary: 'Makes an organisation; its maker becomes its owner',
  permission: 'signed-in',
  scope: 'user',
  body: z.object({ organization: z.object({ name: name(40), fullName: optional(line(100)), ...about }) }),
  response: { 200: z.object({ organization: organisation }) },
});

export const validateOrganisationName = defineRoute({
  operationId: 'ValidateOrganizationName',
  method: 'GET',
  path: '/orgs/validate',
  summary: 'Whether an organisation may be named so: 204, 400 (bad), 409 (taken)',
  permission: 'signed-in',
  scope: 'user',
  query: nameQuery,
  response: { 204: null },
});

export const describeOrganisation = defineRoute({
  operationId: 'DescribeOrganization',
  method: 'GET',
  path: '/orgs/{orgId}',
  summary: 'One organisation',
  permission: 'organisation:read',
  scope: 'organisation',
  remembered: true,
  params: orgParams,
  response: { 200: z.object({ organization: organisation }) },
});

export const updateOrganisation = defineRoute({
  operationId: 'UpdateOrganization',
  method: 'PUT',
  path: '/orgs/{orgId}',
  summary: 'Changes what an organisation is called and how it describes itself',
  permission: 'organisation:write',
  scope: 'organisation',
  params: orgParams,
  body: z.object({ name: optional(name(40)), fullName: optional(line(100)), ...about }),
  response: { 204: null },
});

export const deleteOrganisation = defineRoute({
  operationId: 'DeleteOrganization',
  method: 'DELETE',
  path: '/orgs/{orgId}',
  summary: 'Deletes an organisation; 409 while anything runs in it or members have keys on its clusters',
  permission: 'organisation:delete',
  scope: 'organisation',
  params: orgParams,
  response: { 204: null },
});
