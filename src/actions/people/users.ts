/** Users: who they are, where they may work, and their own password. */
import type { Caller } from '#core/caller.ts';
import type { Clock } from '#core/clock.ts';
import { badRequest, notFound, unauthenticated } from '#core/errors.ts';
import type { Organisation, User, Workspace } from '#core/people.ts';
import type { PasswordHashing } from '#core/ports/secrets.ts';
import type { Store } from '#core/ports/store.ts';
import type { OrganisationRole, WorkspaceRole } from '#core/roles.ts';
import { reachesOrganisation, reachesWholeOrganisation, reachesWorkspace } from '#core/token-grants.ts';
import { workspaceRoleOf } from '../access.ts';
import { auditEvent } from '../audit.ts';

export interface UserDeps {
  store: Pick<Store, 'users' | 'organisations' | 'workspaces' | 'participants' | 'transaction'>;
  clock: Clock;
  passwords: PasswordHashing;
}

/** An organisation's own row has no workspace. */
export interface Place {
  organisation: Organisation;
  organisationRole: OrganisationRole;
  workspace: Workspace | null;
  workspaceRole: WorkspaceRole | null;
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

export const createUserActions = ({ store, clock, passwords }: UserDeps) => ({
  /** @throws AppError 401 when the account has gone meanwhile */
  async describe(caller: Caller): Promise<User> {
    const user = await store.users.find(caller.userId);
    if (!user) throw unauthenticated('This account is gone');
    return user;
  },

  /** Each organisation's own row, followed by those of its workspaces where the user has a role. */
  async places(caller: Caller, userId: number): Promise<Place[]> {
    if (userId !== caller.userId) throw notFound('user', userId);
    const roles = await store.participants.rolesOfUser(userId);
    const places: Place[] = [];
    const { grant } = caller;
    for (const { organisation, member } of await store.organisations.listOfUser(userId)) {
      if (!reachesOrganisation(grant, organisation.id)) continue;
      const own = { organisation, organisationRole: member.role };
      if (reachesWholeOrganisation(grant, organisation.id))
        places.push({ ...own, workspace: null, workspaceRole: null });
      for (const workspace of await store.workspaces.listOfOrganisation(organisation.id)) {
        if (!reachesWorkspace(grant, workspace.id)) continue;
        const role = workspaceRoleOf(member.role, roles.get(workspace.id));
        if (role) places.push({ ...own, workspace, workspaceRole: role });
      }
    }
    return places;
  },

  /** Ends all sessions of the user, the caller's own among them. @throws AppError 400, 404 */
  async setPassword(caller: Caller, userId: number, password: string): Promise<void> {
    const passwordHash = await passwords.hashPassword(checkPassword(password));
    await store.transaction(async (tables) => {
      const user = await tables.users.find(userId);
      if (!user) throw notFound('user', userId);
      await tables.users.update(userId, { passwordHash });
      await tables.sessions.removeOfUser(userId);
      const target = { type: 'user', id: userId, name: user.userName, userId };
      const state = { metadata: { changed: ['password'] } };
      await tables.audit.append(auditEvent(caller, { event: 'user_updated', target, state }), clock.now());
    });
  },
});

export type UserActions = ReturnType<typeof createUserActions>;
