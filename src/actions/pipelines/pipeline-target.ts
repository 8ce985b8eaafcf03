/** A saved pipeline as the audit log names it. */
import type { Pipeline } from '#core/pipelines.ts';

export const pipelineTarget = (pipeline: Pipeline) => ({
  type: 'pipeline',
  id: String(pipeline.id),
  name: pipeline.name,
  organisationId: pipeline.organisationId || null,
  workspaceId: pipeline.workspaceId,
  userId: pipeline.userId,
});
