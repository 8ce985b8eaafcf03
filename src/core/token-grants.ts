/**
 * What an access token of limited scope may do. Default deny: a permission that is not listed, or not a reading one, is
 * out of reach; so is whatever belongs to the person behind it (tokens, password, sessions), unless a route says otherwise.
 */
import type { Permission } from './roles.ts';

export const tokenPowers = ['read', 'launch'] as const;
export type TokenPower = (typeof tokenPowers)[number];

export interface TokenGrant {
  /** null: all that the person may do, within the walls. */
  power: TokenPower | null;
  /** Walls; null: wherever the person may go. A workspace's organisation stands beside it. */
  organisationId: number | null;
  workspaceId: number | null;
}

/** Beside reading. */
const launching: ReadonlySet<Permission> = new Set([
  'workflow:execute',
  'workflow_quick:execute',
  'workflow:write',
  'workflow_label:write',
]);

/** Of a token as it is kept; one that limits nothing is none. */
export const grantOf = ({ power, organisationId, workspaceId }: TokenGrant): TokenGrant | null =>
  power === null && organisationId === null && workspaceId === null
    ? null
    : { power, organisationId, workspaceId };

/** Asks for nothing to happen: a route that is read with POST may connect to clusters. */
const isReading = (permission: Permission, method: string): boolean =>
  method === 'GET' && /:(read|list|own)$/.test(permission);

/** What a route says about itself. */
export interface Asked {
  permission: Permission;
  method: string;
  /** Absent: no for `signed-in` routes, which are about the person, yes for all others. */
  scopedTokens?: boolean;
}

export const grantAllows = ({ power }: TokenGrant, { permission, method, scopedTokens }: Asked): boolean => {
  if (permission === 'public') return true;
  if (!(scopedTokens ?? permission !== 'signed-in')) return false;
  if (power === null) return true;
  if (permission === 'signed-in') return method === 'GET';
  return isReading(permission, method) || (power === 'launch' && launching.has(permission));
};

/** Walls of a grant (null: none): may it see anything there, and the organisation as such? */
export const reachesOrganisation = (grant: TokenGrant | null, organisationId: number): boolean =>
  !grant?.organisationId || grant.organisationId === organisationId;

export const reachesWholeOrganisation = (grant: TokenGrant | null, organisationId: number): boolean =>
  !grant?.workspaceId && reachesOrganisation(grant, organisationId);

export const reachesWorkspace = (grant: TokenGrant | null, workspaceId: number): boolean =>
  !grant?.workspaceId || grant.workspaceId === workspaceId;

export const reachesPersonal = (grant: TokenGrant | null): boolean => !grant?.organisationId;
