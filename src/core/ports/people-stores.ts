/** Port: how people, organisations and what signs them in are kept. */
import type {
  AccessToken,
  Member,
  MemberRow,
  OneTimeLink,
  Organisation,
  Participant,
  ParticipantRow,
  Session,
  User,
  Workspace,
} from '../people.ts';
import type { OrganisationRole, WorkspaceRole } from '../roles.ts';
import type { Page, Paged, Unnumbered } from './paging.ts';

export interface UserStore {
  insert(user: Unnumbered<User>): Promise<User>;
  find(id: number): Promise<User | undefined>;
  /** By user name (exact) or e-mail (any case). */
  findByNameOrEmail(nameOrEmail: string): Promise<User | undefined>;
  update(
    id: number,
    patch: Partial<Pick<User, 'firstName' | 'lastName' | 'passwordHash' | 'lastAccessAt'>>,
  ): Promise<void>;
  count(): Promise<number>;
}

export interface OrganisationStore {
  insert(organisation: Unnumbered<Organisation>): Promise<Organisation>;
  find(id: number): Promise<Organisation | undefined>;
  findByName(name: string): Promise<Organisation | undefined>;
  update(id: number, patch: Partial<Unnumbered<Organisation>>): Promise<void>;
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
    query: Page & { search?: string | undefined; roles?: readonly OrganisationRole[] },
  ): Promise<Paged<MemberRow>>;
  setRole(memberId: number, role: OrganisationRole): Promise<void>;
  remove(memberId: number): Promise<void>;
  countOwners(organisationId: number): Promise<number>;
}

export interface WorkspaceStore {
  insert(workspace: Unnumbered<Workspace>): Promise<Workspace>;
  find(id: number): Promise<Workspace | undefined>;
  findByName(organisationId: number, name: string): Promise<Workspace | undefined>;
  update(id: number, patch: Partial<Unnumbered<Workspace>>): Promise<void>;
  listOfOrganisation(organisationId: number): Promise<Workspace[]>;
}

export interface ParticipantStore {
  insert(participant: Unnumbered<Participant>): Promise<Participant>;
  findById(workspaceId: number, participantId: number): Promise<ParticipantRow | undefined>;
  findByMember(workspaceId: number, memberId: number): Promise<ParticipantRow | undefined>;
  list(workspaceId: number, query: Page & { search?: string | undefined }): Promise<Paged<ParticipantRow>>;
  /** Roles that a user holds directly: workspace id → role. */
  rolesOfUser(userId: number): Promise<Map<number, WorkspaceRole>>;
  setRole(participantId: number, role: WorkspaceRole): Promise<void>;
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
  /** Removes unused links of a purpose, so that only the newest works. */
  removeUnused(purpose: OneTimeLink['purpose']): Promise<void>;
}
