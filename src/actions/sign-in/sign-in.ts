/** Passwords and browser sessions. Of a session's secret only a hash is kept; it ends by time, by sign-out, or unused. */
import type { AuditEventName } from '#core/audit.ts';
import { type Caller, systemUserId } from '#core/caller.ts';
import type { Clock } from '#core/clock.ts';
import { unauthenticated } from '#core/errors.ts';
import type { Session, User } from '#core/people.ts';
import type { PasswordHashing, TokenSecrets } from '#core/ports/secrets.ts';
import type { Store } from '#core/ports/store.ts';
import { auditEvent } from '../audit.ts';
import type { SignInBrake } from './brake.ts';

export interface SignInDeps {
  store: Pick<Store, 'users' | 'sessions' | 'transaction'>;
  clock: Clock;
  passwords: PasswordHashing;
  secrets: TokenSecrets;
  brake: SignInBrake;
}

/** Where a request came from, before it is known whose it is. */
export type Visitor = Pick<Caller, 'ip' | 'userAgent' | 'correlationId'>;

export interface OpenedSession {
  user: User;
  /** For the cookie; shown to nobody else. */
  secret: string;
  /** Epoch milliseconds. */
  expiresAt: number;
}

const sessionLifeMs = 7 * 24 * 3_600_000;
const sessionIdleMs = 24 * 3_600_000;
const touchIntervalMs = 60_000;

/** Nobody works in so many browsers; the oldest end. */
const maxSessions = 50;

/** Neither too old nor unused for too long. */
export const isOpen = ({ expiresAt, lastSeenAt }: Session, now: number): boolean =>
  expiresAt > now && lastSeenAt + sessionIdleMs > now;

const wrongPassword = () => unauthenticated('User name or password is wrong');

export const callerOf = (visitor: Visitor, user: User | undefined): Caller => ({
  userId: user?.id ?? systemUserId,
  userName: user?.userName ?? '',
  email: user?.email ?? '',
  tokenId: null,
  grant: null,
  ip: visitor.ip,
  userAgent: visitor.userAgent,
  correlationId: visitor.correlationId,
});

export const createSignInActions = ({ store, clock, passwords, secrets, brake }: SignInDeps) => {
  const audited = (visitor: Visitor, event: AuditEventName, name: string, user: User | undefined) =>
    auditEvent(callerOf(visitor, user), {
      event,
      target: {
        type: 'user',
        id: user?.id ?? '',
        name: user?.userName ?? name.slice(0, 64),
        userId: user?.id ?? null,
      },
    });

  /** Opens a session for a user whose identity is proved. @throws AppError 401 when the password is new since then */
  const open = async (visitor: Visitor, user: User): Promise<OpenedSession> => {
    const secret = secrets.newSecret(32);
    const now = clock.now();
    const { ip, userAgent } = visitor;
    const times = { createdAt: now, lastSeenAt: now, expiresAt: now + sessionLifeMs };
    const session = { hash: secrets.hashSecret(secret), userId: user.id, ip, userAgent, ...times };
    await store.transaction(async (tables) => {
      // Holds the user's row, so that a new password comes before this or ends this session too.
      await tables.users.update(user.id, { lastAccessAt: now });
      if ((await tables.users.find(user.id))?.passwordHash !== user.passwordHash) throw wrongPassword();
      await tables.sessions.removeExpired(now);
      const others = await tables.sessions.listOfUser(user.id);
      for (const { hash } of others.slice(maxSessions - 1)) await tables.sessions.remove(hash);
      await tables.sessions.insert(session);
      await tables.audit.append(audited(visitor, 'user_signed_in', user.userName, user), now);
    });
    return { user, secret, expiresAt: session.expiresAt };
  };

  return {
    open,

    /** @throws AppError 401 with one sentence for all causes, 429 with `retryAfterMs` after many failures */
    async signIn(visitor: Visitor, nameOrEmail: string, password: string): Promise<OpenedSession> {
      const attempt = { account: nameOrEmail, address: visitor.ip ?? '' };
      let known: User | undefined;
      const right = await brake.guard(attempt, async () => {
        const user = await store.users.findByNameOrEmail(nameOrEmail);
        known = user;
        return await passwords.verifyPassword(password, user?.passwordHash ?? undefined);
      });
      if (known && right) return await open(visitor, known);
      await store.transaction((tables) =>
        tables.audit.append(audited(visitor, 'user_sign_in_refused', nameOrEmail, known), clock.now()),
      );
      throw wrongPassword();
    },

    /** Whose session this is; undefined for whatever is not a valid one. */
    async verify(secret: string): Promise<User | undefined> {
      const hash = secrets.hashSecret(secret);
      const session = await store.sessions.find(hash);
      const now = clock.now();
      if (!session || !secrets.equalSecret(session.hash, hash) || !isOpen(session, now)) return undefined;
      if (now - session.lastSeenAt >= touchIntervalMs) await store.sessions.touch(hash, now);
      return store.users.find(session.userId);
    },

    async signOut(visitor: Visitor, secret: string): Promise<void> {
      const hash = secrets.hashSecret(secret);
      await store.transaction(async (tables) => {
        const session = await tables.sessions.find(hash);
        if (!session) return;
        const user = await tables.users.find(session.userId);
        await tables.sessions.remove(hash);
        await tables.audit.append(audited(visitor, 'user_signed_out', '', user), clock.now());
      });
    },
  };
};

export type SignInActions = ReturnType<typeof createSignInActions>;
