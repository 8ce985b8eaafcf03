/** Labels, saved pipelines and versions to put into a store. */
import { newLongId } from '#core/ids.ts';
import type { Label } from '#core/labels.ts';
import type { Pipeline, PipelineVersion } from '#core/pipelines.ts';

export const aLabel = (userId: number, given: Partial<Label> = {}): Omit<Label, 'id'> => ({
  workspaceId: null,
  userId,
  name: 'rnaseq',
  value: null,
  resource: false,
  isDefault: false,
  createdAt: 1_000,
  ...given,
});

export const aPipeline = (
  userId: number,
  given: Partial<Pipeline> = {},
): Omit<Pipeline, 'id' | 'defaultVersionId'> => ({
  organisationId: 0,
  workspaceId: null,
  userId,
  name: 'pipeline',
  description: null,
  icon: null,
  createdAt: 1_000,
  updatedAt: 1_000,
  ...given,
});

export const aPipelineVersion = (
  userId: number,
  given: Partial<PipelineVersion> = {},
): Omit<PipelineVersion, 'pipelineId'> => ({
  id: newLongId(),
  userId,
  name: 'pipeline-1',
  launchId: newLongId(),
  computeEnvId: null,
  launch: { pipeline: 'https://x.org/pipeline' },
  hash: 'hash',
  createdAt: 1_000,
  updatedAt: 1_000,
  ...given,
});
