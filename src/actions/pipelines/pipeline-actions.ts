/** Puts the actions on saved pipelines together. */
import type { PipelineActions } from '#core/ports/pipeline-actions.ts';
import { createPipelineLooks } from './pipeline-details.ts';
import { createPipelineChanges, type PipelineDeps } from './pipelines.ts';
import { createVersionActions } from './versions.ts';

export const createPipelineActions = (deps: PipelineDeps): PipelineActions => ({
  ...createPipelineLooks(deps.store),
  ...createPipelineChanges(deps),
  ...createVersionActions(deps),
});
