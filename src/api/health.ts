/** For load balancers and supervisors: is the process there, and can it do its work? */
import type { FastifyInstance } from 'fastify';

export interface Readiness {
  ok: boolean;
  /** One word or sentence per part; nothing secret: this is public. */
  checks: Record<string, string>;
}

export const registerHealth = (app: FastifyInstance, ready: () => Promise<Readiness>): void => {
  const hidden = { schema: { hide: true } };
  app.get('/health/live', hidden, () => ({ status: 'ok' }));
  app.get('/health/ready', hidden, async (request, reply) => {
    const readiness = await ready().catch((error: unknown): Readiness => {
      request.log.error({ err: error }, 'not ready');
      return { ok: false, checks: { service: 'failed' } };
    });
    return reply
      .code(readiness.ok ? 200 : 503)
      .send({ status: readiness.ok ? 'ok' : 'unavailable', checks: readiness.checks });
  });
};
