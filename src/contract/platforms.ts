/** The grid platforms, and what can be set on each. */
import { z } from 'zod';
import { gridFields } from '#core/grid-fields.ts';
import { platforms } from '#core/platforms.ts';
import { idOrZero, optional, text } from './fields.ts';
import { defineRoute } from './route.ts';
import { workspaceQuery } from './scopes.ts';

const names = gridFields('lsf-platform').map(({ name }) => name) as [string, ...string[]];

/** Ours: other systems keep this in their forms. */
const field = z.object({
  name: z.enum(names),
  type: z.enum(['text', 'script', 'number', 'boolean', 'choice', 'variables', 'hosts']),
  description: z.string(),
  default: z.union([z.string(), z.number(), z.boolean()]).optional(),
  options: z.array(z.string()).readonly().optional(),
  neededWithCredentials: z.boolean(),
});

const onPlatform = {
  permission: 'signed-in',
  scope: 'user',
  scopedTokens: true,
  params: z.object({ platformId: text(100) }),
} as const;

export const listPlatforms = defineRoute({
  operationId: 'ListPlatforms',
  method: 'GET',
  path: '/platforms',
  summary: 'The grid platforms; `launchable` says whether this version launches there',
  permission: 'signed-in',
  scope: 'user',
  scopedTokens: true,
  query: workspaceQuery.extend({ orgId: optional(idOrZero) }),
  response: {
    200: z.object({
      platforms: z.array(
        z.object({
          id: z.enum(platforms),
          name: z.string(),
          credentialsProviders: z.array(z.string()),
          launchable: z.boolean(),
        }),
      ),
    }),
  },
});

export const describePlatform = defineRoute({
  ...onPlatform,
  operationId: 'DescribePlatform',
  method: 'GET',
  path: '/platforms/{platformId}',
  summary: 'What can be set on a platform',
  query: workspaceQuery.extend({ regionId: optional(text(100)), credentialsId: optional(text(100)) }),
  response: {
    200: z.object({
      metainfo: z.object({
        discriminator: z.enum(platforms),
        warnings: z.array(z.string()),
        fields: z.array(field),
      }),
    }),
  },
});

export const listPlatformRegions = defineRoute({
  ...onPlatform,
  operationId: 'ListPlatformRegions',
  method: 'GET',
  path: '/platforms/{platformId}/regions',
  summary: 'None: a cluster is where it is',
  query: workspaceQuery,
  response: { 200: z.object({ regions: z.array(z.object({ id: z.string(), name: z.string() })) }) },
});
