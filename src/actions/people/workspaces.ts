/** Workspaces of an organisation. */
import type { Caller, OrganisationScope, WorkspaceScope } from '#core/caller.ts';
import type { Clock } from '#core/clock.ts';
import { conflict, notFound } from '#core/errors.ts';
import { checkName } from '#core/names.ts';
import type { Workspace } from '#core/people.ts';
import type { Store, Tables } from '#core/ports/store.ts';
import { rightsIn } from '#core/rights.ts';
import { auditEvent } from '../audit.ts';
import type { Closing } from './closing.ts';

export interface WorkspaceDeps {
  store: Pick<Store, 'workspaces' | 'participants' | 'transaction'>;
  clock: Clock;
  closing: Closing;
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
    deletedAt: null,
  });
  await tables.audit.append(
    auditEvent(caller, { event: 'workspace_created', target: targetOf(workspace) }),
    now,
  );
  return workspace;
};

/** @throws AppError 404 for a personal context */
const findWorkspace = async (
  { workspaces }: Pick<Tables, 'workspaces'>,
  { workspaceId }: WorkspaceScope,
): Promise<Workspace> => {
  const workspace = workspaceId === null ? undefined : await workspaces.find(workspaceId);
  if (!workspace) throw notFound('workspace', workspaceId ?? 0);
  return workspace;
};

export const createWorkspaceActions = ({ store, clock, closing }: WorkspaceDeps) => ({
  /** Those that the caller may see: with a role, or shared. */
  async list(caller: Caller, scope: OrganisationScope): Promise<Workspace[]> {
    const everywhere = await store.participants.rolesHeld(caller.userId);
    const all = await store.workspaces.listOfOrganisation(scope.organisationId);
    return all.filter((workspace) => {
      const held = everywhere.filter(({ workspaceId }) => workspaceId === workspace.id);
      return rightsIn(workspace, scope.role, held) !== undefined;
    });
  },

  describe: (scope: WorkspaceScope): Promise<Workspace> => findWorkspace(store, scope),

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
      const before = await findWorkspace(tables, scope);
      const after = { ...before, ...patch };
      await tables.workspaces.update(before.id, patch);
      const state = { previousState: before, newState: after };
      const facts = { event: 'workspace_updated' as const, target: targetOf(after), state };
      await tables.audit.append(auditEvent(caller, facts), clock.now());
      return after;
    }),

  /** With its environments and keys. @throws AppError 409 naming the runs that are in the way */
  async remove(caller: Caller, scope: WorkspaceScope): Promise<void> {
    const channels = await store.transaction(async (tables) =>
      closing.workspace(tables, caller, await findWorkspace(tables, scope)),
    );
    closing.afterwards(channels);
  },
});
