/** Security headers of every answer. They are always the same, so helmet is asked once, not with each request. */
import type { OutgoingHttpHeaders } from 'node:http';
import helmet from '@fastify/helmet';
import fastify, { type FastifyInstance } from 'fastify';
import type { ApiSettings } from './actions.ts';

const headersOf = async ({ publicUrl }: Pick<ApiSettings, 'publicUrl'>): Promise<OutgoingHttpHeaders> => {
  const asked = fastify();
  await asked.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        baseUri: ["'none'"],
      },
    },
    strictTransportSecurity: publicUrl.startsWith('https:') && { maxAge: 31_536_000 },
    // Forms of our own pages must carry their origin: it is what tells them from forged ones.
    referrerPolicy: { policy: 'same-origin' },
  });
  let headers: OutgoingHttpHeaders = {};
  asked.get('/', async (_request, reply) => {
    headers = reply.raw.getHeaders();
    return null;
  });
  await asked.inject('/');
  await asked.close();
  return headers;
};

export const secureHeaders = async (
  app: FastifyInstance,
  settings: Pick<ApiSettings, 'publicUrl'>,
): Promise<void> => {
  const headers = await headersOf(settings);
  app.addHook('onRequest', (_request, reply, done) => {
    void reply.headers(headers);
    done();
  });
};
