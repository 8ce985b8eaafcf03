/** Who may do what: the one policy table. Every route names its permission; what is not listed is refused. */

export const organisationRoles = ['owner', 'member', 'collaborator'] as const;
export type OrganisationRole = (typeof organisationRoles)[number];

/** From the most to the least powerful. */
export const workspaceRoles = ['owner', 'admin', 'maintain', 'launch', 'connect', 'view'] as const;
export type WorkspaceRole = (typeof workspaceRoles)[number];

const organisationPermissions = {
  'organisation:read': ['owner', 'member', 'collaborator'],
  'organisation:write': ['owner'],
  'member:read': ['owner', 'member'],
  'member:write': ['owner'],
  'workspace:list': ['owner', 'member', 'collaborator'],
  'workspace:create': ['owner'],
  'identity:read': ['owner', 'member', 'collaborator'],
  'identity:write': ['owner'],
  'managed-credential:own': ['owner', 'member', 'collaborator'],
  'managed-credential:any': ['owner'],
} as const satisfies Record<string, readonly OrganisationRole[]>;

const workspacePermissions = {
  'workspace:read': ['owner', 'admin', 'maintain', 'launch', 'connect', 'view'],
  'workspace:write': ['owner', 'admin'],
  'participant:read': ['owner', 'admin', 'maintain', 'launch', 'connect', 'view'],
  'participant:write': ['owner', 'admin'],
  'credential:read': ['owner', 'admin', 'maintain', 'launch', 'connect', 'view'],
  'credential:write': ['owner', 'admin'],
  'compute-env:read': ['owner', 'admin', 'maintain', 'launch', 'connect', 'view'],
  'compute-env:write': ['owner', 'admin'],
  'run:read': ['owner', 'admin', 'maintain', 'launch', 'connect', 'view'],
  'run:launch': ['owner', 'admin', 'maintain', 'launch'],
  'run:write': ['owner', 'admin', 'maintain', 'launch'],
} as const satisfies Record<string, readonly WorkspaceRole[]>;

export type OrganisationPermission = keyof typeof organisationPermissions;
export type WorkspacePermission = keyof typeof workspacePermissions;
/** `public`: nobody has to be known; `signed-in`: any user, for what is their own. */
export type Permission = 'public' | 'signed-in' | OrganisationPermission | WorkspacePermission;

export const organisationRoleAllows = (role: OrganisationRole, permission: OrganisationPermission): boolean =>
  (organisationPermissions[permission] as readonly OrganisationRole[]).includes(role);

export const workspaceRoleAllows = (role: WorkspaceRole, permission: WorkspacePermission): boolean =>
  (workspacePermissions[permission] as readonly WorkspaceRole[]).includes(role);

export const isOrganisationPermission = (permission: Permission): permission is OrganisationPermission =>
  permission in organisationPermissions;

export const isWorkspacePermission = (permission: Permission): permission is WorkspacePermission =>
  permission in workspacePermissions;

/** Roles arrive in any case. */
export const parseWorkspaceRole = (text: string): WorkspaceRole | undefined =>
  workspaceRoles.find((role) => role === text.toLowerCase());

export const parseOrganisationRole = (text: string): OrganisationRole | undefined =>
  organisationRoles.find((role) => role === text.toLowerCase());
