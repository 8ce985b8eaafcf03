/**
 * New passwords: by who knows the old one, or by a link that works once. A link is made by the operator, or by an owner,
 * and an owner who makes one could use it and be that person. So owners make them only where that gives them nothing
 * they do not rule anyway: for people whose account began in their organisation, and who belong to no organisation that
 * the owner does not own as well. The same is checked again when the link is used.
 */
import type { Caller, OrganisationScope } from '#core/caller.ts';
import type { Clock } from '#core/clock.ts';
import { AppError, badRequest, forbidden, notFound } from '#core/errors.ts';
import type { OneTimeLink, User } from '#core/people.ts';
import type { PasswordHashing, TokenSecrets } from '#core/ports/secrets.ts';
import type { Store, Tables } from '#core/ports/store.ts';
import { auditEvent } from '../audit.ts';
import { checkPassword } from '../people/users.ts';
import type { SignInBrake } from './brake.ts';
import { callerOf, type Visitor } from './sign-in.ts';
import { revokeTokens } from './tokens.ts';

export interface PasswordDeps {
  store: Pick<Store, 'users' | 'members' | 'organisations' | 'oneTimeLinks' | 'transaction'>;
  clock: Clock;
  passwords: PasswordHashing;
  secrets: TokenSecrets;
  brake: SignInBrake;
}

export interface PasswordLink {
  user: User;
  secret: string;
  expiresAt: number;
}

export interface NewPassword {
  password: string;
  /** Whoever knew the old password may have made some. */
  revokeTokens: boolean;
}

const linkLifeMs = 24 * 3_600_000;

const linkGone = () => new AppError('not_found', 404, 'This link was used already or has expired');

/** Within a transaction: every session of the user ends. */
export const writePassword = async (
  tables: Pick<Tables, 'users' | 'sessions' | 'audit'>,
  caller: Caller,
  user: Pick<User, 'id' | 'userName'>,
  passwordHash: string,
  now: number,
  facts: Record<string, unknown> = {},
): Promise<void> => {
  await tables.users.update(user.id, { passwordHash });
  await tables.sessions.removeOfUser(user.id);
  const target = { type: 'user', id: user.id, name: user.userName, userId: user.id };
  const state = { metadata: { changed: ['password'], ...facts } };
  await tables.audit.append(auditEvent(caller, { event: 'user_updated', target, state }), now);
};

/** Does nothing hang on the account but what this owner rules anyway? */
const rules = async (
  tables: Pick<Tables, 'users' | 'organisations'>,
  ownerId: number,
  userId: number,
): Promise<boolean> => {
  const owned = (await tables.organisations.listOfUser(ownerId))
    .filter(({ member }) => member.role === 'owner')
    .map(({ organisation }) => organisation.id);
  const places = (await tables.organisations.listOfUser(userId)).map(({ organisation }) => organisation.id);
  const home = await tables.users.homeOf(userId);
  return home !== null && places.includes(home) && places.every((place) => owned.includes(place));
};

export const createPasswordActions = ({ store, clock, passwords, secrets, brake }: PasswordDeps) => {
  const insertLink = async (
    tables: Pick<Tables, 'oneTimeLinks' | 'audit'>,
    caller: Caller,
    user: User,
    owner: { userId: number; organisationId: number } | null,
  ): Promise<PasswordLink> => {
    const secret = secrets.newSecret(32);
    const now = clock.now();
    const expiresAt = now + linkLifeMs;
    await tables.oneTimeLinks.removeUnused('set-password', user.id);
    await tables.oneTimeLinks.insert({
      hash: secrets.hashSecret(secret),
      purpose: 'set-password',
      userId: user.id,
      madeBy: owner?.userId ?? null,
      createdAt: now,
      expiresAt,
      usedAt: null,
    });
    const organisationId = owner?.organisationId ?? null;
    const target = { type: 'user', id: user.id, name: user.userName, userId: user.id, organisationId };
    await tables.audit.append(auditEvent(caller, { event: 'user_password_link_created', target }), now);
    return { user, secret, expiresAt };
  };

  /** Whose password the link would set now. */
  const userOf = async (
    tables: Pick<Tables, 'users' | 'organisations'>,
    link: OneTimeLink | undefined,
  ): Promise<User | undefined> => {
    if (link?.purpose !== 'set-password' || link.userId === null) return undefined;
    if (link.usedAt !== null || link.expiresAt <= clock.now()) return undefined;
    if (link.madeBy !== null && !(await rules(tables, link.madeBy, link.userId))) return undefined;
    const user = await tables.users.find(link.userId);
    return user?.deletedAt === null ? user : undefined;
  };

  return {
    /**
     * Of the caller, who proves to know the old one. Ends every session, the caller's own among them.
     * @throws AppError 400, 403 for a wrong password, 429 after many of those
     */
    async change(caller: Caller, current: string, wanted: NewPassword): Promise<void> {
      const user = await store.users.find(caller.userId);
      if (!user) throw notFound('user', caller.userId);
      if (user.passwordHash === null)
        throw forbidden(
          'This account has no password yet: ask an owner or the operator for a link to set one',
        );
      const attempt = { account: user.userName, address: caller.ip ?? '' };
      const known = await brake.guard(attempt, () =>
        passwords.verifyPassword(current, user.passwordHash ?? undefined),
      );
      if (!known) throw forbidden('currentPassword: is not the present password');
      const hash = await passwords.hashPassword(checkPassword(wanted.password));
      await store.transaction(async (tables) => {
        const now = clock.now();
        const before = await tables.users.find(user.id);
        if (before?.passwordHash !== user.passwordHash)
          throw forbidden('currentPassword: was changed meanwhile: sign in with the new one');
        await writePassword(tables, caller, user, hash, now);
        if (wanted.revokeTokens) await revokeTokens(tables, caller, user.id, now);
      });
    },

    /** By an owner, for a member. @throws AppError 400 for oneself, 403 for whom only the operator may help, 404 */
    linkFor: (caller: Caller, scope: OrganisationScope, memberId: number): Promise<PasswordLink> =>
      store.transaction(async (tables) => {
        const { organisationId } = scope;
        const member = await tables.members.findById(organisationId, memberId);
        const user = member && (await tables.users.find(member.userId));
        if (!user) throw notFound('member', memberId);
        if (user.id === caller.userId)
          throw badRequest('This is your own account: change the password with the one you know');
        const isHome = (await tables.users.homeOf(user.id)) === organisationId;
        if (!isHome || !(await rules(tables, caller.userId, user.id)))
          throw forbidden(
            `The account of ${user.userName} is not ruled by ${scope.organisationName} alone: the operator can make the ` +
              `link with "latchkey user reset-link --user ${user.userName}"`,
          );
        return insertLink(tables, caller, user, { userId: caller.userId, organisationId });
      }),

    /** By the operator, for anybody. @throws AppError 404 */
    operatorLinkFor: (caller: Caller, nameOrEmail: string): Promise<PasswordLink> =>
      store.transaction(async (tables) => {
        const user = await tables.users.findByNameOrEmail(nameOrEmail);
        if (!user) throw notFound('user', nameOrEmail);
        return insertLink(tables, caller, user, null);
      }),

    /** Whose password the link would set; undefined when it does not work. */
    userOfLink: async (secret: string): Promise<User | undefined> =>
      userOf(store, await store.oneTimeLinks.find(secrets.hashSecret(secret))),

    /** Uses the link; what the form says wrongly leaves it as it is. @throws AppError 400, 404 for one that does not work */
    async useLink(visitor: Visitor, secret: string, wanted: NewPassword): Promise<User> {
      if (!(await this.userOfLink(secret))) throw linkGone();
      const hash = await passwords.hashPassword(checkPassword(wanted.password));
      return store.transaction(async (tables) => {
        const now = clock.now();
        const link = await tables.oneTimeLinks.find(secrets.hashSecret(secret));
        const user = await userOf(tables, link);
        if (!link || !user || !(await tables.oneTimeLinks.use(link.hash, now))) throw linkGone();
        const caller = callerOf(visitor, user);
        await writePassword(tables, caller, user, hash, now, { link: { madeBy: link.madeBy ?? 'operator' } });
        if (wanted.revokeTokens) await revokeTokens(tables, caller, user.id, now);
        return user;
      });
    },
  };
};

export type PasswordActions = ReturnType<typeof createPasswordActions>;
