/**
 * The few pages that there are until the console comes. Plain forms, no script; a form counts only when the browser says
 * that it stands on one of our own pages.
 */
import formbody from '@fastify/formbody';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { line, name, optional, text } from '#contract/fields.ts';
import { parse } from '#contract/problems.ts';
import { type Caller, systemUserId } from '#core/caller.ts';
import { forbidden } from '#core/errors.ts';
import type { Actions, ApiSettings } from '../actions.ts';
import { isFromOurPages, sessionCookie, visitorOf } from '../authenticate.ts';
import type { createLimiter } from '../limits.ts';
import { refusalOf } from '../problems.ts';
import { type Made, signedInPage, signedOutPage } from './home.ts';
import { registerPasswordPages } from './password.ts';
import { type SetupForm, setupGonePage, setupPage } from './setup.ts';
import { styleSheet } from './style.ts';

export interface PageDeps {
  actions: Pick<Actions, 'signIn' | 'setup' | 'users' | 'tokens' | 'passwords'>;
  settings: ApiSettings;
  limit: ReturnType<typeof createLimiter>;
}

const signInForm = z.object({ userNameOrEmail: line(254), password: text(1024) });
const tokenForm = z.object({ name: line(50) });
const setupForm = z.object({
  organisation: name(40),
  workspace: optional(name(40)),
  userName: line(64),
  email: line(254),
  password: text(1024),
});

const textsOf = (body: unknown): Record<string, string> =>
  Object.fromEntries(
    Object.entries(typeof body === 'object' && body !== null ? body : {}).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    ),
  );

const page = (reply: FastifyReply, content: string, status = 200): FastifyReply =>
  reply.code(status).type('text/html; charset=utf-8').send(content);

export const registerPages = async (root: FastifyInstance, deps: PageDeps): Promise<void> => {
  const { actions, settings, limit } = deps;
  const hidden = { schema: { hide: true } };

  const visit = async (request: FastifyRequest, reply: FastifyReply) => {
    const cookie = sessionCookie(settings, request, reply);
    const secret = cookie.read();
    const user = secret === undefined ? undefined : await actions.signIn.verify(secret);
    const { userName, email, id } = user ?? { userName: '', email: '', id: systemUserId };
    const caller: Caller = { userId: id, userName, email, tokenId: null, grant: null, ...visitorOf(request) };
    return { cookie, user, caller };
  };

  const home = async (
    reply: FastifyReply,
    caller: Caller,
    news: { made?: Made; problem?: string } = {},
    status = 200,
  ) => {
    const user = await actions.users.describe(caller);
    const places = await actions.users.places(caller, caller.userId);
    return page(reply, signedInPage(settings, user, places, news), status);
  };

  const makeOwner = async (
    request: FastifyRequest,
    reply: FastifyReply,
    secret: string,
  ): Promise<FastifyReply> => {
    const form: SetupForm = textsOf(request.body);
    try {
      const {
        organisation: org,
        userName: user,
        email,
        password,
        workspace,
      } = parse(setupForm, request.body);
      const { caller, cookie } = await visit(request, reply);
      const wanted = { org, user, email, password, ...(workspace !== undefined && { workspace }) };
      const owner = await actions.setup.makeFirstOwner({ ...caller, userId: systemUserId }, secret, wanted);
      cookie.set(await actions.signIn.open(visitorOf(request), owner));
      return reply.redirect('/', 303);
    } catch (error) {
      const { status, message } = refusalOf(error, request);
      return status === 404
        ? page(reply, setupGonePage(), 404)
        : page(reply, setupPage(secret, form, message), status);
    }
  };

  await root.register(async (pages) => {
    // Forms are understood here alone: below /api they would be a way in for forged requests.
    await pages.register(formbody, { bodyLimit: 65_536 });
    pages.addHook('onRequest', async (request) => {
      await limit(request, undefined);
      if (request.method === 'POST' && !isFromOurPages(request, settings))
        throw forbidden('This form was not sent from a page of this service');
    });

    pages.get('/assets/latchkey.css', hidden, (_request, reply) =>
      reply.type('text/css; charset=utf-8').header('cache-control', 'public, max-age=3600').send(styleSheet),
    );

    pages.get('/', hidden, async (request, reply) => {
      const { user, caller } = await visit(request, reply);
      return user ? home(reply, caller) : page(reply, signedOutPage(settings));
    });

    pages.post('/sign-in', hidden, async (request, reply) => {
      try {
        const { userNameOrEmail, password } = parse(signInForm, request.body);
        const session = await actions.signIn.signIn(visitorOf(request), userNameOrEmail, password);
        sessionCookie(settings, request, reply).set(session);
        return await reply.redirect('/', 303);
      } catch (error) {
        const { status, message } = refusalOf(error, request);
        const typed = textsOf(request.body)['userNameOrEmail'] ?? '';
        return page(reply, signedOutPage(settings, { problem: message, name: typed }), status);
      }
    });

    pages.post('/sign-out', hidden, async (request, reply) => {
      const { cookie } = await visit(request, reply);
      await actions.signIn.signOut(visitorOf(request), cookie.read() ?? '');
      cookie.clear();
      return reply.redirect('/', 303);
    });

    pages.post('/access-tokens', hidden, async (request, reply) => {
      const { user, caller } = await visit(request, reply);
      if (!user) return reply.redirect('/', 303);
      try {
        const { name: called } = parse(tokenForm, request.body);
        const token = await actions.tokens.issue(caller, user, { name: called });
        return await home(reply, caller, { made: { name: called, token } });
      } catch (error) {
        const { status, message } = refusalOf(error, request);
        return home(reply, caller, { problem: message }, status);
      }
    });

    registerPasswordPages(pages, actions);

    pages.get<{ Params: { secret: string } }>('/setup/:secret', hidden, async (request, reply) => {
      const { secret } = request.params;
      const works = await actions.setup.firstOwnerLinkWorks(secret);
      return works ? page(reply, setupPage(secret)) : page(reply, setupGonePage(), 404);
    });

    pages.post<{ Params: { secret: string } }>('/setup/:secret', hidden, (request, reply) =>
      makeOwner(request, reply, request.params.secret),
    );
  });
};
