/** Workspaces of an organisation. */
import type { Caller, OrganisationScope, WorkspaceScope } from '#core/caller.ts';
import type { Clock } from '#core/clock.ts';
import { conflict, notFound } from '#core/errors.ts';
import { checkName } from '#core/names.ts';
import type { Workspace } from '#core/people.ts';
import type { Store, Tables } from '#core/ports/store.ts';
import { workspaceRoleOf } from '../access.ts';
import { auditEvent } from '../audit.ts';

export interface WorkspaceDeps {
  store: Pick<Store, 'workspaces' | 'participants' | 'transaction'>;
  clock: Clock;
}

export interface WorkspaceInput {
  name: string;
  fullName?: string;
  description?: string;
  visibility?: Workspace['visibility'];
}

const targetOf = ({ id, name, organisationId }: Workspace) => ({
  type: 'workspace',
  id,
  name,
  organisationId,
  workspaceId: id,
});

/** Within a transaction. */
export const insertWorkspace = async (
  tables: Pick<Tables, 'workspaces' | 'audit'>,
  caller: Caller,
  organisationId: number,
  input: WorkspaceInput,
  now: number,
): Promise<Workspace> => {
  const workspace = await tables.workspaces.insert({
    organisationId,
    name: checkName('name', input.name),
    fullName: input.fullName ?? input.name,
    description: input.description ?? null,
    visibility: input.visibility ?? 'PRIVATE',
    createdAt: now,
  });
  await tables.audit.append(
    auditEvent(caller, { event: 'workspace_created', target: targetOf(workspace) }),
    now,
  );
  return workspace;
};

export const createWorkspaceActions = ({ store, clock }: WorkspaceDeps) => ({
  /** Those where the caller has a role. */
  async list(caller: Caller, scope: OrganisationScope): Promise<Workspace[]> {
    const roles = await store.participants.rolesOfUser(caller.userId);
    const all = await store.workspaces.listOfOrganisation(scope.organisationId);
    return all.filter(({ id }) => workspaceRoleOf(scope.role, roles.get(id)) !== undefined);
  },

  /** @throws AppError 404 for a personal context */
  async describe(scope: WorkspaceScope): Promise<Workspace> {
    const workspace = scope.workspaceId === null ? undefined : await store.workspaces.find(scope.workspaceId);
    if (!workspace) throw notFound('workspace', scope.workspaceId ?? 0);
    return workspace;
  },

  /** @throws AppError 400 for a bad name, 409 for a taken one */
  async validateName(scope: OrganisationScope, name: string): Promise<void> {
    checkName('name', name);
    if (await store.workspaces.findByName(scope.organisationId, name))
      throw conflict(`name: "${name}" is already taken`);
  },

  create: (caller: Caller, scope: OrganisationScope, input: WorkspaceInput): Promise<Workspace> =>
    store.transaction((tables) => insertWorkspace(tables, caller, scope.organisationId, input, clock.now())),

  update: (caller: Caller, scope: WorkspaceScope, patch: Partial<WorkspaceInput>): Promise<Workspace> =>
    store.transaction(async (tables) => {
      const before = scope.workspaceId === null ? undefined : await tables.workspaces.find(scope.workspaceId);
      if (!before) throw notFound('workspace', scope.workspaceId ?? 0);
      const after = { ...before, ...patch };
      await tables.workspaces.update(before.id, patch);
      const state = { previousState: before, newState: after };
      const facts = { event: 'workspace_updated' as const, target: targetOf(after), state };
      await tables.audit.append(auditEvent(caller, facts), clock.now());
      return after;
    }),
});

export type WorkspaceActions = ReturnType<typeof createWorkspaceActions>;
