/** Saved pipelines: made, found, changed, deleted. A launch is never changed: another one makes another version. */
import type { Caller, WorkspaceScope } from '#core/caller.ts';
import type { Clock } from '#core/clock.ts';
import { conflict } from '#core/errors.ts';
import { newLongId } from '#core/ids.ts';
import { checkName } from '#core/names.ts';
import { checkVersionName, nextVersionName, type Pipeline, type PipelineVersion } from '#core/pipelines.ts';
import type { NewPipeline, PipelineActions, PipelinePatch } from '#core/ports/pipeline-actions.ts';
import type { Store, Tables } from '#core/ports/store.ts';
import type { LaunchRequest } from '#core/runs.ts';
import { record } from '../clusters/cluster-audit.ts';
import { contextOf } from '../context.ts';
import { findOwnPipeline, findVersion } from './find-pipeline.ts';
import { labelsOf, labelsOfNew, putLabels } from './labels.ts';
import { createPipelineDetails } from './pipeline-details.ts';
import { pipelineTarget } from './pipeline-target.ts';
import {
  auditedLaunch,
  checkEnvironment,
  launchHash,
  type SavedLaunch,
  savedLaunch,
} from './saved-launch.ts';

export interface PipelineDeps {
  store: Pick<
    Store,
    | 'pipelines'
    | 'pipelineVersions'
    | 'workspaces'
    | 'members'
    | 'labels'
    | 'computeEnvs'
    | 'runs'
    | 'transaction'
  >;
  clock: Clock;
  /** Refuses what Nextflow's command line would take for something else. @throws AppError 400 */
  checkRequest(launch: LaunchRequest): void;
}

const shown = ({ name, description, icon }: Pipeline, version: PipelineVersion) => ({
  name,
  description,
  icon,
  versionId: version.id,
  versionName: version.name,
  launch: auditedLaunch(version),
});

type Changes = 'create' | 'update' | 'remove' | 'validateName' | 'repositories';

export const createPipelineChanges = (deps: PipelineDeps): Pick<PipelineActions, Changes> => {
  const { store, clock } = deps;
  const details = createPipelineDetails(store);

  const checkFree = async (
    tables: Pick<Tables, 'pipelines'>,
    caller: Caller,
    scope: WorkspaceScope,
    name: string,
  ): Promise<void> => {
    checkName('name', name);
    const found = await tables.pipelines.list({
      ...contextOf(caller, scope),
      organisationId: scope.organisationId,
      visibility: 'private',
      name,
      sortBy: 'name',
      descending: false,
      max: 1,
      offset: 0,
    });
    if (found.totalSize > 0) throw conflict(`name: "${name}" is already taken`);
  };

  const newVersion = (
    caller: Caller,
    saved: SavedLaunch,
    name: string | null,
    now: number,
  ): Omit<PipelineVersion, 'pipelineId'> => ({
    ...saved,
    id: newLongId(),
    userId: caller.userId,
    name,
    launchId: newLongId(),
    hash: launchHash(saved),
    createdAt: now,
    updatedAt: now,
  });

  const create = async (caller: Caller, scope: WorkspaceScope, input: NewPipeline) => {
    checkName('name', input.name);
    const saved = savedLaunch(input.launch);
    deps.checkRequest(saved.launch);
    const { name: versionName = `${input.name.slice(0, 98)}-1` } = input.version ?? {};
    checkVersionName('version.name', versionName);
    return store.transaction(async (tables) => {
      const now = clock.now();
      await checkEnvironment(tables, caller, scope, saved);
      const version = newVersion(caller, saved, versionName, now);
      const pipeline = await tables.pipelines.insert(
        {
          ...contextOf(caller, scope),
          organisationId: scope.organisationId ?? 0,
          name: input.name,
          description: input.description ?? null,
          icon: input.icon ?? null,
          createdAt: now,
          updatedAt: now,
        },
        version,
      );
      const asked = { labelIds: input.labelIds, resource: false };
      await putLabels(tables, 'pipeline', pipeline.id, await labelsOfNew(tables, caller, scope, asked));
      const state = { newState: shown(pipeline, { ...version, pipelineId: pipeline.id }) };
      await record(tables, now, caller, 'pipeline_created', pipelineTarget(pipeline), state);
      return pipeline;
    });
  };

  /** The version that a changed launch makes; undefined when nothing of it changed. */
  const versionOfPatch = async (
    tables: Tables,
    caller: Caller,
    pipeline: Pipeline,
    from: PipelineVersion,
    saved: SavedLaunch,
  ): Promise<PipelineVersion | undefined> => {
    if (launchHash(saved) === from.hash) return undefined;
    const replaces = from.id === pipeline.defaultVersionId;
    const name = replaces
      ? nextVersionName(from.name ?? pipeline.name, await tables.pipelineVersions.names(pipeline.id))
      : null;
    const version = { ...newVersion(caller, saved, name, clock.now()), pipelineId: pipeline.id };
    await tables.pipelineVersions.insert(version);
    return version;
  };

  const update = (
    caller: Caller,
    scope: WorkspaceScope,
    id: number,
    patch: PipelinePatch,
    versionId: string | undefined,
  ): Promise<{ pipeline: Pipeline; version: PipelineVersion }> =>
    store.transaction(async (tables) => {
      const now = clock.now();
      const before = await findOwnPipeline(tables, caller, scope, id);
      const from = await findVersion(tables, before, versionId);
      const { launch, labelIds, ...given } = patch;
      if (given.name !== undefined && given.name !== before.name)
        await checkFree(tables, caller, scope, given.name);
      const saved = launch && savedLaunch(launch, from);
      if (saved) {
        deps.checkRequest(saved.launch);
        if (saved.computeEnvId !== from.computeEnvId) await checkEnvironment(tables, caller, scope, saved);
      }
      const made = saved && (await versionOfPatch(tables, caller, before, from, saved));
      const isDefault = made !== undefined && made.name !== null;
      const changes = { ...given, ...(isDefault && { defaultVersionId: made.id }), updatedAt: now };
      await tables.pipelines.update(id, changes);
      if (labelIds) {
        const labels = await labelsOf(tables, caller, scope, labelIds);
        await tables.labels.take('pipeline', [id]);
        await putLabels(tables, 'pipeline', id, labels);
      }
      const after = { ...before, ...changes };
      const version = made ?? from;
      await record(tables, now, caller, 'pipeline_updated', pipelineTarget(after), {
        previousState: shown(before, from),
        newState: { ...shown(after, version), ...(labelIds && { labelIds }) },
      });
      return { pipeline: after, version };
    });

  return {
    create: async (caller, scope, input) => {
      const { id } = await create(caller, scope, input);
      return details.of(id, undefined, ['labels', 'computeEnv']);
    },

    update: async (caller, scope, id, patch, versionId) => {
      const { version } = await update(caller, scope, id, patch, versionId);
      return details.of(id, version.id, ['labels', 'computeEnv']);
    },

    remove: (caller, scope, id) =>
      store.transaction(async (tables) => {
        const pipeline = await findOwnPipeline(tables, caller, scope, id);
        const version = await findVersion(tables, pipeline);
        await tables.labels.take('pipeline', [id]);
        await tables.pipelines.remove(id);
        const state = { previousState: shown(pipeline, version) };
        await record(tables, clock.now(), caller, 'pipeline_deleted', pipelineTarget(pipeline), state);
      }),

    validateName: (caller, scope, name) => checkFree(store, caller, scope, name),

    repositories: (caller, scope) => store.pipelines.repositories(contextOf(caller, scope)),
  };
};
