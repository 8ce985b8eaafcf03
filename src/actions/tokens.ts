/** Access tokens: `base64('{"tid":N}.' + secret in hex)`, the secret shown once and kept as a hash (promise 25). */
import type { Caller } from '#core/caller.ts';
import type { Clock } from '#core/clock.ts';
import { badRequest, notFound } from '#core/errors.ts';
import type { AccessToken, User } from '#core/people.ts';
import type { TokenSecrets } from '#core/ports/secrets.ts';
import type { Store } from '#core/ports/store.ts';
import { auditEvent } from './audit.ts';

export interface TokenDeps {
  store: Pick<Store, 'tokens' | 'users' | 'transaction'>;
  clock: Clock;
  secrets: TokenSecrets;
}

/** The time of use is written this often at most. */
const touchIntervalMs = 60_000;
/** Nobody has so many machines; a loop that forgets its tokens is stopped here. */
const maxTokens = 200;
const tokenPattern = /^\{"tid":([1-9]\d{0,15})\}\.([0-9a-f]{64})$/;

const writeToken = (id: number, secret: string): string =>
  Buffer.from(`{"tid":${id}}.${secret}`, 'utf8').toString('base64');

const readToken = (text: string): { id: number; secret: string } | undefined => {
  if (text.length > 200 || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined;
  const [, id, secret] = tokenPattern.exec(Buffer.from(text, 'base64').toString('latin1')) ?? [];
  return id && secret ? { id: Number(id), secret } : undefined;
};

const hex = (base64url: string): string => Buffer.from(base64url, 'base64url').toString('hex');

export const createTokenActions = ({ store, clock, secrets }: TokenDeps) => ({
  /** Newest first. */
  list: (caller: Caller): Promise<AccessToken[]> => store.tokens.listOfUser(caller.userId),

  /**
   * Makes a token for a user. `caller` is who asks: the user, or the command line.
   * @returns the token itself, this once
   */
  async issue(caller: Caller, user: Pick<User, 'id' | 'userName'>, name: string): Promise<string> {
    const secret = hex(secrets.newSecret(32));
    const now = clock.now();
    const token = await store.transaction(async (tables) => {
      if ((await tables.tokens.listOfUser(user.id)).length >= maxTokens)
        throw badRequest(`${user.userName} has ${maxTokens} access tokens already: delete some first`);
      const made = await tables.tokens.insert({
        userId: user.id,
        name,
        hash: secrets.hashSecret(secret),
        createdAt: now,
        lastUsedAt: null,
        expiresAt: null,
      });
      const target = { type: 'access_token', id: made.id, name, userId: user.id };
      await tables.audit.append(auditEvent(caller, { event: 'access_token_created', target }), now);
      return made;
    });
    return writeToken(token.id, secret);
  },

  /** Revokes at once: the next request with it is refused. @throws AppError 404 for another's */
  async remove(caller: Caller, id: number): Promise<void> {
    await store.transaction(async (tables) => {
      const token = await tables.tokens.find(id);
      if (token?.userId !== caller.userId) throw notFound('access token', id);
      await tables.tokens.remove(id);
      const target = { type: 'access_token', id, name: token.name, userId: token.userId };
      await tables.audit.append(auditEvent(caller, { event: 'access_token_deleted', target }), clock.now());
    });
  },

  /** Whose token this is; undefined for whatever is not a valid one, without saying why. */
  async verify(text: string): Promise<{ user: User; tokenId: number } | undefined> {
    const claimed = readToken(text);
    const token = claimed && (await store.tokens.find(claimed.id));
    // Without a token something is compared all the same: time does not tell which numbers exist.
    const matches = secrets.equalSecret(secrets.hashSecret(claimed?.secret ?? ''), token?.hash ?? '');
    const now = clock.now();
    if (!token || !matches || (token.expiresAt !== null && token.expiresAt <= now)) return undefined;
    const user = await store.users.find(token.userId);
    if (!user) return undefined;
    if (now - (token.lastUsedAt ?? 0) >= touchIntervalMs) await store.tokens.touch(token.id, now);
    return { user, tokenId: token.id };
  },
});

export type TokenActions = ReturnType<typeof createTokenActions>;
