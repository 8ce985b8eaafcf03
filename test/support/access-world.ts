/** One organisation with everybody in it and one of everything, behind actions that only tell that they were reached. */
import type { Actions } from '#api/actions.ts';
import type { Route } from '#contract/route.ts';
import { conflict } from '#core/errors.ts';
import type { Store } from '#core/ports/store.ts';
import { workspaceRoles } from '#core/roles.ts';
import { type Person, startApi } from './api.ts';
import { aComputeEnv, aLabel, anIdentity, aPipelineSecret, aRun, aWorkspaceCredential } from './databases.ts';

/** Actions that tell that they were reached, and do nothing. */
const reached = <Noun>(): Noun =>
  new Proxy({}, { get: () => () => Promise.reject(conflict('reached')) }) as Noun;

const stubs = (): Partial<Actions> => ({
  organisations: reached(),
  members: reached(),
  workspaces: reached(),
  participants: reached(),
  identities: reached(),
  managedCredentials: reached(),
  hostKeys: reached(),
  credentials: reached(),
  computeEnvs: reached(),
  labels: reached(),
  pipelineSecrets: reached(),
  platforms: reached(),
  runs: reached(),
  tasks: reached(),
  runNames: reached(),
  runStars: reached(),
});

export const accessWorld = async (store: Store) => {
  const api = await startApi(store, {}, stubs());
  const owner = await api.organisation('acme', 'olivia');
  const outsider = await api.organisation('elsewhere', 'oscar');
  const people: Record<string, Person> = { owner };
  for (const role of ['member', 'collaborator'] as const)
    people[role] = await api.person(`org-${role}`, 'acme', { role });
  for (const role of workspaceRoles)
    people[`workspace ${role}`] = await api.person(`wsp-${role}`, 'acme', {
      workspace: 'main',
      workspaceRole: role,
    });
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
    participantId: 1,
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
  const path = route.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => String(ids[name]));
  const inPath = (name: string) => route.path.includes(`{${name}}`);
  const query = new URLSearchParams();
  if (route.scope === 'organisation' && !inPath('orgId')) query.set('orgId', String(ids['orgId']));
  if (route.scope === 'workspace' && !inPath('workspaceId'))
    query.set('workspaceId', String(ids['workspaceId']));
  return `/api${path}${query.size > 0 ? `?${query.toString()}` : ''}`;
};
