/**
 * Who may do what, where: turns a route's permission and the ids of a request into a scope, or refuses. Another
 * organisation's ids answer exactly like ids that do not exist (promise 14); only who can see a thing learns by a 403
 * that a right is missing.
 */
import {
  type Caller,
  type OrganisationScope,
  scopeAllows,
  type UserScope,
  type WorkspaceScope,
} from '#core/caller.ts';
import { forbidden, notFound } from '#core/errors.ts';
import type { Member, Organisation } from '#core/people.ts';
import type { Pipeline } from '#core/pipelines.ts';
import type { Tables } from '#core/ports/store.ts';
import { ownerRights, rightsIn } from '#core/rights.ts';
import {
  type OrganisationPermission,
  organisationRoleAllows,
  type WorkspacePermission,
} from '#core/roles.ts';
import {
  type Asked,
  grantAllows,
  reachesOrganisation,
  reachesPersonal,
  reachesWorkspace,
  type TokenGrant,
  type TokenPower,
} from '#core/token-grants.ts';
import { isShared } from './pipelines/find-pipeline.ts';
import { createRunScope } from './reports/run-scope.ts';
import type { ScopeIds } from './scope-ids.ts';

const powerNames: Record<TokenPower, string> = { read: 'reading', launch: 'reading and launching' };

export interface AccessDeps {
  store: Pick<
    Tables,
    | 'organisations'
    | 'members'
    | 'workspaces'
    | 'participants'
    | 'identities'
    | 'credentials'
    | 'computeEnvs'
    | 'runs'
    | 'labels'
    | 'pipelineSecrets'
    | 'pipelines'
    | 'pipelineVersions'
    | 'datasets'
  >;
}

type Membership = { organisation: Organisation; member: Member };

/** What lives in a workspace or, without one, in its owner's personal context. */
interface Placed {
  workspaceId: number | null;
  userId: number;
}

const personal: WorkspaceScope = {
  kind: 'workspace',
  workspaceId: null,
  workspaceName: null,
  organisationId: null,
  organisationName: null,
  ...ownerRights,
};

const organisationScope = ({ organisation, member }: Membership): OrganisationScope => ({
  kind: 'organisation',
  organisationId: organisation.id,
  organisationName: organisation.name,
  role: member.role,
});

export const createAccess = ({ store }: AccessDeps) => {
  /** Of the person, as far as the access token reaches. */
  const memberships = async ({ userId, grant }: Caller): Promise<Membership[]> => {
    const all = await store.organisations.listOfUser(userId);
    return all.filter(({ organisation: { id } }) => reachesOrganisation(grant, id));
  };

  const organisation = async (caller: Caller, { orgId, inPath }: ScopeIds): Promise<OrganisationScope> => {
    if (caller.grant?.workspaceId) {
      if (orgId || inPath) throw notFound('organisation', orgId ?? 0);
      throw forbidden('This access token reaches one workspace, and nothing of its organisation');
    }
    const mine = await memberships(caller);
    if (!orgId && !inPath) {
      const [first] = mine;
      if (!first) throw forbidden('You belong to no organisation yet: ask an owner to add you');
      return organisationScope(first);
    }
    const found = mine.find((membership) => membership.organisation.id === orgId);
    if (!found) throw notFound('organisation', orgId ?? 0);
    return organisationScope(found);
  };

  const identity = async (caller: Caller, ids: ScopeIds): Promise<OrganisationScope> => {
    const id = ids.managedIdentityId ?? 0;
    const found = caller.grant?.workspaceId ? undefined : await store.identities.find(id);
    const mine = await memberships(caller);
    const membership = mine.find(({ organisation: { id: own } }) => own === found?.organisationId);
    const named = ids.orgId || found?.organisationId;
    if (!found || !membership || named !== found.organisationId) throw notFound('managed identity', id);
    return organisationScope(membership);
  };

  /** undefined: the workspace does not exist, for this caller. */
  const workspaceOf = async (caller: Caller, workspaceId: number): Promise<WorkspaceScope | undefined> => {
    if (!reachesWorkspace(caller.grant, workspaceId)) return undefined;
    const workspace = await store.workspaces.find(workspaceId);
    if (!workspace) return undefined;
    const mine = await memberships(caller);
    const membership = mine.find((one) => one.organisation.id === workspace.organisationId);
    if (!membership) return undefined;
    const held = await store.participants.rolesHeld(caller.userId, workspaceId);
    const rights = rightsIn(workspace, membership.member.role, held);
    if (!rights) return undefined;
    return {
      kind: 'workspace',
      workspaceId,
      workspaceName: workspace.name,
      organisationId: workspace.organisationId,
      organisationName: membership.organisation.name,
      ...rights,
    };
  };

  const workspace = async (
    caller: Caller,
    { workspaceId, orgId, inPath }: ScopeIds,
  ): Promise<WorkspaceScope> => {
    if (!workspaceId && !inPath) {
      if (!reachesPersonal(caller.grant))
        throw forbidden(
          'This access token does not reach the personal context: add workspaceId to the request',
        );
      return personal;
    }
    const scope = await workspaceOf(caller, workspaceId ?? 0);
    const elsewhere = orgId !== undefined && scope?.organisationId !== orgId;
    if (!scope || elsewhere) throw notFound('workspace', workspaceId ?? 0);
    return scope;
  };

  /** The workspace of a thing that the path names; a `workspaceId` beside it must be that one. */
  const placeOf = async (
    caller: Caller,
    what: string,
    id: string | number,
    thing: Placed | undefined,
    workspaceId: number | undefined,
  ): Promise<WorkspaceScope> => {
    const unknown = () => notFound(what, id);
    if (!thing || (workspaceId && workspaceId !== thing.workspaceId)) throw unknown();
    if (thing.workspaceId === null) {
      if (thing.userId !== caller.userId || !reachesPersonal(caller.grant)) throw unknown();
      return personal;
    }
    const scope = await workspaceOf(caller, thing.workspaceId);
    if (!scope) throw unknown();
    return scope;
  };

  /** The workspace that asks, where another one shares the pipeline with it. */
  const placeOfPipeline = async (
    caller: Caller,
    what: string,
    id: string | number,
    pipeline: Pipeline | undefined,
    { workspaceId, sourceWorkspaceId }: ScopeIds,
  ): Promise<WorkspaceScope> => {
    if (!pipeline || (sourceWorkspaceId && sourceWorkspaceId !== pipeline.workspaceId))
      throw notFound(what, id);
    if (workspaceId && workspaceId !== pipeline.workspaceId) {
      const scope = await workspaceOf(caller, workspaceId);
      if (scope && (await isShared(store, caller, scope, pipeline))) return scope;
    }
    return placeOf(caller, what, id, pipeline, workspaceId);
  };

  const things = {
    credential: async (caller: Caller, { credentialsId = '', workspaceId }: ScopeIds) => {
      const found = await store.credentials.find(credentialsId);
      const current = found?.retiredAt === null ? found : undefined;
      return placeOf(caller, 'credentials', credentialsId, current, workspaceId);
    },
    'compute-env': async (caller: Caller, { computeEnvId = '', workspaceId }: ScopeIds) => {
      const found = await store.computeEnvs.find(computeEnvId);
      return placeOf(caller, 'compute environment', computeEnvId, found, workspaceId);
    },
    run: async (caller: Caller, { workflowId = '', workspaceId }: ScopeIds) => {
      const found = await store.runs.find(workflowId);
      return placeOf(caller, 'workflow', workflowId, found, workspaceId);
    },
    pipeline: async (caller: Caller, ids: ScopeIds) => {
      const { pipelineId = 0 } = ids;
      return placeOfPipeline(caller, 'pipeline', pipelineId, await store.pipelines.find(pipelineId), ids);
    },
    launch: async (caller: Caller, ids: ScopeIds) => {
      const { launchId = '', workspaceId } = ids;
      const version = await store.pipelineVersions.findByLaunch(launchId);
      if (version) {
        const pipeline = await store.pipelines.find(version.pipelineId);
        return placeOfPipeline(caller, 'launch', launchId, pipeline, ids);
      }
      return placeOf(caller, 'launch', launchId, await store.runs.find(launchId), workspaceId);
    },
    label: async (caller: Caller, { labelId = 0, workspaceId }: ScopeIds) => {
      const found = await store.labels.find(labelId);
      return placeOf(caller, 'label', labelId, found, workspaceId);
    },
    secret: async (caller: Caller, { secretId = 0, workspaceId }: ScopeIds) => {
      const found = await store.pipelineSecrets.find(secretId);
      return placeOf(caller, 'pipeline secret', secretId, found, workspaceId);
    },
    dataset: async (caller: Caller, { datasetId = '', workspaceId, inPath }: ScopeIds) => {
      const found = await store.datasets.find(datasetId);
      const elsewhere = inPath && found?.workspaceId !== workspaceId;
      return placeOf(caller, 'dataset', datasetId, elsewhere ? undefined : found, workspaceId);
    },
  };

  const ownRun = createRunScope(store);

  const inOrganisation = { organisation, identity };
  const inWorkspace = { workspace, ...things };

  return {
    /** @throws AppError 404, or 403 when the caller's role lacks the permission */
    async organisationScope(
      caller: Caller,
      permission: OrganisationPermission,
      kind: keyof typeof inOrganisation,
      ids: ScopeIds,
    ): Promise<OrganisationScope> {
      const scope = await inOrganisation[kind](caller, ids);
      if (!organisationRoleAllows(scope.role, permission))
        throw forbidden(
          `Your role in ${scope.organisationName}, ${scope.role}, does not allow this: ask an owner`,
        );
      return scope;
    },

    /** @throws AppError 404, or 403 when the caller's role lacks the permission */
    async workspaceScope(
      caller: Caller,
      permission: WorkspacePermission,
      kind: keyof typeof inWorkspace,
      ids: ScopeIds,
    ): Promise<WorkspaceScope> {
      const scope =
        caller.reportsOn === undefined
          ? await inWorkspace[kind](caller, ids)
          : await ownRun(caller.reportsOn, ids);
      if (!scopeAllows(scope, permission))
        throw forbidden(
          scope.roles.length === 0
            ? `This workspace is shared for reading its pipelines; this takes a role in it (${permission}): ask its owner`
            : `Your role in this workspace, ${scope.roles.join(' and ')}, does not allow this (${permission}): ask its owner`,
        );
      return scope;
    },

    userScope: (): UserScope => ({ kind: 'user' }),

    /** Comes after the walls, so that it tells nothing about what lies outside. @throws AppError 403 */
    checkGrant({ grant }: Caller, asked: Asked): void {
      if (!grant || grantAllows(grant, asked)) return;
      throw forbidden(
        asked.permission === 'signed-in' || grant.power === null
          ? 'This access token is limited in scope and does not allow this: use one that is not'
          : `This access token is for ${powerNames[grant.power]} alone: use one that may do more`,
      );
    },

    /** Walls for a new token. @throws AppError 404 for what the person does not see */
    async wallsOf(
      caller: Caller,
      { orgId, workspaceId }: { orgId?: number | undefined; workspaceId?: number | undefined },
    ): Promise<Pick<TokenGrant, 'organisationId' | 'workspaceId'>> {
      if (workspaceId) {
        const { organisationId } = await workspace(caller, { workspaceId, ...(orgId && { orgId }) });
        return { organisationId, workspaceId };
      }
      if (!orgId) return { organisationId: null, workspaceId: null };
      return { organisationId: (await organisation(caller, { orgId })).organisationId, workspaceId: null };
    },
  };
};

export type AccessActions = ReturnType<typeof createAccess>;
