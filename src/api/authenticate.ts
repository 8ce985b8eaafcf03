/**
 * Who is asking. An `Authorization` header decides alone; without one, the browser's session cookie. With a cookie,
 * requests that change something must also come from our own pages (CSRF).
 */

import { isIP } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Visitor } from '#actions/sign-in/sign-in.ts';
import type { Caller } from '#core/caller.ts';
import { forbidden, unauthenticated } from '#core/errors.ts';
import type { User } from '#core/people.ts';
import type { TokenGrant } from '#core/token-grants.ts';
import type { Actions, ApiSettings } from './actions.ts';
import type { SessionCookie } from './exchange.ts';

const csrfHeader = 'x-latchkey-csrf';

/** What a proxy passes on may be any text; then it is the proxy itself that asks. */
export const addressOf = ({ ip, socket }: FastifyRequest): string =>
  isIP(ip) > 0 ? ip : (socket.remoteAddress ?? '');

export const visitorOf = (request: FastifyRequest): Visitor => ({
  ip: addressOf(request) || null,
  userAgent: request.headers['user-agent']?.slice(0, 300) ?? null,
  correlationId: request.id,
});

const callerOf = (
  user: User,
  token: { tokenId: number; grant: TokenGrant | null } | null,
  visitor: Visitor,
): Caller => ({
  userId: user.id,
  userName: user.userName,
  email: user.email,
  tokenId: token?.tokenId ?? null,
  grant: token?.grant ?? null,
  ...visitor,
});

/** Bearer, or Basic with user `@token`: one client sends that for tokens it does not know the shape of. */
const tokenOf = (header: string): string | undefined => {
  const [, scheme, value] = /^(bearer|basic)\s+(\S+)\s*$/i.exec(header) ?? [];
  if (scheme === undefined || value === undefined) return undefined;
  if (scheme.toLowerCase() === 'bearer') return value;
  const decoded = Buffer.from(value, 'base64').toString('utf8');
  return decoded.startsWith('@token:') ? decoded.slice('@token:'.length) : undefined;
};

/** `__Host-`: no other host, no plain http may set it. Browsers take that name over https alone. */
const cookieName = ({ publicUrl }: ApiSettings): string =>
  publicUrl.startsWith('https:') ? '__Host-latchkey' : 'latchkey';

export const sessionCookie = (
  settings: ApiSettings,
  request: FastifyRequest,
  reply: FastifyReply,
): SessionCookie => {
  const name = cookieName(settings);
  const options = {
    path: '/',
    httpOnly: true,
    sameSite: 'lax',
    secure: settings.publicUrl.startsWith('https:'),
  } as const;
  return {
    read: () => request.cookies[name],
    set: ({ secret, expiresAt }) =>
      void reply.setCookie(name, secret, { ...options, expires: new Date(expiresAt) }),
    clear: () => void reply.clearCookie(name, options),
  };
};

/** Does a browser say that one of our own pages sent this? Its absence counts as no. */
export const isFromOurPages = (request: FastifyRequest, settings: ApiSettings): boolean => {
  const { origin } = request.headers;
  if (origin === undefined) return request.headers['sec-fetch-site'] === 'same-origin';
  return origin === new URL(settings.publicUrl).origin || origin === `${request.protocol}://${request.host}`;
};

const isSafe = (method: string): boolean => method === 'GET' || method === 'HEAD';

/** @throws AppError 401 for a header or cookie that is not valid, 403 for a forged request; undefined: nobody said who */
export const authenticate = async (
  { tokens, runTokens, signIn }: Pick<Actions, 'tokens' | 'runTokens' | 'signIn'>,
  settings: ApiSettings,
  request: FastifyRequest,
  cookie: SessionCookie,
): Promise<Caller | undefined> => {
  const visitor = visitorOf(request);
  const header = request.headers.authorization;
  if (header !== undefined) {
    const token = tokenOf(header);
    const found = token === undefined ? undefined : await tokens.verify(token);
    const run = found || token === undefined ? undefined : await runTokens.verify(token);
    if (run) return { ...callerOf(run.user, null, visitor), reportsOn: run.runId };
    if (!found) throw unauthenticated('The access token is not valid: it is misspelt, revoked or expired');
    return callerOf(found.user, found, visitor);
  }
  const secret = cookie.read();
  if (secret === undefined) return undefined;
  const user = await signIn.verify(secret);
  if (!user) return undefined;
  if (!isSafe(request.method)) {
    const { origin } = request.headers;
    if (
      request.headers[csrfHeader] === undefined ||
      (origin !== undefined && !isFromOurPages(request, settings))
    )
      throw forbidden(`Requests of a browser session that change something need the header ${csrfHeader}`);
  }
  return callerOf(user, null, visitor);
};
