/** Versions of saved pipelines: named, made the default one, and their launches. */
import type { Caller, WorkspaceScope } from '#core/caller.ts';
import { badRequest, conflict, notFound } from '#core/errors.ts';
import { checkVersionName, type Pipeline, type PipelineVersion } from '#core/pipelines.ts';
import type { LaunchDetails, PipelineActions } from '#core/ports/pipeline-actions.ts';
import type { Tables } from '#core/ports/store.ts';
import { record } from '../clusters/cluster-audit.ts';
import { liesWithin } from '../context.ts';
import { findOwnPipeline, findPipeline, findVersion, seePipeline } from './find-pipeline.ts';
import { pipelineTarget } from './pipeline-target.ts';
import type { PipelineDeps } from './pipelines.ts';

const checkFree = async (
  tables: Pick<Tables, 'pipelineVersions'>,
  pipeline: Pipeline,
  name: string,
): Promise<void> => {
  checkVersionName('name', name);
  if ((await tables.pipelineVersions.names(pipeline.id)).has(name))
    throw conflict(`name: a version named "${name}" exists already in ${pipeline.name}`);
};

type Actions = 'validateVersionName' | 'manageVersion' | 'launchOf' | 'describeLaunch';

export const createVersionActions = ({ store, clock }: PipelineDeps): Pick<PipelineActions, Actions> => {
  /** The environment that a launch names, where it is this workspace's. */
  const environmentOf = async (caller: Caller, scope: WorkspaceScope, id: string | null) => {
    const environment = id === null ? undefined : await store.computeEnvs.find(id);
    return environment && liesWithin(caller, scope, environment) ? environment : null;
  };

  const ofVersion = async (
    caller: Caller,
    scope: WorkspaceScope,
    pipeline: Pipeline,
    version: PipelineVersion,
  ): Promise<LaunchDetails> => {
    // Clients send back what they read: a name among another workspace's secrets would then mean one of this workspace's.
    const { workspaceSecrets: _theirs, ...others } = version.launch;
    const launch = liesWithin(caller, scope, pipeline) ? version.launch : others;
    return {
      version: { ...version, launch },
      computeEnv: await environmentOf(caller, scope, version.computeEnvId),
    };
  };

  return {
    validateVersionName: async (caller, scope, id, name) =>
      checkFree(store, await findPipeline(store, caller, scope, id), name),

    manageVersion: (caller, scope, id, versionId, patch) =>
      store.transaction(async (tables) => {
        const pipeline = await findOwnPipeline(tables, caller, scope, id);
        const before = await findVersion(tables, pipeline, versionId);
        const wasDefault = pipeline.defaultVersionId === versionId;
        if (patch.isDefault === false && wasDefault)
          throw conflict('isDefault: this is the default version; make another one the default instead');
        if (patch.name !== undefined && patch.name !== before.name)
          await checkFree(tables, pipeline, patch.name);
        const name = patch.name ?? before.name;
        if (patch.isDefault && name === null)
          throw badRequest('name: a draft cannot be the default version; give it a name', { field: 'name' });
        const now = clock.now();
        await tables.pipelineVersions.update(versionId, { name, updatedAt: now });
        if (patch.isDefault)
          await tables.pipelines.update(id, { defaultVersionId: versionId, updatedAt: now });
        await record(tables, now, caller, 'pipeline_version_updated', pipelineTarget(pipeline), {
          previousState: { versionId, name: before.name, isDefault: wasDefault },
          newState: { versionId, name, isDefault: wasDefault || patch.isDefault === true },
        });
      }),

    launchOf: async (caller, scope, id, versionId) => {
      const pipeline = await findPipeline(store, caller, scope, id);
      return ofVersion(caller, scope, pipeline, await findVersion(store, pipeline, versionId));
    },

    describeLaunch: async (caller, scope, launchId) => {
      const version = await store.pipelineVersions.findByLaunch(launchId);
      if (version) {
        const pipeline = await seePipeline(store, caller, scope, version.pipelineId);
        if (!pipeline) throw notFound('launch', launchId);
        return ofVersion(caller, scope, pipeline, version);
      }
      const run = await store.runs.find(launchId);
      if (!run || !liesWithin(caller, scope, run)) throw notFound('launch', launchId);
      return { run, computeEnv: (await store.computeEnvs.find(run.computeEnvId)) ?? null };
    },
  };
};
