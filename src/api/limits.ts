/** A generous limit for whoever asks: by token, session or, unknown, by address. Never on `/trace/*`: clients drop data. */

import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Caller } from '#core/caller.ts';
import { AppError } from '#core/errors.ts';

declare module 'fastify' {
  interface FastifyRequest {
    limitKey: string;
  }
}

export const createLimiter = (app: FastifyInstance, requestsPerMinute: number) => {
  const count = app.createRateLimit({
    max: requestsPerMinute,
    timeWindow: 60_000,
    keyGenerator: (request: FastifyRequest) => request.limitKey,
  });

  /** @throws AppError 429 with the time to wait */
  return async (request: FastifyRequest, caller: Caller | undefined): Promise<void> => {
    if (requestsPerMinute === 0) return;
    if (!caller) request.limitKey = `address ${request.ip}`;
    else request.limitKey = caller.tokenId === null ? `user ${caller.userId}` : `token ${caller.tokenId}`;
    const counted = await count(request);
    if (counted.isAllowed || !counted.isExceeded) return;
    throw new AppError(
      'too_many_requests',
      429,
      `More than ${requestsPerMinute} requests a minute: go on in ${counted.ttlInSeconds} s`,
      { details: { retryAfterMs: counted.ttl } },
    );
  };
};
