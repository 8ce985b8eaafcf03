/** One organisation with everybody in it and one of everything, behind actions that only tell that they were reached. */
import type { Actions } from '#api/actions.ts';
import type { Route } from '#contract/route.ts';
import { conflict } from '#core/errors.ts';
import type { RoleRef } from '#core/people.ts';
import type { Store } from '#core/ports/store.ts';
import {
  type OrganisationRole,
  permissionsOf,
  type WorkspacePermission,
  type WorkspacePermissions,
  workspaceRoles,
} from '#core/roles.ts';
import { type Person, startApi, type TestApi } from './api.ts';
import { aDataset, aPipelineSecret } from './data-records.ts';
import { aComputeEnv, anIdentity, aRun, aWorkspaceCredential } from './databases.ts';
import { aLabel, aPipeline, aPipelineVersion } from './pipeline-records.ts';

/** Actions that tell that they were reached, and do nothing. */
const reached = <Noun extends object>(real?: Noun, kept: readonly (keyof Noun)[] = []): Noun =>
  new Proxy({} as Noun, {
    get: (_, method) =>
      real && kept.includes(method as keyof Noun)
        ? real[method as keyof Noun]
        : () => {
            throw conflict('reached');
          },
  });

/** Everything but what lets people in. */
const stubs = (real: Actions): Partial<Actions> => ({
  ...Object.fromEntries(
    Object.keys(real)
      .filter((noun) => !['access', 'signIn', 'setup'].includes(noun))
      .map((noun) => [noun, reached()]),
  ),
  tokens: reached(real.tokens, ['verify', 'issue']),
  runTokens: real.runTokens,
});

/** Somebody, and what they should be allowed. */
export interface Somebody extends Person {
  organisationRole: OrganisationRole;
  permissions: WorkspacePermissions;
}

const customRole: WorkspacePermission[] = ['workspace:read', 'workflow:read', 'pipeline:write'];

/** A role of the organisation's own for one, the role `launch` through a team beside `view` for another, or both ways. */
const withOtherRoles = async (
  { api, store }: { api: TestApi; store: Store },
  { orgId: organisationId, workspaceId }: { orgId: number; workspaceId: number },
): Promise<Record<string, Somebody>> => {
  const role = await store.customRoles.insert({
    organisationId,
    name: 'Pipeline Manager',
    description: '',
    permissions: customRole,
    createdAt: 1,
    updatedAt: 1,
  });
  const member = async (name: string, workspaceRole?: 'view') => {
    const person = await api.person(name, 'acme', workspaceRole && { workspace: 'main', workspaceRole });
    const { id } = (await store.members.findByUser(organisationId, person.id))!;
    return { ...person, memberId: id, organisationRole: 'member' as const };
  };
  const ownRole = { role: null, customRoleId: role.id };
  const place = { workspaceId, createdAt: 1 };
  const manager = await member('manager');
  await store.participants.insert({ ...place, memberId: manager.memberId, teamId: null, ...ownRole });
  const inTeam = async (name: string, ref: RoleRef, workspaceRole?: 'view') => {
    const person = await member(name, workspaceRole);
    const team = await store.teams.insert({ organisationId, name, description: null, createdAt: 1 });
    await store.teams.addMember(team.id, person.memberId, 1);
    await store.participants.insert({ ...place, memberId: null, teamId: team.id, ...ref });
    return person;
  };
  const launchers = await inTeam('launchers', { role: 'launch', customRoleId: null }, 'view');
  const managers = await inTeam('managers', ownRole);
  return {
    'custom role': { ...manager, permissions: new Set(customRole) },
    'view, and launch through a team': { ...launchers, permissions: permissionsOf('launch') },
    'custom role through a team': { ...managers, permissions: new Set(customRole) },
  };
};

/** @param replaced what stands behind the walls; real actions with `{}` */
export const accessWorld = async (store: Store, replaced: Parameters<typeof startApi>[2] = stubs) => {
  const api = await startApi(store, {}, replaced);
  const owner = await api.organisation('acme', 'olivia');
  const outsider = await api.organisation('elsewhere', 'oscar');
  const none = new Set<WorkspacePermission>();
  const people: Record<string, Somebody> = {
    owner: { ...owner, organisationRole: 'owner', permissions: permissionsOf('owner') },
  };
  for (const role of ['member', 'collaborator'] as const)
    people[role] = {
      ...(await api.person(`org-${role}`, 'acme', { role })),
      organisationRole: role,
      permissions: none,
    };
  for (const role of workspaceRoles)
    people[`workspace ${role}`] = {
      ...(await api.person(`wsp-${role}`, 'acme', { workspace: 'main', workspaceRole: role })),
      organisationRole: 'member',
      permissions: permissionsOf(role),
    };
  Object.assign(people, await withOtherRoles({ api, store }, owner));
  const { orgId: organisationId, workspaceId, id: userId } = owner;
  const identity = await store.identities.insert(anIdentity(organisationId, userId));
  const credential = aWorkspaceCredential(userId, { workspaceId, organisationId });
  const environment = aComputeEnv(userId, { workspaceId, organisationId });
  const run = aRun(userId, { workspaceId, organisationId });
  await store.credentials.insert(credential);
  await store.computeEnvs.insert(environment);
  await store.runs.insert(run);
  const label = await store.labels.insert(aLabel(userId, { workspaceId }));
  const secret = await store.pipelineSecrets.insert(aPipelineSecret(userId, { workspaceId, organisationId }));
  const version = aPipelineVersion(userId);
  const pipeline = await store.pipelines.insert(aPipeline(userId, { workspaceId, organisationId }), version);
  const dataset = aDataset(userId, { workspaceId, organisationId });
  await store.datasets.insert(dataset);
  const ids: Record<string, string | number> = {
    orgId: organisationId,
    workspaceId,
    managedIdentityId: identity.id,
    managedCredentialsId: userId,
    credentialsId: credential.id,
    computeEnvId: environment.id,
    workflowId: run.id,
    labelId: label.id,
    secretId: secret.id,
    pipelineId: pipeline.id,
    versionId: pipeline.defaultVersionId,
    launchId: version.launchId,
    datasetId: dataset.id,
    version: 1,
    fileName: 'a.csv',
    participantId: 1,
    teamId: 1,
    memberId: 1,
    roleName: 'Pipeline Manager',
    sessionId: 'none',
    tokenId: 999_999,
    auditLogId: 1,
    userId,
    taskId: 1,
    run_id: run.id,
    task_id: 1,
  };
  return { api, owner, outsider, people, ids };
};

/** The address of a route; ids that are not in its path go into the query where they decide about walls. */
export const addressOf = (route: Route, ids: Record<string, string | number>): string => {
  const path = route.path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(String(ids[name])),
  );
  const inPath = (name: string) => route.path.includes(`{${name}}`);
  const query = new URLSearchParams();
  if (route.scope === 'organisation' && !inPath('orgId')) query.set('orgId', String(ids['orgId']));
  if (route.scope === 'workspace' && !inPath('workspaceId'))
    query.set('workspaceId', String(ids['workspaceId']));
  return `/api${path}${query.size > 0 ? `?${query.toString()}` : ''}`;
};
