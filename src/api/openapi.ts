/** The description of this API, made from the routes themselves. */
import swagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import { jsonSchemaTransform } from 'fastify-type-provider-zod';
import type { ApiSettings } from './actions.ts';

/** Must come before the routes. */
export const registerOpenApi = async (app: FastifyInstance, settings: ApiSettings): Promise<void> => {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Latchkey',
        version: settings.version,
        description:
          "Launch pipelines on HPC clusters under each member's own Linux account. Operations marked `x-latchkey` are not part of the contract that other clients know.",
      },
      servers: [{ url: settings.publicUrl }],
      components: {
        securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      },
      security: [{ token: [] }],
    },
    transform: jsonSchemaTransform,
  });
  app.get('/api/openapi.json', { schema: { hide: true } }, () => app.swagger());
};
