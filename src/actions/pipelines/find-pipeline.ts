/** Saved pipelines within somebody's walls: their workspace's own, and those that other workspaces of it share. */
import type { Caller, WorkspaceScope } from '#core/caller.ts';
import { notFound } from '#core/errors.ts';
import type { Pipeline, PipelineVersion } from '#core/pipelines.ts';
import type { Tables } from '#core/ports/store.ts';
import { liesWithin } from '../context.ts';

/** The organisation whose shared workspaces the caller sees from here; collaborators see none. */
export const sharingOrganisation = async (
  tables: Pick<Tables, 'members'>,
  caller: Caller,
  { organisationId }: Pick<WorkspaceScope, 'organisationId'>,
): Promise<number | null> => {
  if (organisationId === null) return null;
  const member = await tables.members.findByUser(organisationId, caller.userId);
  return member && member.role !== 'collaborator' ? organisationId : null;
};

/** Whether another workspace's pipeline is there for the caller in this one. */
export const isShared = async (
  tables: Pick<Tables, 'workspaces' | 'members'>,
  caller: Caller,
  scope: Pick<WorkspaceScope, 'organisationId'>,
  pipeline: Pick<Pipeline, 'workspaceId'>,
): Promise<boolean> => {
  if (pipeline.workspaceId === null) return false;
  const source = await tables.workspaces.find(pipeline.workspaceId);
  if (source?.visibility !== 'SHARED' || source.organisationId !== scope.organisationId) return false;
  return (await sharingOrganisation(tables, caller, scope)) !== null;
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
  tables: Pick<Tables, 'pipelines' | 'workspaces' | 'members'>,
  caller: Caller,
  scope: WorkspaceScope,
  id: number,
): Promise<Pipeline | undefined> => {
  const pipeline = await tables.pipelines.find(id);
  if (!pipeline) return undefined;
  const visible = liesWithin(caller, scope, pipeline) || (await isShared(tables, caller, scope, pipeline));
  return visible ? pipeline : undefined;
};

/** The same. @throws AppError 404 */
export const findPipeline = async (
  tables: Pick<Tables, 'pipelines' | 'workspaces' | 'members'>,
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
