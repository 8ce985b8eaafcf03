/** Puts the actions on clusters, keys and environments together: they know each other, and nobody else needs to. */
import type { Clock } from '#core/clock.ts';
import type { Platform } from '#core/platforms.ts';
import type {
  ComputeEnvActions,
  CredentialActions,
  HostKeyActions,
  IdentityActions,
  ManagedCredentialActions,
} from '#core/ports/actions.ts';
import type { ActivityActions } from '#core/ports/activity.ts';
import type { ClusterAccess } from '#core/ports/cluster-access.ts';
import type { AccountProbe, SchedulerDriver } from '#core/ports/scheduler.ts';
import type { StatusReaderActions } from '#core/ports/status-reader-actions.ts';
import type { Store } from '#core/ports/store.ts';
import type { Vault } from '#core/ports/vault.ts';
import { createActivityActions } from '../activity/activity.ts';
import { createBackground } from '../background.ts';
import { type ComputeEnvChecks, createComputeEnvChecks } from '../compute-envs/check-compute-env.ts';
import { createComputeEnvActions } from '../compute-envs/compute-envs.ts';
import { createCredentialActions } from '../credentials/credentials.ts';
import { createDeletion, type Deletion } from '../credentials/deletion.ts';
import { createManagedCredentialActions } from '../credentials/managed-credentials.ts';
import { brakeProofs } from '../credentials/proof-brake.ts';
import { createProve } from '../credentials/verify-credential.ts';
import { createStatusReaderActions } from '../status-reader/actions.ts';
import { createProveReader } from '../status-reader/prove.ts';
import { createReaderSights, type ReaderSights } from '../status-reader/sight.ts';
import { createReaderWay } from '../status-reader/way.ts';
import { createTargets, type Targets } from './cluster-target.ts';
import { createHostKeys } from './host-keys.ts';
import { createIdentityActions } from './identities.ts';
import { createIdentityRemoval, type RemoveIdentity } from './identity-removal.ts';
import type { HostKeyPolicy } from './observe-host-keys.ts';
import { createSuspensions, type Suspensions } from './suspensions.ts';

export interface ClusterActionDeps {
  store: Pick<
    Store,
    | 'identities'
    | 'activity'
    | 'members'
    | 'managedCredentials'
    | 'credentials'
    | 'sealedValues'
    | 'hostKeys'
    | 'statusReaders'
    | 'computeEnvs'
    | 'runs'
    | 'labels'
    | 'transaction'
  >;
  vault: Pick<Vault, 'sealPrivateKey' | 'generateKey' | 'reseal' | 'signer'>;
  clusters: Pick<ClusterAccess, 'run' | 'askReader' | 'scanHostKeys' | 'closeChannels' | 'suspend'>;
  /** Schedulers that can be launched on. */
  drivers: ReadonlyMap<Platform, SchedulerDriver>;
  /** For those that cannot. */
  accountProbe: AccountProbe;
  /** Refuses head job options that cannot be let through. @throws AppError 400 */
  checkHeadJobOptions(platform: Platform, options: string): void;
  hostKeyPolicy: HostKeyPolicy;
  /** Address that people reach this service under. */
  publicUrl: string;
  clock: Clock;
  log: { error(fields: object, message: string): void };
  /** Tells the launcher that something is due. */
  wake(): void;
}

export interface ClusterActions {
  identities: IdentityActions;
  suspensions: Suspensions;
  activity: ActivityActions;
  managedCredentials: ManagedCredentialActions;
  statusReaders: StatusReaderActions;
  hostKeys: HostKeyActions;
  credentials: CredentialActions;
  computeEnvs: ComputeEnvActions;
  /** For the launcher: the way to a run's cluster. */
  targets: Targets;
  /** For the launcher: readers that count, and what it finds out about them. */
  readerSights: ReaderSights;
  /** For the launcher: a login was shown another host key (`snapshot.clusterKey`). */
  noteHostKeyChange(clusterKey: string): Promise<void>;
  /** For the launcher's housekeeping, every minute or so. */
  destroyRetired: Deletion['destroyRetired'];
  /** For the removal of people and places, within its transaction. */
  deletion: Pick<Deletion, 'retireManaged' | 'retireWorkspace' | 'stopRuns' | 'inUse'>;
  removeIdentity: RemoveIdentity;
  /** At start: environments that a stopped server left CREATING. */
  checkPending: ComputeEnvChecks['checkPending'];
  /** At shutdown, before the channels are closed. */
  abandonChecks: ComputeEnvChecks['abandon'];
  /** At shutdown, after that: resolves when no check runs any more. */
  idle: ComputeEnvChecks['idle'];
}

export const createClusterActions = (deps: ClusterActionDeps): ClusterActions => {
  const { store, vault, clusters, drivers, accountProbe, checkHeadJobOptions, clock, publicUrl, log, wake } =
    deps;
  const targets = createTargets({ store, vault, clock });
  const deletion = createDeletion({ store, clusters, clock, publicUrl });
  const removeIdentity = createIdentityRemoval({ deletion, clock });
  const hostKeys = createHostKeys({
    store,
    clusters,
    clock,
    policy: deps.hostKeyPolicy,
    onDecided: (owner) => checks.recheck(owner, 'failed'),
  });
  const noteHostKeyChange = hostKeys.noteChange;
  const prove = brakeProofs(createProve({ clusters, drivers, accountProbe, noteHostKeyChange }), clock);
  const way = createReaderWay({ store, vault, targets, drivers });
  const proveReader = brakeProofs(createProveReader({ clusters, drivers, noteHostKeyChange }), clock);
  const launchable = new Set(drivers.keys());
  const checks = createComputeEnvChecks({ store, targets, prove, hostKeys, launchable, clock, log });
  const statusReaders = createStatusReaderActions({
    store,
    vault,
    clusters,
    way,
    prove: proveReader,
    clock,
  });
  const readerChecks = createBackground(log, 'could not check a status reader');
  return {
    identities: createIdentityActions({
      store,
      clusters,
      hostKeys,
      deletion,
      removeIdentity,
      checkHeadJobOptions,
      clock,
      wake,
      onChanged: (id) => checks.recheck({ kind: 'identity', id }, 'all'),
    }),
    suspensions: createSuspensions({
      store,
      clusters,
      clock,
      log,
      wake,
      onResumed: (owner) => checks.recheck(owner, 'failed'),
      onReaderReset: (caller, scope, id) =>
        readerChecks.run(`of identity ${id}`, () => statusReaders.verify(caller, scope, id)),
    }),
    activity: createActivityActions({ store, clock }),
    managedCredentials: createManagedCredentialActions({
      store,
      vault,
      clusters,
      targets,
      prove,
      deletion,
      checkHeadJobOptions,
      clock,
      wake,
    }),
    statusReaders,
    readerSights: createReaderSights({ store, way, clusters, clock }),
    hostKeys,
    credentials: createCredentialActions({
      store,
      vault,
      clusters,
      targets,
      prove,
      deletion,
      clock,
      wake,
      onReplaced: checks.recheckCredential,
    }),
    computeEnvs: createComputeEnvActions({
      store,
      checks,
      hostKeys,
      deletion,
      checkHeadJobOptions,
      clock,
      wake,
    }),
    targets,
    noteHostKeyChange,
    destroyRetired: deletion.destroyRetired,
    deletion,
    removeIdentity,
    checkPending: checks.checkPending,
    abandonChecks: checks.abandon,
    idle: async () => {
      await Promise.all([checks.idle(), readerChecks.idle()]);
    },
  };
};
