/** Who may do what: the one policy table. Every route names its permission; what is not listed is refused. */

export const organisationRoles = ['owner', 'member', 'collaborator'] as const;
export type OrganisationRole = (typeof organisationRoles)[number];

/** From the most to the least powerful. */
export const workspaceRoles = ['owner', 'admin', 'maintain', 'launch', 'connect', 'view'] as const;
export type WorkspaceRole = (typeof workspaceRoles)[number];

const organisationPermissions = {
  'organisation:read': ['owner', 'member', 'collaborator'],
  'organisation:write': ['owner'],
  'organisation:delete': ['owner'],
  'organisation:leave': ['owner', 'member', 'collaborator'],
  'member:read': ['owner', 'member'],
  'member:write': ['owner'],
  'team:read': ['owner', 'member'],
  'team:write': ['owner'],
  'role:read': ['owner', 'member', 'collaborator'],
  'role:write': ['owner'],
  'workspace:list': ['owner', 'member', 'collaborator'],
  'workspace:create': ['owner'],
  'identity:read': ['owner', 'member', 'collaborator'],
  'identity:write': ['owner'],
  'managed-credential:own': ['owner', 'member', 'collaborator'],
  'managed-credential:any': ['owner'],
  'audit:read': ['owner'],
} as const satisfies Record<string, readonly OrganisationRole[]>;

export const roleDescriptions: Readonly<Record<WorkspaceRole, string>> = {
  owner: 'Everything in the workspace, its deletion included',
  admin: 'People, credentials, compute environments and everything below; not the deletion of the workspace',
  maintain: 'Pipelines, launches of any pipeline, and everything below',
  launch: 'Launches of saved pipelines, and everything below',
  connect: 'As view',
  view: 'Reads everything and changes nothing',
};

const everybody = workspaceRoles;
const launchers = ['owner', 'admin', 'maintain', 'launch'] as const;
const maintainers = ['owner', 'admin', 'maintain'] as const;
const admins = ['owner', 'admin'] as const;

/** Named as clients know them: custom roles are made of these. */
const workspacePermissions = {
  'workspace:read': everybody,
  'workspace:write': admins,
  /** Participants and their roles. */
  'workspace:admin': admins,
  'workspace:delete': ['owner'],
  /** Leaving it. */
  'workspace_self:delete': everybody,
  'credentials:read': everybody,
  'credentials:write': admins,
  'credentials:delete': admins,
  'compute_environment:read': everybody,
  'compute_environment:write': admins,
  'compute_environment:delete': admins,
  'pipeline:read': everybody,
  'pipeline:write': maintainers,
  'pipeline:delete': maintainers,
  'pipeline_secrets:read': everybody,
  'pipeline_secrets:write': maintainers,
  'pipeline_secrets:delete': maintainers,
  'dataset:read': everybody,
  'dataset:write': launchers,
  'dataset:delete': maintainers,
  /** Hiding and showing. */
  'dataset:admin': maintainers,
  'pipeline_label:write': maintainers,
  'workflow:read': everybody,
  /** Launching what is saved. */
  'workflow:execute': launchers,
  /** Launching what nobody has saved: whoever may do that decides what runs. */
  'workflow_quick:execute': maintainers,
  /** One's own runs … */
  'workflow:write': launchers,
  'workflow:delete': launchers,
  /** … and those of others. */
  'workflow_others:write': maintainers,
  'workflow_label:write': launchers,
} as const satisfies Record<string, readonly WorkspaceRole[]>;

const categories: Readonly<Record<string, string>> = {
  workspace: 'Settings',
  workspace_self: 'Settings',
  label: 'Settings',
  credentials: 'Compute',
  compute_environment: 'Compute',
  dataset: 'Data',
};

/** What custom roles may be made of; categories as the consoles of other systems group them. */
export const permissionCatalogue: readonly { name: string; category: string }[] = Object.keys(
  workspacePermissions,
)
  .map((name) => ({ name, category: categories[name.split(':')[0] ?? ''] ?? 'Pipelines' }))
  .sort((a, b) => (a.name < b.name ? -1 : 1));

export type OrganisationPermission = keyof typeof organisationPermissions;
export type WorkspacePermission = keyof typeof workspacePermissions;
/** `public`: nobody has to be known; `signed-in`: any user, for what is their own. */
export type Permission = 'public' | 'signed-in' | OrganisationPermission | WorkspacePermission;

export const organisationRoleAllows = (role: OrganisationRole, permission: OrganisationPermission): boolean =>
  (organisationPermissions[permission] as readonly OrganisationRole[]).includes(role);

/** What somebody may do in a workspace: the union of what all their roles there allow. */
export type WorkspacePermissions = ReadonlySet<WorkspacePermission>;

const permissionsByRole = new Map(
  workspaceRoles.map((role): [WorkspaceRole, WorkspacePermissions] => {
    const allowed = Object.entries(workspacePermissions).filter(([, roles]) =>
      (roles as readonly WorkspaceRole[]).includes(role),
    );
    return [role, new Set(allowed.map(([permission]) => permission as WorkspacePermission))];
  }),
);

/** What a built-in role allows. */
export const permissionsOf = (role: WorkspaceRole): WorkspacePermissions =>
  permissionsByRole.get(role) ?? new Set();

export const isOrganisationPermission = (permission: Permission): permission is OrganisationPermission =>
  permission in organisationPermissions;

export const isWorkspacePermission = (permission: string): permission is WorkspacePermission =>
  Object.hasOwn(workspacePermissions, permission);

/** Roles arrive in any case. */
export const parseWorkspaceRole = (text: string): WorkspaceRole | undefined =>
  workspaceRoles.find((role) => role === text.toLowerCase());

export const parseOrganisationRole = (text: string): OrganisationRole | undefined =>
  organisationRoles.find((role) => role === text.toLowerCase());
