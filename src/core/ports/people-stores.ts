/** Port: how people, organisations and what signs them in are kept. */
import type {
  AccessToken,
  CustomRole,
  HeldRole,
  Member,
  MemberRow,
  OneTimeLink,
  Organisation,
  Participant,
  ParticipantRef,
  ParticipantRow,
  RoleRef,
  Session,
  Team,
  TeamRow,
  User,
  Workspace,
} from '../people.ts';
import type { OrganisationRole } from '../roles.ts';
import type { Page, Paged, Unnumbered } from './paging.ts';

export interface UserStore {
  insert(user: Unnumbered<User>): Promise<User>;
  /** Deleted ones too. */
  find(id: number): Promise<User | undefined>;
  /** By user name (exact) or e-mail (any case); not deleted. */
  findByNameOrEmail(nameOrEmail: string): Promise<User | undefined>;
  /** Does, or did, anybody carry this user name? */
  nameTaken(userName: string): Promise<boolean>;
  update(
    id: number,
    /** @throws AppError 409 for a user name that anybody has or had, or the e-mail of somebody else */
    patch: Partial<Omit<User, 'id' | 'createdAt' | 'deletedAt'>>,
  ): Promise<void>;
  /** Leaves the number and the name, and nothing else of the person. */
  erase(id: number, now: number): Promise<void>;
  /** The organisation that was the user's first; it may have gone. */
  homeOf(id: number): Promise<number | null>;
  count(): Promise<number>;
}

/** Deleted ones are not found, and their names are free. */
export interface OrganisationStore {
  insert(organisation: Unnumbered<Organisation>): Promise<Organisation>;
  find(id: number): Promise<Organisation | undefined>;
  findByName(name: string): Promise<Organisation | undefined>;
  update(id: number, patch: Partial<Omit<Organisation, 'id' | 'createdAt' | 'deletedAt'>>): Promise<void>;
  /** Members, teams and roles go with it; its workspaces must have gone before. */
  remove(id: number, now: number): Promise<void>;
  /** Organisations of a user, oldest membership first. */
  listOfUser(userId: number): Promise<{ organisation: Organisation; member: Member }[]>;
}

export interface MemberStore {
  insert(member: Unnumbered<Member>): Promise<Member>;
  findById(organisationId: number, memberId: number): Promise<MemberRow | undefined>;
  findByUser(organisationId: number, userId: number): Promise<MemberRow | undefined>;
  /** `search`: an exact user name or e-mail gives that row alone; otherwise free text, exact matches first. */
  list(
    organisationId: number,
    query: Page & {
      search?: string | undefined;
      roles?: readonly OrganisationRole[] | undefined;
      teamId?: number | undefined;
    },
  ): Promise<Paged<MemberRow>>;
  setRole(memberId: number, role: OrganisationRole): Promise<void>;
  /** Participations and places in teams go with it. */
  remove(memberId: number): Promise<void>;
  countOwners(organisationId: number): Promise<number>;
}

export interface TeamStore {
  insert(team: Unnumbered<Team>): Promise<Team>;
  find(organisationId: number, teamId: number): Promise<TeamRow | undefined>;
  findByName(organisationId: number, name: string): Promise<Team | undefined>;
  /** By name; an exact name gives that team alone. Without a page: all of them. */
  list(
    organisationId: number,
    query: { search?: string | undefined; page?: Page | undefined },
  ): Promise<Paged<TeamRow>>;
  update(teamId: number, patch: Partial<Pick<Team, 'name' | 'description'>>): Promise<void>;
  /** Its participations go with it. */
  remove(teamId: number): Promise<void>;
  /** @throws AppError 409 for a member of the team */
  addMember(teamId: number, memberId: number, now: number): Promise<void>;
  /** Was there one? */
  removeMember(teamId: number, memberId: number): Promise<boolean>;
  ofMember(memberId: number): Promise<Team[]>;
  /** Where it participates, by name of the workspace. */
  workspaces(
    teamId: number,
    query: Page & { search?: string | undefined },
  ): Promise<Paged<{ workspace: Workspace; participantId: number; roleName: string }>>;
}

/** Names are unique in any case, within an organisation. */
export interface CustomRoleStore {
  insert(role: Unnumbered<CustomRole>): Promise<CustomRole>;
  findByName(organisationId: number, name: string): Promise<CustomRole | undefined>;
  /** By name. */
  list(organisationId: number): Promise<CustomRole[]>;
  update(
    id: number,
    patch: Partial<Pick<CustomRole, 'name' | 'description' | 'permissions' | 'updatedAt'>>,
  ): Promise<void>;
  remove(id: number): Promise<void>;
  /** Names of workspaces with participants who have it. */
  usedIn(id: number): Promise<string[]>;
}

/** Deleted ones are not found, and their names are free. */
export interface WorkspaceStore {
  insert(workspace: Unnumbered<Workspace>): Promise<Workspace>;
  find(id: number): Promise<Workspace | undefined>;
  findByName(organisationId: number, name: string): Promise<Workspace | undefined>;
  update(
    id: number,
    patch: Partial<Pick<Workspace, 'name' | 'fullName' | 'description' | 'visibility'>>,
  ): Promise<void>;
  /** Its participants go with it. */
  remove(id: number, now: number): Promise<void>;
  listOfOrganisation(organisationId: number): Promise<Workspace[]>;
}

export interface ParticipantStore {
  insert(
    participant: { workspaceId: number; createdAt: number } & ParticipantRef & RoleRef,
  ): Promise<Participant>;
  findById(workspaceId: number, participantId: number): Promise<ParticipantRow | undefined>;
  findByMember(workspaceId: number, memberId: number): Promise<ParticipantRow | undefined>;
  findByTeam(workspaceId: number, teamId: number): Promise<ParticipantRow | undefined>;
  /** By name; an exact user name, e-mail or team name gives those alone. */
  list(workspaceId: number, query: Page & { search?: string | undefined }): Promise<Paged<ParticipantRow>>;
  /** Why a user may do anything, in all workspaces or in one: own roles and those of the user's teams. */
  rolesHeld(userId: number, workspaceId?: number): Promise<HeldRole[]>;
  setRole(participantId: number, role: RoleRef): Promise<void>;
  remove(participantId: number): Promise<void>;
}

export interface TokenStore {
  insert(token: Unnumbered<AccessToken>): Promise<AccessToken>;
  find(id: number): Promise<AccessToken | undefined>;
  /** Newest first. */
  listOfUser(userId: number): Promise<AccessToken[]>;
  touch(id: number, usedAt: number): Promise<void>;
  remove(id: number): Promise<void>;
}

export interface SessionStore {
  insert(session: Session): Promise<void>;
  find(hash: string): Promise<Session | undefined>;
  /** Last used first. */
  listOfUser(userId: number): Promise<Session[]>;
  touch(hash: string, seenAt: number): Promise<void>;
  remove(hash: string): Promise<void>;
  /** All of a user's, wherever they are signed in. */
  removeOfUser(userId: number): Promise<void>;
  removeExpired(now: number): Promise<void>;
}

export interface OneTimeLinkStore {
  insert(link: OneTimeLink): Promise<void>;
  find(hash: string): Promise<OneTimeLink | undefined>;
  /** Marks it used; false when it was used or has expired already: only one caller ever gets true. */
  use(hash: string, now: number): Promise<boolean>;
  /** Removes unused links of a purpose, of everybody or of one user, so that only the newest works. */
  removeUnused(purpose: OneTimeLink['purpose'], userId?: number): Promise<void>;
}
