/** Roles that an organisation makes for its workspaces, beside the built-in ones: names for sets of permissions. */
import type { Caller, OrganisationScope } from '#core/caller.ts';
import type { Clock } from '#core/clock.ts';
import { badRequest, conflict, notFound } from '#core/errors.ts';
import type { CustomRole, RoleRef } from '#core/people.ts';
import type { Page, Paged } from '#core/ports/paging.ts';
import type { Store, Tables } from '#core/ports/store.ts';
import {
  isWorkspacePermission,
  parseWorkspaceRole,
  permissionCatalogue,
  permissionsOf,
  roleDescriptions,
  type WorkspacePermission,
  workspaceRoles,
} from '#core/roles.ts';
import { auditEvent } from '../audit.ts';

export interface CustomRoleDeps {
  store: Pick<Store, 'customRoles' | 'transaction'>;
  clock: Clock;
}

export interface RoleInput {
  name?: string;
  description?: string;
  permissions?: string[];
}

/** A role as it can be given to participants. */
export interface RoleView {
  name: string;
  description: string;
  isPredefined: boolean;
  permissions: WorkspacePermission[];
}

/** Nobody keeps so many apart. */
const maxRoles = 200;
const namePattern = /^[\p{L}\p{N}](?:[\p{L}\p{N} ._-]{0,38}[\p{L}\p{N}])?$/u;
/** They stand in the place of a role's name in addresses. */
const reserved = ['permissions', 'validate'];

/** @throws AppError 400 */
const checkRoleName = (name: string | undefined): string => {
  const fault =
    name === undefined
      ? 'is missing'
      : !namePattern.test(name) || name.includes('  ')
        ? 'use 1 to 40 letters, digits, single spaces, dots, dashes and underscores, beginning and ending with a letter or digit'
        : parseWorkspaceRole(name) !== undefined || reserved.includes(name.toLowerCase())
          ? `"${name}" is a name of our own`
          : undefined;
  if (fault !== undefined) throw badRequest(`name: ${fault}`, { field: 'name' });
  return name ?? '';
};

/** @throws AppError 400 */
const checkPermissions = (names: readonly string[] | undefined): WorkspacePermission[] => {
  if (!names || names.length === 0)
    throw badRequest('permissions: give at least one', { field: 'permissions' });
  const unknown = names.find((name) => !isWorkspacePermission(name));
  if (unknown !== undefined)
    throw badRequest(
      `permissions: "${unknown.slice(0, 64)}" is not known; GET /roles/permissions lists those there are`,
      { field: 'permissions' },
    );
  return [...new Set(names.filter((name) => isWorkspacePermission(name)))];
};

const predefined: readonly RoleView[] = workspaceRoles.map((name) => ({
  name,
  description: roleDescriptions[name],
  isPredefined: true,
  permissions: [...permissionsOf(name)],
}));

const viewOf = ({ name, description, permissions }: CustomRole): RoleView => ({
  name,
  description,
  isPredefined: false,
  permissions,
});

/** The role that somebody means, in any case. @throws AppError 400 */
export const resolveRole = async (
  { customRoles }: Pick<Tables, 'customRoles'>,
  organisationId: number,
  typed: string,
): Promise<{ ref: RoleRef; name: string; permissions: readonly WorkspacePermission[] }> => {
  const role = parseWorkspaceRole(typed);
  if (role !== undefined)
    return { ref: { role, customRoleId: null }, name: role, permissions: [...permissionsOf(role)] };
  const custom = await customRoles.findByName(organisationId, typed.trim());
  if (!custom)
    throw badRequest(
      `role: must be one of ${workspaceRoles.join(', ')} or a role that this organisation has made`,
      { field: 'role' },
    );
  const { id, name, permissions } = custom;
  return { ref: { role: null, customRoleId: id }, name, permissions };
};

const targetOf = ({ id, name, organisationId }: CustomRole) => ({ type: 'role', id, name, organisationId });

export const createCustomRoleActions = ({ store, clock }: CustomRoleDeps) => {
  /** @throws AppError 404, 400 for a built-in one */
  const find = async (
    tables: Pick<Tables, 'customRoles'>,
    scope: OrganisationScope,
    name: string,
  ): Promise<CustomRole> => {
    if (parseWorkspaceRole(name) !== undefined)
      throw badRequest(`The role ${name.toLowerCase()} is built in: it cannot be changed or deleted`);
    const found = await tables.customRoles.findByName(scope.organisationId, name);
    if (!found) throw notFound('role', name);
    return found;
  };

  return {
    /** Built-in ones first. */
    async list(
      scope: OrganisationScope,
      query: Page & { name?: string; type?: 'predefined' | 'custom' },
    ): Promise<Paged<RoleView>> {
      const own = (await store.customRoles.list(scope.organisationId)).map(viewOf);
      const term = query.name?.trim().toLowerCase() ?? '';
      const rows = [...predefined, ...own].filter(
        ({ name, isPredefined }) =>
          name.toLowerCase().includes(term) &&
          (query.type === undefined || isPredefined === (query.type === 'predefined')),
      );
      return { rows: rows.slice(query.offset, query.offset + query.max), totalSize: rows.length };
    },

    /** What roles are made of. */
    listPermissions: async (name: string | undefined): Promise<{ name: string; category: string }[]> =>
      permissionCatalogue.filter((permission) => permission.name.includes(name?.trim().toLowerCase() ?? '')),

    /** By name in any case. @throws AppError 404 */
    async describe(scope: OrganisationScope, name: string): Promise<RoleView> {
      const builtIn = predefined.find((role) => role.name === parseWorkspaceRole(name));
      if (builtIn) return builtIn;
      return viewOf(await find(store, scope, name));
    },

    /** @throws AppError 400 for a bad name, 409 for a taken one */
    async validateName(scope: OrganisationScope, name: string | undefined): Promise<void> {
      const checked = checkRoleName(name);
      if (await store.customRoles.findByName(scope.organisationId, checked))
        throw conflict(`name: "${checked}" is already taken`);
    },

    /** @throws AppError 400, 409 */
    create: (caller: Caller, scope: OrganisationScope, input: RoleInput): Promise<RoleView> =>
      store.transaction(async (tables) => {
        const now = clock.now();
        const name = checkRoleName(input.name);
        const permissions = checkPermissions(input.permissions);
        const { organisationId } = scope;
        if ((await tables.customRoles.list(organisationId)).length >= maxRoles)
          throw conflict(`${scope.organisationName} has ${maxRoles} roles already: delete some first`);
        const role = await tables.customRoles.insert({
          organisationId,
          name,
          description: input.description ?? '',
          permissions,
          createdAt: now,
          updatedAt: now,
        });
        const state = { newState: viewOf(role) };
        await tables.audit.append(
          auditEvent(caller, { event: 'role_created', target: targetOf(role), state }),
          now,
        );
        return viewOf(role);
      }),

    /** Holds at once for everybody who has it. @throws AppError 400, 404, 409 */
    update: (caller: Caller, scope: OrganisationScope, name: string, patch: RoleInput): Promise<void> =>
      store.transaction(async (tables) => {
        const now = clock.now();
        const before = await find(tables, scope, name);
        const change = {
          name: patch.name === undefined ? before.name : checkRoleName(patch.name),
          description: patch.description ?? before.description,
          permissions:
            patch.permissions === undefined ? before.permissions : checkPermissions(patch.permissions),
        };
        await tables.customRoles.update(before.id, { ...change, updatedAt: now });
        const after = { ...before, ...change };
        const state = { previousState: viewOf(before), newState: viewOf(after) };
        await tables.audit.append(
          auditEvent(caller, { event: 'role_updated', target: targetOf(after), state }),
          now,
        );
      }),

    /** @throws AppError 400, 404, 409 while anybody has it */
    remove: (caller: Caller, scope: OrganisationScope, name: string): Promise<void> =>
      store.transaction(async (tables) => {
        const role = await find(tables, scope, name);
        const [first, ...more] = await tables.customRoles.usedIn(role.id);
        if (first !== undefined)
          throw conflict(
            `Participants of workspace ${first}${more.length > 0 ? ` and ${more.length} more` : ''} have the role ${role.name}: give them another one first`,
          );
        await tables.customRoles.remove(role.id);
        const state = { previousState: viewOf(role) };
        await tables.audit.append(
          auditEvent(caller, { event: 'role_deleted', target: targetOf(role), state }),
          clock.now(),
        );
      }),
  };
};
