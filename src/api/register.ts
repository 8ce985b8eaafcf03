/**
 * Turns a route of the contract and its handler into a served route, always in this order: who is it, may they, what do
 * they mean, do it, answer what the schema says and nothing else.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { ScopeIds } from '#actions/scope-ids.ts';
import { errorAnswer } from '#contract/errors.ts';
import { idOrZero, id as idSchema } from '#contract/fields.ts';
import { parse, parseUntouched } from '#contract/problems.ts';
import { type Answer, type Route, successOf } from '#contract/route.ts';
import type { Caller, Scope } from '#core/caller.ts';
import { forbidden, isAppError, unauthenticated } from '#core/errors.ts';
import type { FileStream } from '#core/ports/file-stream.ts';
import type { Actions, ApiSettings } from './actions.ts';
import { authenticate, sessionCookie, visitorOf } from './authenticate.ts';
import type { Binding, Exchange, SessionCookie } from './exchange.ts';
import { discardRest, formSchema, readFields, readFile } from './forms.ts';
import { strangersLimit } from './json-bodies.ts';
import type { createLimiter, createTurns, Turn } from './limits.ts';
import type { Asked, createRememberedAnswers } from './remembered-answers.ts';
import { sendFile } from './send-file.ts';

interface Admitted {
  caller: Caller | null;
  scope: Scope | null;
  cookie: SessionCookie;
  turn: Turn | undefined;
  asked: Asked | undefined;
}

const admittedOf = new WeakMap<FastifyRequest, Admitted>();

const pathIds = z.object({
  orgId: z.exactOptional(idOrZero),
  workspaceId: z.exactOptional(idOrZero),
  managedIdentityId: z.exactOptional(idSchema),
  credentialsId: z.exactOptional(z.string()),
  computeEnvId: z.exactOptional(z.string()),
  workflowId: z.exactOptional(z.string()),
  run_id: z.exactOptional(z.string()),
  labelId: z.exactOptional(idOrZero),
  secretId: z.exactOptional(idSchema),
  pipelineId: z.exactOptional(idOrZero),
  datasetId: z.exactOptional(z.string()),
  launchId: z.exactOptional(z.string()),
});
const queryIds = pathIds
  .pick({ orgId: true, workspaceId: true })
  .extend({ sourceWorkspaceId: z.exactOptional(idOrZero) });

/** Ids that decide about walls; those of the path overrule those of the query. */
const scopeIds = (route: Route, request: FastifyRequest): ScopeIds => {
  const { run_id: ga4gh, ...ids } = parse(pathIds, request.params);
  return {
    ...parse(queryIds, request.query),
    ...ids,
    ...(ga4gh !== undefined && { workflowId: ga4gh }),
    inPath: /\{(orgId|workspaceId)\}/.test(route.path),
  };
};

const scopeOf = (
  access: Actions['access'],
  route: Route,
  request: FastifyRequest,
  caller: Caller,
): Promise<Scope | null> | Scope | null => {
  switch (route.scope) {
    case 'none':
      return null;
    case 'user':
      return access.userScope();
    case 'organisation':
    case 'identity':
      return access.organisationScope(caller, route.permission, route.scope, scopeIds(route, request));
    case 'workspace':
    case 'credential':
    case 'compute-env':
    case 'run':
    case 'label':
    case 'secret':
    case 'pipeline':
    case 'dataset':
    case 'launch':
      return access.workspaceScope(caller, route.permission, route.scope, scopeIds(route, request));
  }
};

const authorise = async (
  access: Actions['access'],
  route: Route,
  request: FastifyRequest,
  caller: Caller | undefined,
): Promise<Scope | null> => {
  if (route.permission === 'public') return null;
  if (!caller) throw unauthenticated('Who are you? Send an access token: Authorization: Bearer <token>');
  if (caller.reportsOn !== undefined && !route.runTokens)
    throw forbidden('The token of a run reports on that run, and does nothing else');
  const scope = await scopeOf(access, route, request, caller);
  access.checkGrant(caller, route);
  return scope;
};

/** `{name}` of the contract, `:name` of fastify. */
const fastifyPath = (path: string): string => path.replaceAll(/\{(\w+)\}/g, ':$1');

const answerSchema = (answer: Answer) => {
  if (answer === 'bytes')
    return { description: 'The file', content: { 'application/octet-stream': { schema: z.string() } } };
  return answer ?? z.null().describe('Done');
};

const json = 'application/json; charset=utf-8';

/** The body as its route parses it, or the file that takes its place. */
const contentOf = async ({ route }: Binding, request: FastifyRequest) => {
  const { form, body } = route;
  if (form !== undefined && form !== 'fields') return { file: await readFile(request, form) };
  const raw = form === 'fields' && request.isMultipart() ? await readFields(request) : request.body;
  if (body && route.untouched) return { body: parseUntouched(body, raw) };
  return { body: body && parse(body, raw, route) };
};

export interface Registration {
  actions: Pick<Actions, 'access' | 'tokens' | 'runTokens' | 'signIn'>;
  settings: ApiSettings;
  limit: ReturnType<typeof createLimiter>;
  takeTurn: ReturnType<typeof createTurns>;
  ask: ReturnType<typeof createRememberedAnswers>;
}

export const registerRoute = (
  app: FastifyInstance,
  binding: Binding,
  { actions, settings, limit, takeTurn, ask }: Registration,
): void => {
  const { route, handle } = binding;
  const { status, answer } = successOf(route);

  /** @throws AppError as `admit` does, for a request that is being answered still */
  const admitAgain = async (request: FastifyRequest, cookie: SessionCookie): Promise<void> => {
    const caller = await authenticate(actions, settings, request, cookie);
    await authorise(actions.access, route, request, caller);
  };

  const admit = async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const cookie = sessionCookie(settings, request, reply);
    const limited = !route.path.startsWith('/trace/');
    let caller: Caller | undefined;
    try {
      caller = await authenticate(actions, settings, request, cookie);
    } catch (error) {
      // Where nobody has to be known, a bad token is nobody.
      if (route.permission !== 'public' || !isAppError(error, 'unauthenticated')) throw error;
    } finally {
      // Counted also when refused: guessing tokens uses up the address.
      if (limited) await limit(request, caller);
    }
    const asked = ask(route, caller, request.url);
    if (asked?.answer) return reply.type(json).send(asked.answer);
    const turn = limited && caller ? takeTurn(reply, caller) : undefined;
    const scope = await authorise(actions.access, route, request, caller);
    admittedOf.set(request, { caller: caller ?? null, scope, cookie, turn, asked });
    return undefined;
  };

  app.route({
    method: route.method,
    url: fastifyPath(route.path),
    ...(route.permission === 'public' && { bodyLimit: strangersLimit }),
    schema: {
      operationId: route.operationId,
      summary: route.summary,
      tags: [route.path.split('/')[1] ?? ''],
      ...(route.permission === 'public' && { security: [] }),
      ...(route.extension && { 'x-latchkey': true }),
      'x-permission': route.permission,
      ...(route.params && { params: route.params }),
      ...(route.query && { querystring: route.query }),
      ...(route.body && { body: route.body }),
      ...formSchema(route.form),
      response: { [status]: answerSchema(answer), '4xx': errorAnswer, '5xx': errorAnswer },
    },
    onRequest: admit,
    handler: async (request, reply) => {
      const admitted = admittedOf.get(request);
      if (!admitted) throw new Error(`${route.operationId}: reached without being admitted`);
      const { turn, asked, ...who } = admitted;
      if (turn) turn.handled = true;
      try {
        const exchange = {
          ...who,
          visitor: visitorOf(request),
          params: route.params && parse(route.params, request.params),
          query: route.query && parse(route.query, request.query),
          ...(await contentOf(binding, request)),
        } as Exchange<Route>;
        const given = await handle(exchange);
        if (route.emptyIs204 && given === null) return reply.code(204).send();
        if (answer === 'bytes')
          return sendFile(reply, given as FileStream, () => admitAgain(request, who.cookie));
        if (!asked) return reply.code(status).send(answer === null ? undefined : given);
        const text = reply.code(status).serialize(given);
        if (typeof text === 'string') asked.keep(text);
        return reply.type(json).send(text);
      } finally {
        turn?.end();
        if (route.form) discardRest(request);
      }
    },
  });
};
