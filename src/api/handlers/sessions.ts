/** Browser sessions and passwords. */
import * as sessions from '#contract/sessions.ts';
import type { Actions, ApiSettings } from '../actions.ts';
import { type Binding, bind } from '../exchange.ts';
import { iso } from '../wire/dates.ts';
import { wireUser } from '../wire/people.ts';

type SessionDeps = Pick<Actions, 'signIn' | 'users' | 'sessions' | 'passwords'>;

export const sessionHandlers = (actions: SessionDeps, { publicUrl }: ApiSettings): Binding[] => [
  bind(sessions.signIn, async ({ visitor, body, cookie }) => {
    const session = await actions.signIn.signIn(visitor, body.userNameOrEmail, body.password);
    cookie.set(session);
    return { user: wireUser(session.user) };
  }),
  bind(sessions.signOut, async ({ visitor, cookie }) => {
    await actions.signIn.signOut(visitor, cookie.read() ?? '');
    cookie.clear();
  }),
  bind(sessions.currentSession, async ({ caller }) => ({
    user: wireUser(await actions.users.describe(caller)),
  })),

  bind(sessions.listSessions, async ({ caller, cookie }) => ({
    sessions: (await actions.sessions.list(caller, cookie.read())).map((session) => ({
      id: session.id,
      dateCreated: iso(session.createdAt),
      lastUsed: iso(session.lastSeenAt),
      expiresAt: iso(session.expiresAt),
      ip: session.ip ?? undefined,
      userAgent: session.userAgent ?? undefined,
      current: session.current,
    })),
  })),
  bind(sessions.endOtherSessions, ({ caller, cookie }) => actions.sessions.endOthers(caller, cookie.read())),
  bind(sessions.endSession, ({ caller, params }) => actions.sessions.end(caller, params.sessionId)),

  bind(sessions.changePassword, async ({ caller, visitor, cookie, body }) => {
    const { currentPassword, password, revokeTokens = false } = body;
    await actions.passwords.change(caller, currentPassword, { password, revokeTokens });
    // The session that asked has ended with the others: whoever sits there goes on with a fresh one.
    if (caller.tokenId === null)
      cookie.set(await actions.signIn.open(visitor, await actions.users.describe(caller)));
  }),
  bind(sessions.createPasswordLink, async ({ caller, scope, params }) => {
    const { secret, expiresAt } = await actions.passwords.linkFor(caller, scope, params.memberId);
    return { url: `${publicUrl}/password/${secret}`, expiresAt: iso(expiresAt) };
  }),
];
