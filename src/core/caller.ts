/** Who is asking, and within which walls. Made by the sign-in of `src/api` and by `actions/access.ts`. */
import type { OrganisationRole, WorkspaceRole } from './roles.ts';

export interface Caller {
  userId: number;
  userName: string;
  email: string;
  /** Access token that was used; null for a browser session or the command line. */
  tokenId: number | null;
  ip: string | null;
  userAgent: string | null;
  /** Ties the log lines and audit records of one request together. */
  correlationId: string;
}

/** Nobody's number: what the service itself, or the command line, acts as. */
export const systemUserId = 0;

export const systemCaller = (correlationId: string): Caller => ({
  userId: systemUserId,
  userName: 'system',
  email: '',
  tokenId: null,
  ip: null,
  userAgent: null,
  correlationId,
});

export interface OrganisationScope {
  kind: 'organisation';
  organisationId: number;
  organisationName: string;
  role: OrganisationRole;
}

/** A workspace, or the caller's personal context (workspaceId and organisationId null). */
export interface WorkspaceScope {
  kind: 'workspace';
  workspaceId: number | null;
  workspaceName: string | null;
  organisationId: number | null;
  organisationName: string | null;
  role: WorkspaceRole;
}

export interface UserScope {
  kind: 'user';
}

export type Scope = OrganisationScope | WorkspaceScope | UserScope;
