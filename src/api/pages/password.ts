/** Where a one-time link for a new password leads. */
import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import { flag, optional, text } from '#contract/fields.ts';
import { parse } from '#contract/problems.ts';
import type { Actions } from '../actions.ts';
import { visitorOf } from '../authenticate.ts';
import { refusalOf } from '../problems.ts';
import { document, field, html, notice } from './html.ts';

const form = z.object({ password: text(1024), revokeTokens: optional(flag) });

const formPage = (secret: string, userName: string, problem?: string): string =>
  document(
    'New password',
    html`<h1>A new password for ${userName}</h1>
<p class="lead">This link works once. Every browser that is signed in as ${userName} is signed out.</p>
<section>
${problem !== undefined && notice('problem', problem)}
<form method="post" action="/password/${secret}">
${field({ name: 'password', label: 'New password', type: 'password', autocomplete: 'new-password', minLength: 10, hint: 'At least 10 characters.' })}
<div class="field choice">
<input id="revokeTokens" name="revokeTokens" type="checkbox" value="true" checked>
<label for="revokeTokens">Revoke all my access tokens too</label>
<p class="hint">Whoever knew the old password may have made some. Programs that use one need a new one.</p>
</div>
<button type="submit">Set password</button>
</form>
</section>`,
  );

const donePage = (userName: string): string =>
  document(
    'Password set',
    html`<h1>The new password is set</h1>
<p class="lead">Sign in with it as ${userName}.</p>
<p><a href="/">Go to the sign-in page</a></p>`,
  );

const gonePage = (): string =>
  document(
    'Link used',
    html`<h1>This link no longer works</h1>
<p class="lead">It was used already, has expired, or is not complete. Ask an owner of your organisation, or the operator, for another.</p>
<p><a href="/">Go to the start page</a></p>`,
  );

const hidden = { schema: { hide: true } };
const show = (reply: FastifyReply, page: string, status = 200) =>
  reply.code(status).type('text/html; charset=utf-8').send(page);

/** Within the frame of register.ts: forms are parsed, and come from our own pages. */
export const registerPasswordPages = (
  pages: FastifyInstance,
  { passwords }: Pick<Actions, 'passwords'>,
): void => {
  type Link = { Params: { secret: string } };

  pages.get<Link>('/password/:secret', hidden, async ({ params: { secret } }, reply) => {
    const user = await passwords.userOfLink(secret);
    return user ? show(reply, formPage(secret, user.userName)) : show(reply, gonePage(), 404);
  });

  pages.post<Link>('/password/:secret', hidden, async (request, reply) => {
    const { secret } = request.params;
    try {
      const { password, revokeTokens = false } = parse(form, request.body);
      const user = await passwords.useLink(visitorOf(request), secret, { password, revokeTokens });
      return await show(reply, donePage(user.userName));
    } catch (error) {
      const { status, message } = refusalOf(error, request);
      const user = await passwords.userOfLink(secret);
      return user
        ? show(reply, formPage(secret, user.userName, message), status)
        : show(reply, gonePage(), 404);
    }
  });
};
