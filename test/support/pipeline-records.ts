/** Labels, saved pipelines and versions to put into a store. */
import type { ComputeEnv } from '#core/clusters.ts';
import { newLongId, newRunId } from '#core/ids.ts';
import type { Label } from '#core/labels.ts';
import type { Pipeline, PipelineVersion } from '#core/pipelines.ts';
import type { Store } from '#core/ports/store.ts';
import { aComputeEnv, aWorkspaceCredential } from './databases.ts';

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

/** An environment that runs can be launched on, with a key that the workspace shares; nobody can reach it. */
export const environmentOf = async (
  { store }: { store: Store },
  owner: { id: number; orgId: number; workspaceId: number },
  given: Partial<ComputeEnv> = {},
): Promise<ComputeEnv> => {
  const place = { workspaceId: owner.workspaceId, organisationId: owner.orgId };
  const credential = aWorkspaceCredential(owner.id, { ...place, name: `key-${newRunId()}` });
  await store.credentials.insert(credential);
  const environment = aComputeEnv(owner.id, {
    ...place,
    name: `env-${newRunId()}`,
    credentialsId: credential.id,
    status: 'AVAILABLE',
    config: {
      discriminator: 'slurm-platform',
      hostName: 'login.example.org',
      userName: 'svc',
      workDir: '/scratch',
    },
    ...given,
  });
  await store.computeEnvs.insert(environment);
  return environment;
};
