/** A person's own browser sessions: which there are, and ending them. */
import type { Caller } from '#core/caller.ts';
import type { Clock } from '#core/clock.ts';
import { notFound } from '#core/errors.ts';
import type { Session } from '#core/people.ts';
import type { TokenSecrets } from '#core/ports/secrets.ts';
import type { Store } from '#core/ports/store.ts';
import { auditEvent } from '../audit.ts';
import { isOpen } from './sign-in.ts';

export interface SessionDeps {
  store: Pick<Store, 'sessions' | 'transaction'>;
  clock: Clock;
  secrets: Pick<TokenSecrets, 'hashSecret'>;
}

export interface OwnSession extends Omit<Session, 'hash' | 'userId'> {
  id: string;
  /** The one that asks. */
  current: boolean;
}

/** Part of the secret's hash: enough to tell a person's sessions apart, and no way to the secret. */
const idOf = ({ hash }: Session): string => hash.slice(0, 16);

export const createSessionActions = ({ store, clock, secrets }: SessionDeps) => {
  const end = (caller: Caller, which: (session: Session) => boolean): Promise<number> =>
    store.transaction(async (tables) => {
      const ended = (await tables.sessions.listOfUser(caller.userId)).filter(which);
      for (const { hash } of ended) await tables.sessions.remove(hash);
      if (ended.length === 0) return 0;
      const target = { type: 'user', id: caller.userId, name: caller.userName, userId: caller.userId };
      const state = { metadata: { sessions: ended.map(idOf) } };
      await tables.audit.append(auditEvent(caller, { event: 'user_signed_out', target, state }), clock.now());
      return ended.length;
    });

  return {
    /** Those that are still open, last used first. `secret`: of the session that asks. */
    async list(caller: Caller, secret: string | undefined): Promise<OwnSession[]> {
      const own = secret === undefined ? undefined : secrets.hashSecret(secret);
      const all = await store.sessions.listOfUser(caller.userId);
      return all
        .filter((session) => isOpen(session, clock.now()))
        .map(({ hash, userId, ...session }) => ({
          ...session,
          id: idOf({ hash, userId, ...session }),
          current: hash === own,
        }));
    },

    /** @throws AppError 404 for one that is not the caller's */
    async end(caller: Caller, id: string): Promise<void> {
      if ((await end(caller, (session) => idOf(session) === id)) === 0) throw notFound('session', id);
    },

    /** All but the one that asks. */
    async endOthers(caller: Caller, secret: string | undefined): Promise<void> {
      const own = secret === undefined ? undefined : secrets.hashSecret(secret);
      await end(caller, ({ hash }) => hash !== own);
    },
  };
};

export type SessionActions = ReturnType<typeof createSessionActions>;
