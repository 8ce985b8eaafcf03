/** Users: who they are, where they may work; and how an account ends. */
import type { Caller } from '#core/caller.ts';
import type { Clock } from '#core/clock.ts';
import { badRequest, conflict, notFound, unauthenticated } from '#core/errors.ts';
import type { Organisation, User, Workspace } from '#core/people.ts';
import type { Store } from '#core/ports/store.ts';
import { rightsIn } from '#core/rights.ts';
import type { OrganisationRole } from '#core/roles.ts';
import { reachesOrganisation, reachesWholeOrganisation, reachesWorkspace } from '#core/token-grants.ts';
import { auditEvent } from '../audit.ts';
import type { Closing } from './closing.ts';
import type { Removal } from './removal.ts';

export interface UserDeps {
  store: Pick<Store, 'users' | 'organisations' | 'workspaces' | 'participants' | 'transaction'>;
  clock: Clock;
  removal: Removal;
  closing: Closing;
}

/** An organisation's own row has no workspace. */
export interface Place {
  organisation: Organisation;
  organisationRole: OrganisationRole;
  workspace: Workspace | null;
  /** Names of the user's roles there; none where the workspace is only shared. */
  workspaceRoles: readonly string[];
}

export interface Profile {
  userName?: string;
  email?: string;
  firstName?: string | null;
  lastName?: string | null;
  organization?: string | null;
  description?: string | null;
  defaultWorkspaceId?: number | null;
}

const userNamePattern = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?$/;

/** @throws AppError 400 naming field and rule */
export const checkUserName = (userName: string): string => {
  if (userNamePattern.test(userName)) return userName;
  throw badRequest(
    'userName: use 1 to 64 letters, digits, dots, dashes and underscores, beginning and ending with a letter or digit',
    { field: 'userName' },
  );
};

/** @throws AppError 400 */
export const checkEmail = (email: string): string => {
  if (email.length <= 254 && /^[^\s@\p{Cc}]+@[^\s@\p{Cc}]+$/u.test(email)) return email;
  throw badRequest('email: give an address such as ada@example.org', { field: 'email' });
};

/** Length is what counts. @throws AppError 400 */
export const checkPassword = (password: string): string => {
  if (password.length >= 10 && password.length <= 1024) return password;
  throw badRequest('password: use 10 to 1024 characters', { field: 'password' });
};

/** Others know and invite people by these: whoever could change them could be taken for somebody else. */
const checkSamePerson = (user: User, { userName, email }: Profile): void => {
  for (const [field, asked, present] of [
    ['userName', userName, user.userName],
    ['email', email, user.email],
  ] as const)
    if (asked !== undefined && asked !== present)
      throw badRequest(
        `${field}: others invite you by it, so only the operator changes it: latchkey user rename`,
        { field },
      );
};

const userTarget = ({ id, userName }: Pick<User, 'id' | 'userName'>) => ({
  type: 'user',
  id,
  name: userName,
  userId: id,
});

export const createUserActions = ({ store, clock, removal, closing }: UserDeps) => {
  /** Each organisation's own row, followed by those of its workspaces that the user may see. */
  const places = async (caller: Caller, userId: number): Promise<Place[]> => {
    if (userId !== caller.userId) throw notFound('user', userId);
    const everywhere = await store.participants.rolesHeld(userId);
    const found: Place[] = [];
    const { grant } = caller;
    for (const { organisation, member } of await store.organisations.listOfUser(userId)) {
      if (!reachesOrganisation(grant, organisation.id)) continue;
      const own = { organisation, organisationRole: member.role };
      if (reachesWholeOrganisation(grant, organisation.id))
        found.push({ ...own, workspace: null, workspaceRoles: [] });
      for (const workspace of await store.workspaces.listOfOrganisation(organisation.id)) {
        if (!reachesWorkspace(grant, workspace.id)) continue;
        const held = everywhere.filter(({ workspaceId }) => workspaceId === workspace.id);
        const rights = rightsIn(workspace, member.role, held);
        if (rights) found.push({ ...own, workspace, workspaceRoles: rights.roles });
      }
    }
    return found;
  };

  /** @throws AppError 404 for anybody else */
  const checkSelf = (caller: Caller, userId: number): void => {
    if (userId !== caller.userId) throw notFound('user', userId);
  };

  /** @throws AppError 401 when the account has gone meanwhile */
  const describe = async (caller: Caller): Promise<User> => {
    const user = await store.users.find(caller.userId);
    if (!user || user.deletedAt !== null) throw unauthenticated('This account is gone');
    return user;
  };

  return {
    describe,
    places,

    /** Oneself, and where a client may begin while one may still go there. @throws AppError 404 for anybody else */
    async profile(
      caller: Caller,
      userId: number,
    ): Promise<{ user: User; defaultWorkspaceId: number | undefined }> {
      checkSelf(caller, userId);
      const user = await describe(caller);
      const id = user.defaultWorkspaceId;
      const open = id !== null && (await places(caller, userId)).some((place) => place.workspace?.id === id);
      return { user, defaultWorkspaceId: open ? id : undefined };
    },

    /** @throws AppError 400 for a bad name, 409 for a taken one; a deleted user's stays taken */
    async validateName(name: string | undefined): Promise<void> {
      const userName = checkUserName(name ?? '');
      if (await store.users.nameTaken(userName)) throw conflict(`name: "${userName}" is already taken`);
    },

    /** @throws AppError 400 for another user name or e-mail, 404 for anybody else or a workspace that one cannot see */
    async updateProfile(caller: Caller, userId: number, profile: Profile): Promise<void> {
      checkSelf(caller, userId);
      const { userName: _name, email: _email, ...patch } = profile;
      const id = profile.defaultWorkspaceId;
      if (
        id !== undefined &&
        id !== null &&
        !(await places(caller, userId)).some((p) => p.workspace?.id === id)
      )
        throw notFound('workspace', id);
      await store.transaction(async (tables) => {
        const user = await tables.users.find(userId);
        if (!user) throw notFound('user', userId);
        checkSamePerson(user, profile);
        await tables.users.update(userId, patch);
        const state = { metadata: { changed: Object.keys(patch) } };
        const facts = { event: 'user_updated' as const, target: userTarget(user), state };
        await tables.audit.append(auditEvent(caller, facts), clock.now());
      });
    },

    /**
     * The caller's own account: memberships end as when they leave, what they have for themselves goes, the name stays
     * in the record. @throws AppError 404 for anybody else, 409 naming what is in the way
     */
    async remove(caller: Caller, userId: number): Promise<void> {
      checkSelf(caller, userId);
      const { channels, credentials } = await store.transaction(async (tables) => {
        const now = clock.now();
        const user = await tables.users.find(userId);
        if (!user) throw notFound('user', userId);
        await closing.checkIdle(tables, 'your account', await tables.runs.liveOfUser(userId));
        const retired: string[] = [];
        for (const { organisation } of await tables.organisations.listOfUser(userId)) {
          const member = await tables.members.findByUser(organisation.id, userId);
          if (member) retired.push(...(await removal.remove(tables, caller, organisation, member)));
        }
        const closed = await closing.personalContext(tables, caller);
        for (const token of await tables.tokens.listOfUser(userId)) await tables.tokens.remove(token.id);
        await tables.sessions.removeOfUser(userId);
        await tables.users.erase(userId, now);
        const facts = { event: 'user_deleted' as const, target: userTarget(user) };
        await tables.audit.append(auditEvent(caller, facts), now);
        return { channels: closed, credentials: retired };
      });
      closing.afterwards(channels);
      removal.afterwards(credentials);
    },
  };
};
