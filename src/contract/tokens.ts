/** Personal access tokens: the secret is shown once, in the answer that makes it. */
import { z } from 'zod';
import { id, line, moment, number } from './fields.ts';
import { defineRoute } from './route.ts';

export const accessToken = z.object({
  id: number,
  name: z.string(),
  dateCreated: moment,
  lastUsed: moment.optional(),
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

/** One declarative client crashes on any `token` object here; `accessKey` alone works for all. */
export const createToken = defineRoute({
  operationId: 'CreateToken',
  method: 'POST',
  path: '/tokens',
  summary: 'Makes an access token; its secret is shown this once',
  permission: 'signed-in',
  scope: 'user',
  body: z.object({ name: line(50) }),
  response: { 200: z.object({ accessKey: z.string() }) },
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
