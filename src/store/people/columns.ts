/** What several queries about people select. */
import { sql } from 'kysely';
import {
  isWorkspacePermission,
  permissionsOf,
  type WorkspacePermission,
  type WorkspaceRole,
} from '#core/roles.ts';

export const workspaceColumns = [
  'workspaces.id',
  'workspaces.organisationId',
  'workspaces.name',
  'workspaces.fullName',
  'workspaces.description',
  'workspaces.visibility',
  'workspaces.createdAt',
  'workspaces.deletedAt',
] as const;

/** In a query of `participants` with a left join of `customRoles`. */
export const roleName =
  sql<string>`coalesce(${sql.ref('participants.role')}, ${sql.ref('customRoles.name')})`.as('roleName');

/** From JSON text. A permission that this version does not know any more allows nothing. */
export const readPermissions = (text: string): WorkspacePermission[] =>
  (JSON.parse(text) as string[]).filter((name): name is WorkspacePermission => isWorkspacePermission(name));

/** What a participant's role allows. */
export const permissionsOfRow = (role: WorkspaceRole | null, custom: string | null): WorkspacePermission[] =>
  role === null ? readPermissions(custom ?? '[]') : [...permissionsOf(role)];
