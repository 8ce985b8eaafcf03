/** Pipeline secrets and datasets to put into a store. */
import type { Dataset } from '#core/datasets.ts';
import { newLongId } from '#core/ids.ts';
import type { PipelineSecret } from '#core/pipeline-secrets.ts';
import type { Unnumbered } from '#core/ports/paging.ts';

export const aPipelineSecret = (
  userId: number,
  given: Partial<PipelineSecret> = {},
): Unnumbered<PipelineSecret> => ({
  workspaceId: null,
  organisationId: 0,
  userId,
  name: 'SECRET',
  valueVersion: 1,
  createdAt: 1_000,
  updatedAt: 1_000,
  lastUsedAt: null,
  ...given,
});

export const aDataset = (userId: number, given: Partial<Dataset> = {}): Dataset => ({
  id: newLongId(),
  workspaceId: null,
  organisationId: 0,
  userId,
  updatedBy: userId,
  name: 'samples',
  description: null,
  mediaType: null,
  lastVersion: 0,
  hidden: false,
  createdAt: 1_000,
  updatedAt: 1_000,
  ...given,
});
