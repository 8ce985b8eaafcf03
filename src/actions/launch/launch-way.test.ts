import { expect, test } from 'vitest';
import { systemCaller, type WorkspaceScope } from '#core/caller.ts';
import type { ComputeEnv, ManagedCredential, ManagedIdentity } from '#core/clusters.ts';
import { findEnvironment, findWay, type WayDeps } from './launch-way.ts';

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

test.each(['CREATING', 'ERRORED', 'DISABLED', 'INVALID'] as const)(
  'an environment that is %s takes no launch, and says why: a 409 is not posted again',
  async (status) => {
    const rows = [{ id: 'e', name: 'hpc', status, message: 'the reason', primary: true }];
    const store = { computeEnvs: { list: async () => rows } } as unknown as WayDeps['store'];
    const scope = { kind: 'workspace', workspaceId: 1, organisationId: 1 } as unknown as WorkspaceScope;
    const find = (id?: string) => findEnvironment({ store, publicUrl: '' }, systemCaller('test'), scope, id);
    const refused = { status: 409, message: `Compute environment hpc is ${status}: the reason` };
    await expect(find('e')).rejects.toMatchObject(refused);
    await expect(find()).rejects.toMatchObject(refused);
    await expect(find('other')).rejects.toMatchObject({ status: 404 });
    Object.assign(rows[0] ?? {}, { status: 'AVAILABLE', message: null });
    expect(await find()).toMatchObject({ id: 'e' });
  },
);
