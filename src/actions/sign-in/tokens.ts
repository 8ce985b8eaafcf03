/** Access tokens: `base64('{"tid":N}.' + secret in hex)`, the secret shown once and kept as a hash (promise 25). */
import type { Caller } from '#core/caller.ts';
import type { Clock } from '#core/clock.ts';
import { badRequest, forbidden, notFound } from '#core/errors.ts';
import type { AccessToken, User } from '#core/people.ts';
import type { TokenSecrets } from '#core/ports/secrets.ts';
import type { Store, Tables } from '#core/ports/store.ts';
import { grantOf, type TokenGrant } from '#core/token-grants.ts';
import { untilCommit } from '#core/until-commit.ts';
import { auditEvent } from '../audit.ts';

export interface TokenDeps {
  store: Pick<Store, 'tokens' | 'users' | 'transaction' | 'version'>;
  clock: Clock;
  secrets: TokenSecrets;
}

const dayMs = 24 * 3_600_000;
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

export interface NewToken {
  name: string;
  /** Epoch milliseconds; or how many days it lives. */
  expiresAt?: number | undefined;
  days?: number | undefined;
  /** Walls that the person is known to see (access.ts). */
  grant?: TokenGrant | null;
}

export interface VerifiedToken {
  user: User;
  tokenId: number;
  grant: TokenGrant | null;
}

/** Within a transaction: all tokens of a user end, each with a record of its own. */
export const revokeTokens = async (
  tables: Pick<Tables, 'tokens' | 'audit'>,
  caller: Caller,
  userId: number,
  now: number,
): Promise<void> => {
  for (const { id, name } of await tables.tokens.listOfUser(userId)) {
    await tables.tokens.remove(id);
    const target = { type: 'access_token', id, name, userId };
    await tables.audit.append(auditEvent(caller, { event: 'access_token_deleted', target }), now);
  }
};

const hasEnded = ({ expiresAt }: Pick<AccessToken, 'expiresAt'>, now: number): boolean =>
  expiresAt !== null && expiresAt <= now;

/** Within a transaction: those that open nothing any more go. @returns how many are left */
const removeEnded = async (
  tables: Pick<Tables, 'tokens' | 'audit'>,
  caller: Caller,
  userId: number,
  now: number,
): Promise<number> => {
  const all = await tables.tokens.listOfUser(userId);
  const ended = all.filter((token) => hasEnded(token, now));
  for (const { id, name } of ended) {
    await tables.tokens.remove(id);
    const target = { type: 'access_token', id, name, userId };
    const state = { metadata: { why: 'it had expired' } };
    await tables.audit.append(auditEvent(caller, { event: 'access_token_deleted', target, state }), now);
  }
  return all.length - ended.length;
};

/** A loop with many tokens does not fill the memory. */
const mostProved = 2_000;

/** What was proved of a token holds until the next commit, or its end; its secret is kept as a hash here too. */
const createVerify = ({ store, clock, secrets }: TokenDeps) => {
  const current =
    store.version && untilCommit(store.version, () => new Map<string, { token: AccessToken; user: User }>());

  const prove = async (text: string) => {
    const claimed = readToken(text);
    const token = claimed && (await store.tokens.find(claimed.id));
    // Without a token something is compared all the same: time does not tell which numbers exist.
    const matches = secrets.equalSecret(secrets.hashSecret(claimed?.secret ?? ''), token?.hash ?? '');
    if (!token || !matches) return undefined;
    const user = await store.users.find(token.userId);
    return user && { token, user };
  };

  return async (text: string): Promise<VerifiedToken | undefined> => {
    const proofs = current?.();
    const key = proofs && secrets.hashSecret(text);
    const known = key === undefined ? undefined : proofs?.get(key);
    const proof = known ?? (await prove(text));
    const now = clock.now();
    if (!proof || hasEnded(proof.token, now)) return undefined;
    const { token, user } = proof;
    if (!known && key !== undefined && proofs && proofs.size < mostProved) proofs.set(key, proof);
    if (now - (token.lastUsedAt ?? 0) >= touchIntervalMs) await store.tokens.touch(token.id, now);
    return { user, tokenId: token.id, grant: grantOf(token) };
  };
};

const hex = (base64url: string): string => Buffer.from(base64url, 'base64url').toString('hex');

export const createTokenActions = ({ store, clock, secrets }: TokenDeps) => ({
  /** Newest first. */
  list: (caller: Caller): Promise<AccessToken[]> => store.tokens.listOfUser(caller.userId),

  /**
   * Makes a token for a user. `caller` is who asks: the user, or the command line.
   * @returns the token itself, this once. @throws AppError 400 for an end that has passed, 403 with a limited token
   */
  async issue(
    caller: Caller,
    user: Pick<User, 'id' | 'userName'>,
    { name, grant = null, ...end }: NewToken,
  ): Promise<string> {
    if (caller.grant) throw forbidden('An access token of limited scope cannot make others');
    const secret = hex(secrets.newSecret(32));
    const now = clock.now();
    const expiresAt = end.days === undefined ? (end.expiresAt ?? null) : now + end.days * dayMs;
    if (expiresAt !== null && expiresAt <= now)
      throw badRequest('expiresAt: lies in the past', { field: 'expiresAt' });
    const limits = grant ?? { power: null, organisationId: null, workspaceId: null };
    const token = await store.transaction(async (tables) => {
      if ((await removeEnded(tables, caller, user.id, now)) >= maxTokens)
        throw badRequest(`${user.userName} has ${maxTokens} access tokens already: delete some first`);
      const made = await tables.tokens.insert({
        userId: user.id,
        name,
        hash: secrets.hashSecret(secret),
        createdAt: now,
        lastUsedAt: null,
        expiresAt,
        ...limits,
      });
      const target = { type: 'access_token', id: made.id, name, userId: user.id };
      const state = { newState: { expiresAt: expiresAt && new Date(expiresAt).toISOString(), ...limits } };
      await tables.audit.append(auditEvent(caller, { event: 'access_token_created', target, state }), now);
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

  /** Revokes all that the caller has, at once, the one that was used among them. */
  removeAll: (caller: Caller): Promise<void> =>
    store.transaction((tables) => revokeTokens(tables, caller, caller.userId, clock.now())),

  /** Whose token this is; undefined for whatever is not a valid one, without saying why. */
  verify: createVerify({ store, clock, secrets }),
});

export type TokenActions = ReturnType<typeof createTokenActions>;
