/** Making people without a person who may: the first owner (by one-time link or command line), and users by command line.
 * `ensure…` may be called again and again: it brings about what is missing and changes nothing else. */
import type { Caller } from '#core/caller.ts';
import type { Clock } from '#core/clock.ts';
import { AppError, conflict, notFound } from '#core/errors.ts';
import type { MemberRow, Organisation, User, Workspace } from '#core/people.ts';
import type { PasswordHashing, TokenSecrets } from '#core/ports/secrets.ts';
import type { Store, Tables } from '#core/ports/store.ts';
import type { OrganisationRole, WorkspaceRole } from '#core/roles.ts';
import { auditEvent } from './audit.ts';
import { changeRole, insertMember } from './people/members.ts';
import { insertOrganisation } from './people/organisations.ts';
import { insertParticipant } from './people/participants.ts';
import { checkNotLastOwner } from './people/removal.ts';
import { checkEmail, checkPassword, checkUserName } from './people/users.ts';
import { insertWorkspace } from './people/workspaces.ts';
import { writePassword } from './sign-in/passwords.ts';

export interface SetupDeps {
  store: Pick<Store, 'users' | 'oneTimeLinks' | 'transaction'>;
  clock: Clock;
  passwords: PasswordHashing;
  secrets: TokenSecrets;
}

export interface FirstOwner {
  org: string;
  user: string;
  email: string;
  password?: string;
  workspace?: string;
}

export interface NewUser {
  org: string;
  user: string;
  email: string;
  password?: string;
  /** Absent: member for somebody new, unchanged for who is there. */
  role?: OrganisationRole;
  workspace?: string;
  /** Absent: view for somebody new in the workspace, unchanged for who is there. */
  workspaceRole?: WorkspaceRole;
}

export interface EnsuredUser {
  user: User;
  organisation: Organisation;
  workspace: Workspace | null;
  /** Was anything missing? */
  changed: boolean;
}

const linkGone = () => new AppError('not_found', 404, 'This link was used already or has expired');

const linkLifeMs = 24 * 3_600_000;

export const createSetupActions = ({ store, clock, passwords, secrets }: SetupDeps) => {
  /** Costs 100 ms of a worker, so outside any transaction. null: keep what there is. */
  const newHash = async (user: User | undefined, password: string | undefined): Promise<string | null> => {
    if (password === undefined) return null;
    checkPassword(password);
    const same = user?.passwordHash && (await passwords.verifyPassword(password, user.passwordHash));
    return same ? null : passwords.hashPassword(password);
  };

  /** @throws AppError 409 when name and e-mail belong to different people */
  const findUser = async (tables: Pick<Tables, 'users'>, { user: userName, email }: FirstOwner | NewUser) => {
    const byName = await tables.users.findByNameOrEmail(checkUserName(userName));
    const byEmail = await tables.users.findByNameOrEmail(checkEmail(email));
    if (byName?.id === byEmail?.id) return byName;
    throw conflict(
      byName
        ? `The user ${byName.userName} exists with another e-mail address`
        : `The e-mail address ${email} belongs to the user ${byEmail?.userName}`,
    );
  };

  const ensureAccount = async (
    tables: Pick<Tables, 'users' | 'sessions' | 'audit'>,
    caller: Caller,
    wanted: FirstOwner | NewUser,
    passwordHash: string | null,
  ): Promise<{ user: User; changed: boolean }> => {
    const now = clock.now();
    const found = await findUser(tables, wanted);
    const audit = (user: User, event: 'user_created' | 'user_updated', metadata: Record<string, unknown>) =>
      tables.audit.append(
        auditEvent(caller, {
          event,
          target: { type: 'user', id: user.id, name: user.userName, userId: user.id },
          state: { metadata },
        }),
        now,
      );
    if (!found) {
      const { user: userName, email } = wanted;
      const blank = {
        firstName: null,
        lastName: null,
        organization: null,
        description: null,
        defaultWorkspaceId: null,
        lastAccessAt: null,
        deletedAt: null,
      };
      const user = await tables.users.insert({ userName, email, ...blank, passwordHash, createdAt: now });
      await audit(user, 'user_created', { email });
      return { user, changed: true };
    }
    if (passwordHash === null) return { user: found, changed: false };
    await writePassword(tables, caller, found, passwordHash, now);
    return { user: { ...found, passwordHash }, changed: true };
  };

  const ensureMember = async (
    tables: Tables,
    caller: Caller,
    organisation: Organisation,
    user: User,
    role: OrganisationRole | undefined,
  ): Promise<{ member: MemberRow; changed: boolean }> => {
    const now = clock.now();
    const found = await tables.members.findByUser(organisation.id, user.id);
    if (!found) {
      const member = await insertMember(tables, caller, organisation.id, user, role ?? 'member', now);
      return { member, changed: true };
    }
    if (role === undefined || role === found.role) return { member: found, changed: false };
    await checkNotLastOwner(tables, organisation, found);
    return { member: await changeRole(tables, caller, found, role, now), changed: true };
  };

  const ensureParticipant = async (
    tables: Tables,
    caller: Caller,
    workspace: Workspace,
    member: MemberRow,
    role: WorkspaceRole | undefined,
  ): Promise<boolean> => {
    const now = clock.now();
    const found = await tables.participants.findByMember(workspace.id, member.id);
    if (!found) {
      await insertParticipant(tables, caller, workspace.id, member, role ?? 'view', now);
      return true;
    }
    if (role === undefined || role === found.roleName) return false;
    await tables.participants.setRole(found.id, { role, customRoleId: null });
    const { organisationId, id: workspaceId } = workspace;
    const { userId, userName: name } = member;
    const target = { type: 'participant', id: found.id, name, organisationId, workspaceId, userId };
    const state = { previousState: { role: found.roleName }, newState: { role } };
    await tables.audit.append(auditEvent(caller, { event: 'participant_updated', target, state }), now);
    return true;
  };

  const ensureOwner = async (
    tables: Tables,
    caller: Caller,
    wanted: FirstOwner,
    passwordHash: string | null,
  ): Promise<EnsuredUser> => {
    const now = clock.now();
    const account = await ensureAccount(tables, caller, wanted, passwordHash);
    const known = await tables.organisations.findByName(wanted.org);
    const organisation =
      known ??
      (await insertOrganisation(tables, caller, account.user.id, { name: wanted.org }, now)).organisation;
    const membership = await ensureMember(tables, caller, organisation, account.user, 'owner');
    const found =
      wanted.workspace === undefined
        ? null
        : await tables.workspaces.findByName(organisation.id, wanted.workspace);
    const workspace =
      found === undefined && wanted.workspace !== undefined
        ? await insertWorkspace(tables, caller, organisation.id, { name: wanted.workspace }, now)
        : (found ?? null);
    await tables.oneTimeLinks.removeUnused('first-owner');
    const changed = account.changed || !known || membership.changed || found === undefined;
    return { user: account.user, organisation, workspace, changed };
  };

  return {
    /** The first owner, organisation and workspace from the command line. @throws AppError 400, 409 */
    async ensureFirstOwner(caller: Caller, wanted: FirstOwner): Promise<EnsuredUser> {
      const hash = await newHash(await findUser(store, wanted), wanted.password);
      return store.transaction((tables) => ensureOwner(tables, caller, wanted, hash));
    },

    /** A user, as member of an organisation and participant of a workspace that exist. @throws AppError 400, 404, 409 */
    async ensureUser(caller: Caller, wanted: NewUser): Promise<EnsuredUser> {
      const hash = await newHash(await findUser(store, wanted), wanted.password);
      return store.transaction(async (tables) => {
        const organisation = await tables.organisations.findByName(wanted.org);
        if (!organisation) throw notFound('organisation', wanted.org);
        const workspace =
          wanted.workspace === undefined
            ? null
            : await tables.workspaces.findByName(organisation.id, wanted.workspace);
        if (workspace === undefined) throw notFound('workspace', `${wanted.org}/${wanted.workspace}`);
        const account = await ensureAccount(tables, caller, wanted, hash);
        const { member, changed } = await ensureMember(
          tables,
          caller,
          organisation,
          account.user,
          wanted.role,
        );
        const joined =
          workspace !== null &&
          (await ensureParticipant(tables, caller, workspace, member, wanted.workspaceRole));
        return { user: account.user, organisation, workspace, changed: account.changed || changed || joined };
      });
    },

    /** While nobody is there: a fresh link for making the first owner; older ones stop working. Lives a day. */
    async firstOwnerLink(): Promise<string | null> {
      const secret = secrets.newSecret(32);
      return store.transaction(async (tables) => {
        if ((await tables.users.count()) > 0) return null;
        await tables.oneTimeLinks.removeUnused('first-owner');
        const createdAt = clock.now();
        await tables.oneTimeLinks.insert({
          hash: secrets.hashSecret(secret),
          purpose: 'first-owner',
          userId: null,
          madeBy: null,
          createdAt,
          expiresAt: createdAt + linkLifeMs,
          usedAt: null,
        });
        return secret;
      });
    },

    /** Would the link work now? */
    async firstOwnerLinkWorks(secret: string): Promise<boolean> {
      const link = await store.oneTimeLinks.find(secrets.hashSecret(secret));
      return link?.purpose === 'first-owner' && link.usedAt === null && link.expiresAt > clock.now();
    },

    /**
     * Uses the link: once, and only while nobody is there. What the form says wrongly leaves the link as it is.
     * @throws AppError 400 naming the field, 404 for a link that does not work
     */
    async makeFirstOwner(
      caller: Caller,
      secret: string,
      wanted: FirstOwner & { password: string },
    ): Promise<User> {
      if (!(await this.firstOwnerLinkWorks(secret))) throw linkGone();
      const hash = await passwords.hashPassword(checkPassword(wanted.password));
      return store.transaction(async (tables) => {
        const link = await tables.oneTimeLinks.find(secrets.hashSecret(secret));
        const used =
          link?.purpose === 'first-owner' && (await tables.oneTimeLinks.use(link.hash, clock.now()));
        if (!used || (await tables.users.count()) > 0) throw linkGone();
        return (await ensureOwner(tables, caller, wanted, hash)).user;
      });
    },
  };
};

export type SetupActions = ReturnType<typeof createSetupActions>;
