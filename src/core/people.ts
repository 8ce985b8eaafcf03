/** Users, organisations, members, teams, workspaces, participants, tokens: the records behind every permission. */
import type { OrganisationRole, WorkspacePermission, WorkspaceRole } from './roles.ts';
import type { TokenPower } from './token-grants.ts';

export interface User {
  id: number;
  userName: string;
  email: string;
  firstName: string | null;
  lastName: string | null;
  /** Where they work, in their own words. */
  organization: string | null;
  description: string | null;
  defaultWorkspaceId: number | null;
  /** PHC string; null: no password sign-in. */
  passwordHash: string | null;
  createdAt: number;
  lastAccessAt: number | null;
  /** Nothing but the name is left: it stays in the record and is given to nobody else. */
  deletedAt: number | null;
}

export interface Organisation {
  id: number;
  name: string;
  fullName: string;
  description: string | null;
  location: string | null;
  website: string | null;
  createdAt: number;
  deletedAt: number | null;
}

export interface Member {
  id: number;
  organisationId: number;
  userId: number;
  role: OrganisationRole;
  createdAt: number;
}

/** A member with the person behind it, as lists show them. */
export interface MemberRow extends Member {
  userName: string;
  email: string;
  firstName: string | null;
  lastName: string | null;
}

export interface Workspace {
  id: number;
  organisationId: number;
  name: string;
  fullName: string;
  description: string | null;
  /** SHARED: every member of the organisation may read its pipelines. */
  visibility: 'PRIVATE' | 'SHARED';
  createdAt: number;
  deletedAt: number | null;
}

export interface Team {
  id: number;
  organisationId: number;
  name: string;
  description: string | null;
  createdAt: number;
}

export interface TeamRow extends Team {
  membersCount: number;
}

/** A role that an organisation has made for its workspaces. */
export interface CustomRole {
  id: number;
  organisationId: number;
  name: string;
  description: string;
  permissions: WorkspacePermission[];
  createdAt: number;
  updatedAt: number;
}

/** Either a built-in role or one of the organisation's own. */
export type RoleRef = { role: WorkspaceRole; customRoleId: null } | { role: null; customRoleId: number };

/** Either a member or a team. */
export type ParticipantRef = { memberId: number; teamId: null } | { memberId: null; teamId: number };

export type Participant = {
  id: number;
  workspaceId: number;
  createdAt: number;
} & ParticipantRef &
  RoleRef;

/** As lists show it: the person is null for a team, the team for a person. */
export interface ParticipantRow {
  id: number;
  workspaceId: number;
  createdAt: number;
  memberId: number | null;
  teamId: number | null;
  /** Name of the role, built-in or not. */
  roleName: string;
  /** What it allows. */
  permissions: WorkspacePermission[];
  userId: number | null;
  userName: string | null;
  email: string | null;
  firstName: string | null;
  lastName: string | null;
  organisationRole: OrganisationRole | null;
  teamName: string | null;
}

/** A role that a user has in a workspace, and by what. */
export interface HeldRole {
  workspaceId: number;
  roleName: string;
  permissions: WorkspacePermission[];
  /** The team whose role it is; null for the user's own. */
  team: { id: number; name: string } | null;
}

export interface AccessToken {
  /** The `tid` inside the token. */
  id: number;
  userId: number;
  name: string;
  /** SHA-256 of the secret part, hex (promise 25). */
  hash: string;
  createdAt: number;
  lastUsedAt: number | null;
  expiresAt: number | null;
  /** What limits it (token-grants.ts). */
  power: TokenPower | null;
  organisationId: number | null;
  workspaceId: number | null;
}

export interface Session {
  /** SHA-256 of the cookie's secret, hex. */
  hash: string;
  userId: number;
  createdAt: number;
  lastSeenAt: number;
  /** Absolute end, whatever the use. */
  expiresAt: number;
  /** Where it was opened from, so that people know it again. */
  ip: string | null;
  userAgent: string | null;
}

/** A link that works once: making the first owner, setting a password. */
export interface OneTimeLink {
  hash: string;
  purpose: 'first-owner' | 'set-password';
  userId: number | null;
  /** The owner who made it; null: the operator. */
  madeBy: number | null;
  createdAt: number;
  expiresAt: number;
  usedAt: number | null;
}
