/** An organisation with its people, a store, a vault and fake clusters: where the actions on clusters are tested. */
import { randomBytes } from 'node:crypto';
import {
  type ClusterActionDeps,
  type ClusterActions,
  createClusterActions,
} from '#actions/clusters/cluster-actions.ts';
import type { HostKeyPolicy } from '#actions/clusters/observe-host-keys.ts';
import type { Caller, OrganisationScope, WorkspaceScope } from '#core/caller.ts';
import type { ManagedIdentity } from '#core/clusters.ts';
import type { ManagedCredentialInput, NewIdentity } from '#core/ports/actions.ts';
import type { Store } from '#core/ports/store.ts';
import { type OrganisationRole, permissionsOf } from '#core/roles.ts';
import type { Run } from '#core/runs.ts';
import { createVault } from '#vault/vault.ts';
import { addMember, addOrganisation, addWorkspace, aRun } from './databases.ts';
import { createFakeClusters, type FakeClusters, fakeProbe, fakeSlurm } from './fake-cluster.ts';
import { createTestSigner, type TestSigner } from './test-signer.ts';

export interface Person {
  caller: Caller;
  scope: OrganisationScope;
  workspace: WorkspaceScope;
  key: TestSigner;
}

export interface ClusterHouse extends ClusterActions {
  store: Store;
  clusters: FakeClusters;
  olga: Person;
  alice: Person;
  bob: Person;
  /** An owner of another organisation. */
  mallory: Person;
  /** Epoch milliseconds; tests move it. */
  clock: { time: number; now(): number };
  identity(given?: Partial<NewIdentity>): Promise<ManagedIdentity>;
  /** One whose host key is confirmed and where each person's key opens the account of their name. */
  openIdentity(given?: Partial<NewIdentity>): Promise<ManagedIdentity>;
  keyOf(person: Person, given?: Partial<ManagedCredentialInput>): ManagedCredentialInput;
  /** A run of a person's, using their credential on an identity. */
  liveRun(person: Person, identity: ManagedIdentity, given?: Partial<Run>): Promise<Run>;
  /** Names of audit events so far, oldest first. */
  events(): Promise<string[]>;
  woken(): number;
}

const vault = createVault({ rootKey: randomBytes(32) });
/** Ends the key worker threads, once per test file. */
export const closeClusterHouses = (): Promise<void> => vault.close();

export const createClusterHouse = async (
  store: Store,
  policy: HostKeyPolicy = 'confirm',
  real?: Pick<ClusterActionDeps, 'clusters' | 'drivers' | 'accountProbe'>,
): Promise<ClusterHouse> => {
  const clusters = createFakeClusters();
  const clock = { time: 1_000_000, now: () => clock.time };
  let wakes = 0;
  const actions = createClusterActions({
    store,
    vault,
    clusters,
    clock,
    drivers: new Map([[fakeSlurm.platform, fakeSlurm]]),
    accountProbe: fakeProbe,
    ...real,
    checkHeadJobOptions: () => undefined,
    hostKeyPolicy: policy,
    publicUrl: 'https://latchkey.example',
    log: {
      error: (fields, message) => {
        throw new Error(message, { cause: fields });
      },
    },
    wake: () => {
      wakes += 1;
    },
  });
  const ours = await addOrganisation(store);
  const theirs = await addOrganisation(store);
  const lab = await addWorkspace(store, ours.id, 'lab');

  const person = async (
    organisation: { id: number; name: string },
    userName: string,
    role: OrganisationRole,
  ) => {
    const { user } = await addMember(store, organisation.id, { userName, role });
    const scope: OrganisationScope = {
      kind: 'organisation',
      organisationId: organisation.id,
      organisationName: organisation.name,
      role,
    };
    const caller: Caller = {
      userId: user.id,
      userName,
      email: user.email,
      tokenId: null,
      grant: null,
      ip: null,
      userAgent: null,
      correlationId: 'test',
    };
    const workspace: WorkspaceScope = {
      kind: 'workspace',
      workspaceId: lab.id,
      workspaceName: lab.name,
      organisationId: organisation.id,
      organisationName: organisation.name,
      roles: [role === 'owner' ? 'owner' : 'launch'],
      permissions: permissionsOf(role === 'owner' ? 'owner' : 'launch'),
    };
    return { caller, scope, workspace, key: createTestSigner() };
  };
  const olga = await person(ours, 'olga', 'owner');
  const alice = await person(ours, 'alice', 'member');
  const bob = await person(ours, 'bob', 'member');
  const mallory = await person(theirs, 'mallory', 'owner');

  const identity: ClusterHouse['identity'] = (given = {}) =>
    actions.identities.create(olga.caller, olga.scope, {
      name: 'hpc1',
      platform: 'slurm-platform',
      config: { discriminator: 'slurm-platform', hostName: 'hpc1.example', workDir: '/scratch' },
      ...given,
    });

  return {
    ...actions,
    store,
    clusters,
    olga,
    alice,
    bob,
    mallory,
    clock,
    identity,
    openIdentity: async (given) => {
      const hostKeys = clusters.host('hpc1.example').hostKeys.map((key) => key.publicKey);
      for (const each of [olga, alice, bob]) {
        clusters.host('hpc1.example').accounts.set(each.key.publicKey, each.caller.userName);
      }
      return identity({ hostKeys, ...given });
    },
    keyOf: ({ key, caller }, given = {}) => ({
      key: { privateKey: key.privatePem },
      linuxUser: caller.userName,
      adopt: false,
      ...given,
    }),
    liveRun: async ({ caller }, { id, organisationId }, given = {}) => {
      const credential = await store.managedCredentials.find(id, caller.userId);
      if (!credential) throw new Error(`${caller.userName} has no credential on identity ${id}`);
      const run = aRun(caller.userId, { organisationId, workspaceId: lab.id, ...given });
      const snapshot = {
        ...run.snapshot,
        clusterKey: `identity:${id}`,
        identityId: id,
        credential: { kind: 'managed', id: credential.id } as const,
        hostName: 'hpc1.example',
        linuxUser: caller.userName,
      };
      await store.runs.insert({ ...run, snapshot, ...(given.snapshot && { snapshot: given.snapshot }) });
      return { ...run, snapshot: given.snapshot ?? snapshot };
    },
    events: async () => (await store.audit.list({ max: 1_000 })).map((row) => row.event).toReversed(),
    woken: () => wakes,
  };
};
