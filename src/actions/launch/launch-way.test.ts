import { expect, test } from 'vitest';
import { systemCaller } from '#core/caller.ts';
import type { ComputeEnv, ManagedCredential, ManagedIdentity } from '#core/clusters.ts';
import { findWay, type WayDeps } from './launch-way.ts';

const environment = { name: 'hpc', managedIdentityId: 1 } as ComputeEnv;
const credential = { id: 3, linuxUser: 'slurm', key: {}, status: 'verified' } as unknown as ManagedCredential;

const way = (allowedSystemUsers: string[]) => {
  const identity = { id: 1, name: 'hpc1', organisationId: 1, config: {}, allowedSystemUsers };
  const store = {
    identities: { find: async () => identity as unknown as ManagedIdentity },
    managedCredentials: { find: async () => credential },
  } as unknown as WayDeps['store'];
  return findWay({ store, publicUrl: 'https://latchkey.example' }, systemCaller('test'), environment);
};

test('promise 12: a policy that has become stricter counts at the next launch', async () => {
  expect(await way(['slurm'])).toMatchObject({ linuxUser: 'slurm' });
  await expect(way([])).rejects.toMatchObject({
    status: 409,
    message: expect.stringContaining('system account'),
  });
});
