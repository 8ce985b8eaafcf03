/** From the roles that somebody has in a workspace to what they may do there. */
import type { HeldRole, Workspace } from './people.ts';
import {
  type OrganisationRole,
  permissionsOf,
  type WorkspacePermission,
  type WorkspacePermissions,
  workspaceRoles,
} from './roles.ts';

export interface Rights {
  /** Names, the most powerful first; none for whoever only reads what is shared. */
  roles: readonly string[];
  permissions: WorkspacePermissions;
}

/** In one's personal context, and in every workspace of one's own organisation. */
export const ownerRights: Rights = { roles: ['owner'], permissions: permissionsOf('owner') };

/** What SHARED means: members of the organisation see the workspace and read its pipelines. */
const shared: readonly WorkspacePermission[] = ['workspace:read', 'pipeline:read'];

const rank = (name: string): number => {
  const place = workspaceRoles.findIndex((role) => role === name);
  return place === -1 ? workspaceRoles.length : place;
};

/** Names of roles, each once, the most powerful first; the organisation's own behind the built-in ones. */
export const roleNames = (held: readonly HeldRole[]): string[] =>
  [...new Set(held.map(({ roleName }) => roleName))].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));

/**
 * The union of what all of somebody's roles in a workspace allow, their own and their teams'. Undefined: for them this
 * workspace does not exist.
 * @param held of that workspace
 */
export const rightsIn = (
  workspace: Pick<Workspace, 'visibility'>,
  organisationRole: OrganisationRole,
  held: readonly HeldRole[],
): Rights | undefined => {
  if (organisationRole === 'owner') return ownerRights;
  const isShared = workspace.visibility === 'SHARED' && organisationRole === 'member';
  if (held.length === 0 && !isShared) return undefined;
  return {
    roles: roleNames(held),
    permissions: new Set([...(isShared ? shared : []), ...held.flatMap(({ permissions }) => permissions)]),
  };
};
