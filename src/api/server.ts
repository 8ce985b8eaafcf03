/** The HTTP side as one fastify instance: limits, headers, errors, routes and pages. Not listening. */
import { randomUUID } from 'node:crypto';
import cookie from '@fastify/cookie';
import rateLimit from '@fastify/rate-limit';
import fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import { serializerCompiler } from 'fastify-type-provider-zod';
import { routes } from '#contract/routes.ts';
import { AppError } from '#core/errors.ts';
import type { Actions, ApiSettings } from './actions.ts';
import { registerApiDocs } from './api-docs.ts';
import type { Binding } from './exchange.ts';
import { acceptForms } from './forms.ts';
import { auditHandlers } from './handlers/audit.ts';
import { clusterHandlers } from './handlers/clusters.ts';
import { datasetHandlers } from './handlers/datasets.ts';
import { labelHandlers } from './handlers/labels.ts';
import { peopleHandlers } from './handlers/people.ts';
import { pipelineSecretHandlers } from './handlers/pipeline-secrets.ts';
import { pipelineHandlers } from './handlers/pipelines.ts';
import { placeHandlers } from './handlers/places.ts';
import { platformHandlers } from './handlers/platforms.ts';
import { repositoryHandlers } from './handlers/repositories.ts';
import { runHandlers } from './handlers/runs.ts';
import { sessionHandlers } from './handlers/sessions.ts';
import { statusReaderHandlers } from './handlers/status-readers.ts';
import { taskHandlers } from './handlers/tasks.ts';
import { traceHandlers } from './handlers/trace.ts';
import { userHandlers } from './handlers/users.ts';
import { wesHandlers } from './handlers/wes.ts';
import { workspaceHandlers } from './handlers/workspace.ts';
import { type Readiness, registerHealth } from './health.ts';
import { acceptJson, bodyLimit } from './json-bodies.ts';
import { createLimiter, createTurns } from './limits.ts';
import type { Metrics } from './metrics.ts';
import { registerOpenApi } from './openapi.ts';
import { registerPages } from './pages/register.ts';
import { answerBroken, sendProblem } from './problems.ts';
import { registerRoute } from './register.ts';
import { createRememberedAnswers } from './remembered-answers.ts';
import { secureHeaders } from './secure-headers.ts';
import { registerTokenRefresh } from './token-refresh.ts';

export interface ApiDeps {
  actions: Actions;
  settings: ApiSettings;
  log: FastifyBaseLogger;
  /** See `version` of the store's port. */
  dataVersion?: () => number;
  /** Are database and root key there? */
  ready(): Promise<Readiness>;
  metrics?: Metrics;
}

/** @throws TypeError when a route has no handler, or a handler no route */
const checkComplete = (bindings: readonly Binding[]): void => {
  const bound = bindings.map(({ route }) => route);
  const lost = [
    ...routes.filter((route) => !bound.includes(route)),
    ...bound.filter((route) => !routes.includes(route)),
  ];
  if (lost.length > 0)
    throw new TypeError(`not both routed and handled: ${lost.map((r) => r.operationId).join(', ')}`);
};

const observe = (app: FastifyInstance, metrics: Metrics | undefined): void => {
  app.addHook('onSend', async (request, reply) => {
    void reply.header('x-request-id', request.id);
    if (!reply.hasHeader('cache-control')) void reply.header('cache-control', 'no-store');
  });
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'unknown';
    const { method } = request;
    metrics?.requestAnswered(method, route, reply.statusCode, reply.elapsedTime / 1000);
    const milliseconds = Math.round(reply.elapsedTime);
    request.log.info({ method, route, status: reply.statusCode, milliseconds }, 'answered');
  });
};

export const createApi = async ({
  actions,
  settings,
  log,
  dataVersion,
  ready,
  metrics,
}: ApiDeps): Promise<FastifyInstance> => {
  const app = fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => randomUUID(),
    requestIdHeader: false,
    trustProxy: settings.trustedProxies.length > 0 ? [...settings.trustedProxies] : false,
    bodyLimit,
    requestTimeout: 60_000,
    exposeHeadRoutes: false,
    // Clients with a slash at the end of their endpoint ask for `/api//…`.
    rewriteUrl: ({ url = '/' }) => url.replace(/^\/api\/{2,}/, '/api/'),
    routerOptions: { maxParamLength: 256 },
    frameworkErrors: (error, request, reply) => sendProblem(error, request, reply),
    clientErrorHandler: answerBroken,
  });
  app.setErrorHandler(sendProblem);
  // Requests are parsed by register.ts, which knows the route; here schemas only describe.
  app.setValidatorCompiler(() => (value) => ({ value }));
  app.setSerializerCompiler(serializerCompiler);
  acceptJson(app);
  await secureHeaders(app, settings);
  // Before a body is read: nobody has said who they are.
  app.addHook('onRequest', (request, _reply, done) =>
    done(request.is404 ? new AppError('not_found', 404, 'There is nothing at this address') : undefined),
  );
  await app.register(cookie);
  await app.register(rateLimit, { global: false });
  app.decorateRequest('limitKey', '');
  observe(app, metrics);

  await registerOpenApi(app, settings);
  await registerApiDocs(app);
  const bindings = [
    ...userHandlers(actions, settings),
    ...sessionHandlers(actions, settings),
    ...auditHandlers(actions),
    ...peopleHandlers(actions),
    ...placeHandlers(actions),
    ...clusterHandlers(actions),
    ...statusReaderHandlers(actions),
    ...workspaceHandlers(actions),
    ...labelHandlers(actions),
    ...platformHandlers(actions),
    ...pipelineHandlers(actions),
    ...repositoryHandlers(actions),
    ...runHandlers(actions),
    ...taskHandlers(actions),
    ...wesHandlers(actions, settings),
    ...traceHandlers(actions),
    ...pipelineSecretHandlers(actions),
    ...datasetHandlers(actions, settings),
  ];
  checkComplete(bindings);
  const limit = createLimiter(app, settings.requestsPerMinute);
  const takeTurn = createTurns();
  await app.register(
    async (api) => {
      const ask = createRememberedAnswers(dataVersion);
      const registration = { actions, settings, limit, takeTurn, ask };
      const { plain = [], forms = [] } = Object.groupBy(bindings, ({ route }) =>
        route.form ? 'forms' : 'plain',
      );
      registerTokenRefresh(api, actions, settings, limit);
      for (const binding of plain) registerRoute(api, binding, registration);
      await api.register(async (withForms) => {
        await acceptForms(withForms);
        for (const binding of forms) registerRoute(withForms, binding, registration);
      });
    },
    { prefix: '/api' },
  );
  registerHealth(app, ready);
  await registerPages(app, { actions, settings, limit });
  await app.ready();
  return app;
};
