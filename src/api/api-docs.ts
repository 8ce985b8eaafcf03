/** A page to read the API and to try it, from our own origin alone; what it shows is `/api/openapi.json`. */
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';

/** Its style sheets and pictures are partly written into the page; scripts are files of ours. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ');

const logo =
  '<svg xmlns="http://www.w3.org/2000/svg" width="120" height="32"><text x="0" y="23" font-family="sans-serif" font-size="22" fill="#fff">Latchkey</text></svg>';

/** Must come after the description and before the routes. */
export const registerApiDocs = async (app: FastifyInstance): Promise<void> => {
  await app.register(swaggerUi, {
    routePrefix: '/api/docs',
    staticCSP: policy,
    uiConfig: {
      url: '/api/openapi.json',
      docExpansion: 'list',
      filter: true,
      deepLinking: true,
      tryItOutEnabled: true,
    },
    theme: { title: 'Latchkey API' },
    logo: { type: 'image/svg+xml', content: Buffer.from(logo), href: '/' },
  });
};
