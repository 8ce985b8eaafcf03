/**
 * The refresh that Nextflow's plugin asks for after a 401, where it was given a refresh token. Ours live as long as
 * their run and need none, and none is handed out, for clients write it into a log that others may read; who was given
 * a run's token as both finds it confirmed here. The `Authorization` header is the expired one and says nothing, and of
 * the answer the client reads two cookies alone.
 */
import formbody from '@fastify/formbody';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { text } from '#contract/fields.ts';
import { parse } from '#contract/problems.ts';
import { unauthenticated } from '#core/errors.ts';
import type { Actions, ApiSettings } from './actions.ts';
import type { createLimiter } from './limits.ts';

const form = z.object({
  grant_type: z.literal('refresh_token', 'must be refresh_token'),
  refresh_token: text(500),
});

/** Below the prefix of `app`, and the one place there that takes a plain form: what it tells is a secret already. */
export const registerTokenRefresh = (
  app: FastifyInstance,
  { runTokens }: Pick<Actions, 'runTokens'>,
  { publicUrl }: ApiSettings,
  limit: ReturnType<typeof createLimiter>,
): void => {
  const cookie = {
    path: '/api',
    httpOnly: true,
    sameSite: 'strict',
    secure: publicUrl.startsWith('https:'),
  } as const;
  void app.register(async (alone) => {
    await alone.register(formbody, { bodyLimit: 4_096 });
    alone.route({
      method: 'POST',
      url: '/oauth/access_token',
      schema: { hide: true },
      // Counted by address: guessing uses it up.
      onRequest: (request: FastifyRequest) => limit(request, undefined),
      handler: async (request, reply) => {
        const { refresh_token: token } = parse(form, request.body);
        if (!(await runTokens.verify(token)))
          throw unauthenticated('The refresh token is not valid: it is misspelt, or its run is over');
        return reply
          .setCookie('JWT', token, cookie)
          .setCookie('JWT_REFRESH_TOKEN', token, cookie)
          .send({ access_token: token, token_type: 'Bearer' });
      },
    });
  });
};
