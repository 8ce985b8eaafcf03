/** A generous limit for whoever asks: by token, session or, unknown, by address. Never on `/trace/*`: clients drop data. */

import { finished } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { addressGroup } from '#core/addresses.ts';
import type { Caller } from '#core/caller.ts';
import { AppError } from '#core/errors.ts';
import { addressOf } from './authenticate.ts';

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
    if (!caller) request.limitKey = `address ${addressGroup(addressOf(request))}`;
    else if (caller.reportsOn !== undefined) request.limitKey = `run ${caller.reportsOn}`;
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

/** Of one person: each may hold a login, a look at a host or a thread that opens keys for seconds (promise 21). */
const mostAtOnce = 24;

/** A request that is under way. Who hangs up does not end what was asked for: that counts until it is done. */
export interface Turn {
  /** Its handler is at work, and will say when it has ended. */
  handled: boolean;
  end(): void;
}

/** How many requests of one person may be under way, with whatever tokens they have. */
export const createTurns = () => {
  const underWay = new Map<number, number>();

  /** Without a handler it ends with its answer. @throws AppError 429 */
  return (reply: FastifyReply, { userId }: Caller): Turn => {
    const count = underWay.get(userId) ?? 0;
    if (count >= mostAtOnce)
      throw new AppError(
        'too_many_requests',
        429,
        `More than ${mostAtOnce} of your requests are under way: wait for some of them`,
        { details: { retryAfterMs: 1_000 } },
      );
    underWay.set(userId, count + 1);
    let over = false;
    const turn: Turn = {
      handled: false,
      end: () => {
        if (over) return;
        over = true;
        const left = (underWay.get(userId) ?? 1) - 1;
        if (left > 0) underWay.set(userId, left);
        else underWay.delete(userId);
      },
    };
    finished(reply.raw, () => {
      if (!turn.handled) turn.end();
    });
    return turn;
  };
};
