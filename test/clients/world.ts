/** A small organisation with a cluster that answers, for what real clients send: real rules, store and keys. */
import { randomBytes } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { expect } from 'vitest';
import type { FileStream } from '#core/ports/file-stream.ts';
import type { Store } from '#core/ports/store.ts';
import type { Run } from '#core/runs.ts';
import { type Person, startApi, type TestApi } from '#test/support/api.ts';
import { aRun } from '#test/support/databases.ts';
import { createFakeClusters, type FakeClusters } from '#test/support/fake-cluster.ts';
import { createTestSigner } from '#test/support/test-signer.ts';
import { createVault } from '#vault/vault.ts';
import { type Client, createClient, terraformHabits, twHabits } from './client.ts';

const vault = createVault({ rootKey: randomBytes(32) });
/** Ends the key worker threads, once per test file. */
export const closeClientWorlds = (): Promise<void> => vault.close();

/** Raw bytes: what is no text must not become one. */
const fileOf = (told: string, fileName: string): FileStream => ({
  fileName,
  contentType: 'application/octet-stream',
  stream: (async function* () {
    yield Buffer.from([...Buffer.from(`${told}\r\n`), 0, 255]);
  })(),
});

export interface ClientWorld {
  api: TestApi;
  app: FastifyInstance;
  clusters: FakeClusters;
  /** Owner of organisation `acme` with workspace `main`. */
  owner: Person & { orgId: number; workspaceId: number };
  /** Member with role `launch` in it. */
  alice: Person;
  tw: Client;
  terraform: Client;
  as(person: Person): Client;
  /** `workspaceId=…` */
  here: string;
  /** A private key that opens the Linux account on the cluster `login.example.org`. */
  keyOf(linuxUser: string): string;
  /** A managed identity whose host key is confirmed, with a key of the owner's. */
  identity(name?: string, platform?: string): Promise<number>;
  /** An environment on an identity that is AVAILABLE. */
  environment(name?: string): Promise<string>;
  run(given?: Partial<Run>): Promise<Run>;
}

export const startClientWorld = async (store: Store): Promise<ClientWorld> => {
  const clusters = createFakeClusters();
  const api = await startApi(
    store,
    {},
    {},
    {
      clusters,
      vault,
      taskFiles: {
        download: async (_snapshot, { root, path }, fileName) => fileOf(`${root}/${path}`, fileName),
      },
      files: {
        log: async () => ({
          entries: ['N E X T F L O W'],
          forwardToken: null,
          rewindToken: null,
          pending: false,
          truncated: false,
          message: null,
          downloads: [],
        }),
        download: async (_caller, _scope, id, fileName) => fileOf(`${fileName} of ${id}`, fileName),
      },
    },
  );
  const owner = await api.organisation('acme', 'olivia');
  const alice = await api.person('alice', 'acme', { workspace: 'main', workspaceRole: 'launch' });
  const there = clusters.host('login.example.org');
  const here = `workspaceId=${owner.workspaceId}`;
  const as = (person: Person) => createClient(api.app, person.token, twHabits);
  const tw = as(owner);

  const keyOf = (linuxUser: string): string => {
    const { publicKey, privatePem } = createTestSigner();
    there.accounts.set(publicKey, linuxUser);
    return privatePem;
  };

  const identity: ClientWorld['identity'] = async (name = 'hpc', platform = 'slurm-platform') => {
    const made = await tw.post(`/identities?orgId=${owner.orgId}`, {
      name,
      platform,
      config: {
        hostName: 'login.example.org',
        workDir: '/scratch',
        hostKeys: there.hostKeys.map((key) => key.publicKey),
      },
    });
    expect(made.status, JSON.stringify(made.body)).toBe(200);
    const { id } = made.body;
    const added = await tw.post(`/identities/${id}/credentials`, {
      provider: 'ssh',
      credentials: { provider: 'ssh', keys: { privateKey: keyOf('olivia') } },
      metadata: { userName: 'olivia' },
    });
    expect(added.status, JSON.stringify(added.body)).toBe(200);
    return id;
  };

  return {
    api,
    app: api.app,
    clusters,
    owner,
    alice,
    tw,
    terraform: createClient(api.app, owner.token, terraformHabits),
    as,
    here,
    keyOf,
    identity,
    environment: async (name = 'cluster') => {
      api.clock.advance(1_000);
      const managedIdentityId = await identity(`hpc-${name}`);
      const computeEnv = { name, platform: 'slurm-platform', managedIdentityId, config: {} };
      const made = await tw.post(`/compute-envs?${here}`, { computeEnv });
      const id: string = made.body.computeEnvId;
      await expect
        .poll(async () => (await tw.get(`/compute-envs/${id}?${here}`)).body.computeEnv.status)
        .toBe('AVAILABLE');
      return id;
    },
    run: async (given = {}) => {
      const { orgId: organisationId, workspaceId } = owner;
      const made = aRun(owner.id, { organisationId, workspaceId, ...given });
      await store.runs.insert(made);
      return made;
    },
  };
};
