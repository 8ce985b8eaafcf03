/** Users, organisations, members, workspaces, participants, tokens: the records behind every permission. */
import type { OrganisationRole, WorkspaceRole } from './roles.ts';
import type { TokenPower } from './token-grants.ts';

export interface User {
  id: number;
  userName: string;
  email: string;
  firstName: string | null;
  lastName: string | null;
  /** PHC string; null: no password sign-in. */
  passwordHash: string | null;
  createdAt: number;
  lastAccessAt: number | null;
}

export interface Organisation {
  id: number;
  name: string;
  fullName: string;
  description: string | null;
  location: string | null;
  website: string | null;
  createdAt: number;
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
  visibility: 'PRIVATE' | 'SHARED';
  createdAt: number;
}

export interface Participant {
  id: number;
  workspaceId: number;
  memberId: number;
  role: WorkspaceRole;
  createdAt: number;
}

export interface ParticipantRow extends Participant {
  userId: number;
  userName: string;
  email: string;
  firstName: string | null;
  lastName: string | null;
  organisationRole: OrganisationRole;
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
