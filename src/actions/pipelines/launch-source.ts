/**
 * What a launch goes back to: a version of a saved pipeline, an earlier run, or nothing that anybody has saved. The
 * fields of the request count; those of a saved version stand in where the request has none.
 */
import { type Caller, scopeAllows, type WorkspaceScope } from '#core/caller.ts';
import type { CredentialRef } from '#core/clusters.ts';
import { badRequest, conflict, forbidden, notFound } from '#core/errors.ts';
import type { LaunchInput } from '#core/ports/run-actions.ts';
import type { Tables } from '#core/ports/store.ts';
import { type LaunchRequest, type Run, type RunPipeline, startedByHand } from '#core/runs.ts';
import { liesWithin } from '../context.ts';
import { seePipeline } from './find-pipeline.ts';
import { steeringParams } from './steering-params.ts';

export type CompleteLaunch = LaunchInput & LaunchRequest;

export interface LaunchSource {
  input: CompleteLaunch;
  pipeline: RunPipeline | null;
  /** Labels that count where the request names none. */
  labelIds: number[];
  /** As it was saved or run before; null: nobody has saved this. */
  basis: Basis | null;
}

interface Basis {
  /** As people know it. */
  name: string;
  launch: LaunchRequest;
  /** Who made it: the author of what is taken from it. */
  userId: number;
  /** What it would be as it was: whoever may launch may launch one of these. */
  allowed: readonly Allowed[];
}

interface Allowed {
  launch: LaunchRequest;
  /** Of this workspace's pipelines: anywhere. Of the caller's own run: only where and as whom it ran. */
  ran: { computeEnvId: string; credential: CredentialRef } | null;
  /** From requests and from what the launcher read; what a run's owner reports of it never counts. */
  revisions: readonly (string | undefined)[];
  workDirs: readonly (string | null | undefined)[];
}

const asSaved = (launch: LaunchRequest): Allowed => ({
  launch,
  ran: null,
  revisions: [launch.revision],
  workDirs: [launch.workDir],
});

type Stores = Pick<
  Tables,
  'pipelines' | 'pipelineVersions' | 'workspaces' | 'members' | 'runs' | 'labels' | 'computeEnvs'
>;

/** `undefined` values gone, so that the other one's fields show through. */
const given = <Fields extends object>(fields: Fields): Partial<Fields> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<Fields>;

/** @throws AppError 404 where there is no such version for the caller */
const fromVersion = async (
  tables: Stores,
  caller: Caller,
  scope: WorkspaceScope,
  input: LaunchInput,
): Promise<LaunchSource | undefined> => {
  const version = await tables.pipelineVersions.findByLaunch(input.id ?? '');
  if (!version) return undefined;
  const pipeline = await seePipeline(tables, caller, scope, version.pipelineId);
  const { sourceWorkspaceId } = input;
  if (!pipeline || (sourceWorkspaceId && sourceWorkspaceId !== pipeline.workspaceId))
    throw notFound('launch', input.id ?? '');
  const isOwn = pipeline.workspaceId === scope.workspaceId;
  const labels = isOwn
    ? ((await tables.labels.of('pipeline', [pipeline.id])).get(String(pipeline.id)) ?? [])
    : [];
  // The environment of a shared pipeline is another workspace's: runs go to one of this workspace.
  const computeEnvId = isOwn ? version.computeEnvId : null;
  // Names of secrets mean others' secrets elsewhere: personal ones come from the request alone, a workspace's stay there.
  const { userSecrets: _personal, workspaceSecrets, ...launch } = version.launch;
  return {
    input: {
      ...launch,
      ...(isOwn && workspaceSecrets && { workspaceSecrets }),
      ...(computeEnvId && { computeEnvId }),
      ...given(input),
    },
    pipeline: {
      id: pipeline.id,
      name: pipeline.name,
      workspaceId: pipeline.workspaceId,
      version: {
        id: version.id,
        name: version.name,
        hash: version.hash,
        isDefault: version.id === pipeline.defaultVersionId,
        createdAt: version.createdAt,
        updatedAt: version.updatedAt,
      },
    },
    labelIds: labels.map((label) => label.id),
    basis: {
      name: pipeline.name,
      launch: version.launch,
      userId: version.userId,
      allowed: isOwn ? [asSaved(version.launch)] : [],
    },
  };
};

/** The run that is launched again, named by its launch or by the session that is resumed. */
const earlierRun = async (
  tables: Stores,
  caller: Caller,
  scope: WorkspaceScope,
  { id, resume, sessionId }: LaunchInput,
): Promise<Run | undefined> => {
  if (id !== undefined) {
    const run = await tables.runs.find(id);
    if (!run || !liesWithin(caller, scope, run)) return undefined;
    if (startedByHand(run))
      throw conflict(`Run ${run.runName} was started by hand: go on from it where it ran, with -resume`);
    return run;
  }
  if (!resume || !sessionId) return undefined;
  const runs = await tables.runs.listOfSession(sessionId);
  return runs.find((run) => liesWithin(caller, scope, run) && !startedByHand(run));
};

/** As its pipeline is saved in this workspace, wherever it ran; as it ran itself, there alone. */
const allowedByRun = async (
  tables: Stores,
  caller: Caller,
  scope: WorkspaceScope,
  run: Run,
): Promise<Allowed[]> => {
  if (run.userId !== caller.userId) return [];
  const { launch, snapshot, facts } = run;
  const itself: Allowed = {
    launch,
    ran: { computeEnvId: run.computeEnvId, credential: snapshot.credential },
    revisions: [launch.revision, facts.commitId, facts.revision],
    workDirs: [launch.workDir, snapshot.workDir, run.workDir],
  };
  if (!run.pipeline || run.pipeline.workspaceId !== scope.workspaceId) return [itself];
  const version = await tables.pipelineVersions.find(run.pipeline.version.id);
  return version ? [itself, asSaved(version.launch)] : [itself];
};

const fromRun = async (
  tables: Stores,
  caller: Caller,
  scope: WorkspaceScope,
  run: Run,
  input: LaunchInput,
): Promise<LaunchSource> => {
  const { userSecrets: _personal, ...others } = run.launch;
  const launch = run.userId === caller.userId ? run.launch : others;
  // Clients send back the launch that they have read, whole: a field that is missing then was taken away on purpose.
  const complete =
    input.pipeline === undefined ? { ...launch, computeEnvId: run.computeEnvId, ...given(input) } : input;
  const labels = (await tables.labels.of('run', [run.id])).get(run.id) ?? [];
  return {
    input: complete as CompleteLaunch,
    pipeline: run.pipeline,
    labelIds: labels.map((label) => label.id),
    basis: {
      name: run.runName,
      launch: run.launch,
      userId: run.userId,
      allowed: await allowedByRun(tables, caller, scope, run),
    },
  };
};

/** @throws AppError 404 for an id that names no launch here, 400 for a request that names nothing to launch */
export const launchSource = async (
  tables: Stores,
  caller: Caller,
  scope: WorkspaceScope,
  input: LaunchInput,
): Promise<LaunchSource> => {
  const saved = input.id === undefined ? undefined : await fromVersion(tables, caller, scope, input);
  if (saved) return saved;
  const run = await earlierRun(tables, caller, scope, input);
  if (run) return fromRun(tables, caller, scope, run, input);
  if (input.id !== undefined) throw notFound('launch', input.id);
  if (input.pipeline === undefined)
    throw badRequest('pipeline: say which one to launch, or name a saved launch with id', {
      field: 'pipeline',
    });
  return { input: input as CompleteLaunch, pipeline: null, labelIds: [], basis: null };
};

/** What decides about what runs. Names, labels and resources do not, nor do parameters, but for a few. */
const steering = [
  'pipeline',
  'mainScript',
  'entryName',
  'configText',
  'configProfiles',
  'towerConfig',
  'preRunScript',
  'postRunScript',
  'syntaxParser',
  'workspaceSecrets',
] as const;

const same = (one: unknown, other: unknown): boolean => {
  const known = (value: unknown) => (value === undefined || value === '' ? [] : value);
  return JSON.stringify(known(one)) === JSON.stringify(known(other));
};

/** Fields by which a launch differs from what it goes back to. */
const changed = (
  input: CompleteLaunch,
  basis: Allowed,
  workDirs: readonly (string | null | undefined)[],
): string[] => {
  const differing: string[] = steering.filter((field) => !same(input[field], basis.launch[field]));
  if (steeringParams(input.paramsText) !== steeringParams(basis.launch.paramsText))
    differing.push('paramsText');
  const wanted = input.commitId ?? input.revision;
  const known = [basis.launch.commitId, ...(basis.launch.commitId ? [] : basis.revisions)];
  if (wanted !== (basis.launch.commitId ?? basis.launch.revision) && !known.includes(wanted))
    differing.push('revision');
  if (input.workDir && ![...basis.workDirs, ...workDirs].includes(input.workDir)) differing.push('workDir');
  return differing;
};

const needed = 'that takes owner, admin or maintain, or the permission workflow_quick:execute';

/**
 * Whoever may not launch what nobody has saved is held to this workspace's pipelines as they are, and to their own runs
 * again where these ran, wherever a key or secrets that the workspace shares would come to it. With what is one's own it
 * is one's own affair.
 * @throws AppError 403
 */
export const checkMayLaunch = (
  scope: WorkspaceScope,
  { input, basis }: LaunchSource,
  way: { computeEnvId: string; credential: CredentialRef; workDir: string | undefined },
): void => {
  if (scopeAllows(scope, 'workflow_quick:execute')) return;
  const shared = [
    ...(way.credential.kind === 'workspace' ? ['SSH key'] : []),
    ...(input.workspaceSecrets?.length ? ['pipeline secrets'] : []),
  ].join(' and ');
  if (shared === '') return;
  const allowed = (basis?.allowed ?? []).filter(
    ({ ran }) => !ran || (ran.computeEnvId === way.computeEnvId && same(ran.credential, way.credential)),
  );
  const [fields, ...others] = allowed.map((as) => changed(input, as, [way.workDir]));
  if (!fields || !basis)
    throw forbidden(
      `Your role in this workspace may not launch unsaved pipelines${basis ? ', pipelines of other workspaces, runs of others or its own runs elsewhere' : ''} with its shared ${shared}; ${needed}`,
    );
  if ([fields, ...others].every((differing) => differing.length > 0))
    throw forbidden(
      `${fields.join(', ')}: your role in this workspace may launch ${basis.name} with its shared ${shared} only as it was saved; ${needed}`,
    );
};
