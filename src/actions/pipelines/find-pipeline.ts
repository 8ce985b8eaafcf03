/** Saved pipelines within somebody's walls: their workspace's own, and those that other workspaces of it share. */
import type { Caller, WorkspaceScope } from '#core/caller.ts';
import { notFound } from '#core/errors.ts';
import type { Pipeline, PipelineVersion } from '#core/pipelines.ts';
import type { Tables } from '#core/ports/store.ts';
import { liesWithin } from '../context.ts';

/** Whether another workspace's pipeline is there for everybody who has a role in this one. */
export const isShared = async (
  tables: Pick<Tables, 'workspaces'>,
  scope: Pick<WorkspaceScope, 'organisationId'>,
  pipeline: Pick<Pipeline, 'workspaceId'>,
): Promise<boolean> => {
  if (pipeline.workspaceId === null || scope.organisationId === null) return false;
  const source = await tables.workspaces.find(pipeline.workspaceId);
  return source?.visibility === 'SHARED' && source.organisationId === scope.organisationId;
};

/** @throws AppError 404 */
export const findOwnPipeline = async (
  tables: Pick<Tables, 'pipelines'>,
  caller: Caller,
  scope: WorkspaceScope,
  id: number,
): Promise<Pipeline> => {
  const pipeline = await tables.pipelines.find(id);
  if (!pipeline || !liesWithin(caller, scope, pipeline)) throw notFound('pipeline', id);
  return pipeline;
};

/** To look at and to launch; undefined where there is none for the caller. */
export const seePipeline = async (
  tables: Pick<Tables, 'pipelines' | 'workspaces'>,
  caller: Caller,
  scope: WorkspaceScope,
  id: number,
): Promise<Pipeline | undefined> => {
  const pipeline = await tables.pipelines.find(id);
  if (!pipeline) return undefined;
  const visible = liesWithin(caller, scope, pipeline) || (await isShared(tables, scope, pipeline));
  return visible ? pipeline : undefined;
};

/** The same. @throws AppError 404 */
export const findPipeline = async (
  tables: Pick<Tables, 'pipelines' | 'workspaces'>,
  caller: Caller,
  scope: WorkspaceScope,
  id: number,
): Promise<Pipeline> => {
  const pipeline = await seePipeline(tables, caller, scope, id);
  if (!pipeline) throw notFound('pipeline', id);
  return pipeline;
};

/** The version named, or the default one. @throws AppError 404 */
export const findVersion = async (
  tables: Pick<Tables, 'pipelineVersions'>,
  pipeline: Pipeline,
  versionId: string = pipeline.defaultVersionId,
): Promise<PipelineVersion> => {
  const version = await tables.pipelineVersions.find(versionId);
  if (!version || version.pipelineId !== pipeline.id) throw notFound('pipeline version', versionId);
  return version;
};
