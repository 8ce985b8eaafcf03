/** Who is asking, and within which walls. Made by the sign-in of `src/api` and by `actions/access.ts`. */
import type { OrganisationRole, WorkspacePermission, WorkspacePermissions } from './roles.ts';
import type { TokenGrant } from './token-grants.ts';

export interface Caller {
  userId: number;
  userName: string;
  email: string;
  /** Access token that was used; null for a browser session or the command line. */
  tokenId: number | null;
  /** What limits that token; null: nothing does. */
  grant: TokenGrant | null;
  /** Set for the token of a run: the one run that it reports on, which is all that it may do. */
  reportsOn?: string;
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
  grant: null,
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
  /** Names of the caller's roles here, from the most to the least powerful: for people to read. What counts is … */
  roles: readonly string[];
  /** … what they allow together. Ask with `scopeAllows`. */
  permissions: WorkspacePermissions;
}

export interface UserScope {
  kind: 'user';
}

export type Scope = OrganisationScope | WorkspaceScope | UserScope;

/** For what the permission of a route cannot say: may the caller do this too? */
export const scopeAllows = ({ permissions }: WorkspaceScope, permission: WorkspacePermission): boolean =>
  permissions.has(permission);
