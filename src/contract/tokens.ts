/** Personal access tokens: the secret is shown once, in the answer that makes it. */
import { z } from 'zod';
import { tokenPowers } from '#core/token-grants.ts';
import { id, idOrZero, line, moment, number, optional, time, whole } from './fields.ts';
import { defineRoute } from './route.ts';

const scope = z.enum(tokenPowers);

export const accessToken = z.object({
  id: number,
  name: z.string(),
  dateCreated: moment,
  lastUsed: moment.optional(),
  /** Ours, from here on: when it ends, and what limits it. */
  expiresAt: moment.optional(),
  scope: scope.optional(),
  orgId: number.optional(),
  workspaceId: number.optional(),
});

export const listTokens = defineRoute({
  operationId: 'TokenList',
  method: 'GET',
  path: '/tokens',
  summary: 'Access tokens of the user who asks, newest first',
  permission: 'signed-in',
  scope: 'user',
  response: { 200: z.object({ tokens: z.array(accessToken) }) },
});

const newToken = z
  .object({
    name: line(50),
    /** Ours, from here on. */
    expiresAt: optional(time),
    days: optional(whole(1, 3650)),
    scope: optional(scope),
    orgId: optional(idOrZero),
    workspaceId: optional(idOrZero),
  })
  .refine(({ expiresAt, days }) => expiresAt === undefined || days === undefined, {
    path: ['days'],
    error: 'give either expiresAt or days',
  });

/** One declarative client crashes on any `token` object here; `accessKey` alone works for all. */
export const createToken = defineRoute({
  operationId: 'CreateToken',
  method: 'POST',
  path: '/tokens',
  summary:
    'Makes an access token, which may end, may only read or launch, or reach one place; shown this once',
  permission: 'signed-in',
  scope: 'user',
  body: newToken,
  response: { 200: z.object({ accessKey: z.string() }) },
});

export const deleteAllTokens = defineRoute({
  operationId: 'DeleteAllTokens',
  method: 'DELETE',
  path: '/tokens/delete-all',
  summary: 'Revokes all access tokens of the user who asks at once, the one that is used among them',
  permission: 'signed-in',
  scope: 'user',
  response: { 204: null },
});

export const deleteToken = defineRoute({
  operationId: 'DeleteToken',
  method: 'DELETE',
  path: '/tokens/{tokenId}',
  summary: 'Revokes an access token at once',
  permission: 'signed-in',
  scope: 'user',
  params: z.object({ tokenId: id }),
  response: { 204: null },
});
