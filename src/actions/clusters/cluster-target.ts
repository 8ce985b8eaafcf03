/**
 * The one place where a cluster, its pinned host keys and one member's key come together. What may not be reached is
 * refused here, before any connection: a deleted key, a host nobody has confirmed, a cluster that is blocked.
 */
import { budgetOf, checkRunning } from '#core/budgets.ts';
import type { Clock } from '#core/clock.ts';
import {
  type ComputeEnv,
  clusterKeyOf,
  type HostKeyOwner,
  type ManagedCredential,
  type ManagedIdentity,
  ownerOfClusterKey,
  type WorkspaceCredential,
} from '#core/clusters.ts';
import { AppError, conflict } from '#core/errors.ts';
import { defaultPort, type GridConfig, type JumpHost } from '#core/grid-config.ts';
import { linuxUserRefusal } from '#core/linux-users.ts';
import type { ClusterTarget } from '#core/ports/cluster-access.ts';
import type { Signer } from '#core/ports/signer.ts';
import type { Store } from '#core/ports/store.ts';
import type { KeyFacts, SealedPlace, Vault } from '#core/ports/vault.ts';
import type { Run, RunSnapshot } from '#core/runs.ts';
import { managedKeyPlace, nextKeyPlace, workspaceKeyPlace } from '../credentials/key-places.ts';
import { usable } from '../credentials/usable-key.ts';
import { type Bearer, createJumps, type Retired } from './jump-hosts.ts';

/** A host to log in to, and whose host keys it must show. */
export interface ClusterAddress extends Pick<ManagedIdentity, 'blockedReason' | 'suspension' | 'budget'> {
  owner: HostKeyOwner;
  /** As people know it: `managed identity hpc1`. */
  name: string;
  hostName: string;
  port: number;
  /** In the order of the way. */
  jumpHosts: readonly JumpHost[];
}

export type Purpose = 'launch' | 'follow' | 'cancel';

export interface Targets {
  /**
   * The way to a run's cluster. The address is the identity's present one: an owner who moves a cluster to another
   * login node takes its live runs along. Key and Linux user are those of the launch.
   * @throws AppError 404 when the key is destroyed, 409 when it is deleted (except to cancel), `host_key_*`
   */
  forRun(snapshot: RunSnapshot, purpose: Purpose): Promise<ClusterTarget>;
  /** To the files that a run has left: with its key, or with the one that the member has now for the same account. */
  forFiles(run: Pick<Run, 'snapshot' | 'userId'>): Promise<ClusterTarget>;
  /** @throws AppError 409 without key or allowed Linux user, `host_key_*` */
  forManaged(identity: ManagedIdentity, credential: ManagedCredential): Promise<ClusterTarget>;
  /** With the key that is to follow the present one. @throws AppError 409 without one, `host_key_*` */
  forNext(identity: ManagedIdentity, credential: ManagedCredential): Promise<ClusterTarget>;
  /** Of a status reader, with its key or one that may become it. @throws AppError 409, `host_key_*` */
  forReader(
    identity: ManagedIdentity,
    reader: { linuxUser: string; signer: Signer; credentialKey: string },
  ): Promise<ClusterTarget>;
  /** @throws AppError 409, `host_key_*` */
  forWorkspace(environment: ComputeEnv, credential: WorkspaceCredential): Promise<ClusterTarget>;
  /** The pinned keys, when the cluster may be used. @throws AppError `host_key_unconfirmed`, `host_key_changed` */
  pinsOf(address: ClusterAddress): Promise<string[]>;
  /** With a key that is not stored (yet). @throws AppError `host_key_*` */
  forCandidate(
    address: ClusterAddress,
    linuxUser: string,
    signer: Signer,
    bearer: Bearer,
  ): Promise<ClusterTarget>;
}

const addressOf = (
  owner: HostKeyOwner,
  name: string,
  config: GridConfig,
  { blockedReason, suspension, budget }: Pick<ClusterAddress, 'blockedReason' | 'suspension' | 'budget'>,
): ClusterAddress => {
  if (!config.hostName) throw conflict(`${name} names no host: set hostName in its configuration`);
  const { hostName, port = defaultPort, jumpHosts = [] } = config;
  return { owner, name, hostName, port, jumpHosts, blockedReason, suspension, budget };
};

/** @throws AppError 409 when it names no host */
export const identityAddress = (identity: ManagedIdentity): ClusterAddress =>
  addressOf(
    { kind: 'identity', id: identity.id },
    `managed identity ${identity.name}`,
    identity.config,
    identity,
  );

/** Of an environment that names its host itself. @throws AppError 409 when it does not */
export const environmentAddress = (environment: ComputeEnv): ClusterAddress =>
  addressOf(
    { kind: 'compute-env', id: environment.id },
    `compute environment ${environment.name}`,
    environment.config,
    { blockedReason: null, suspension: null, budget: {} },
  );

/** Where an owner confirms or replaces host keys. */
export const hostKeysPath = (owner: HostKeyOwner): string =>
  `/${owner.kind === 'identity' ? 'identities' : 'compute-envs'}/${owner.id}/host-keys`;

const nobody: Bearer = { workspaceId: null, ownerId: 0 };

export const createTargets = ({
  store,
  vault,
  clock,
}: {
  store: Pick<Store, 'hostKeys' | 'identities' | 'managedCredentials' | 'credentials' | 'sealedValues'>;
  vault: Pick<Vault, 'signer'>;
  clock: Clock;
}): Targets => {
  const pinsOf = async (address: ClusterAddress): Promise<string[]> => {
    const { owner, name, hostName } = address;
    checkRunning(address);
    const keys = await store.hostKeys.list(owner);
    if (address.blockedReason !== null || keys.some((key) => key.status === 'CHANGED')) {
      const why = address.blockedReason ?? `${hostName} shows another host key than the pinned one.`;
      throw new AppError(
        'host_key_changed',
        409,
        `The cluster of ${name} is blocked: ${why} An owner decides under PUT ${hostKeysPath(owner)}.`,
      );
    }
    const pins = keys.filter((key) => key.status === 'PINNED').map((key) => key.publicKey);
    if (pins.length === 0) {
      throw new AppError(
        'host_key_unconfirmed',
        409,
        `The host key of ${hostName} (${name}) is not confirmed yet, so no key is offered to it. ` +
          `Compare the fingerprints of GET ${hostKeysPath(owner)} with those of the cluster, then confirm them with PUT.`,
      );
    }
    return pins;
  };

  const signerFor = async (place: SealedPlace, facts: KeyFacts): Promise<Signer> => {
    const sealed = await store.sealedValues.get(place);
    if (!sealed) {
      throw new AppError(
        'sealed_value_broken',
        500,
        `The sealed key of ${place.table} ${place.record} is missing`,
      );
    }
    return vault.signer(place, sealed, facts);
  };

  const managedSigner = (credential: ManagedCredential): Promise<Signer> => {
    if (!credential.key) throw conflict('There is no SSH key yet: add one first');
    return signerFor(managedKeyPlace(credential), credential.key);
  };

  const workspaceSigner = (credential: WorkspaceCredential): Promise<Signer> =>
    signerFor(workspaceKeyPlace(credential), credential.key);

  const jumps = createJumps({ store, managedSigner, workspaceSigner });

  /** The version stands in the name, so that a changed key never meets an old channel. */
  const target = async (
    address: ClusterAddress,
    credentialKey: string,
    own: { userName: string; signer: Signer },
    bearer: Bearer,
    retired?: Retired,
  ): Promise<ClusterTarget> => ({
    clusterKey: clusterKeyOf(address.owner),
    credentialKey,
    hostName: address.hostName,
    port: address.port,
    ...own,
    pins: await pinsOf(address),
    cluster: { name: address.name, budget: budgetOf(address.budget) },
    ...('userId' in bearer && { member: bearer.userId }),
    ...(address.jumpHosts.length > 0 && { through: await jumps(address.jumpHosts, bearer, own, retired) }),
  });

  const managed = async (
    address: ClusterAddress,
    credential: ManagedCredential,
    userName: string,
    retired?: Retired,
  ) => {
    if (!credential.key) throw conflict(`There is no SSH key for ${address.name} yet: add one first`);
    const signer = await managedSigner(credential);
    return target(
      address,
      `managed:${credential.id}@${credential.keyVersion}`,
      { userName, signer },
      credential,
      retired,
    );
  };

  const workspace = async (
    address: ClusterAddress,
    credential: WorkspaceCredential,
    userName: string,
    retired?: Retired,
  ) => {
    const { id, keyVersion, workspaceId, userId } = credential;
    const signer = await workspaceSigner(credential);
    return target(
      address,
      `workspace:${id}@${keyVersion}`,
      { userName, signer },
      { workspaceId, ownerId: userId },
      retired,
    );
  };

  const runAddress = async (snapshot: RunSnapshot): Promise<ClusterAddress> => {
    const owner = ownerOfClusterKey(snapshot.clusterKey);
    const identity = owner.kind === 'identity' ? await store.identities.find(owner.id) : undefined;
    if (identity?.config.hostName) return identityAddress(identity);
    const { hostName, port } = snapshot;
    const jumpHosts = snapshot.config.jumpHosts ?? [];
    return {
      owner,
      name: hostName,
      hostName,
      port,
      jumpHosts,
      blockedReason: identity?.blockedReason ?? null,
      suspension: identity?.suspension ?? null,
      budget: identity?.budget ?? {},
    };
  };

  const linuxUserOf = (identity: ManagedIdentity, credential: ManagedCredential): string => {
    const linuxUser = credential.linuxUser ?? identity.config.userName;
    if (!linuxUser)
      throw conflict(`The credential on managed identity ${identity.name} names no Linux user yet`);
    const refusal = linuxUserRefusal(linuxUser, identity.allowedSystemUsers);
    if (refusal !== undefined) throw conflict(`Managed identity ${identity.name}: ${refusal}`);
    return linuxUser;
  };

  const forRun: Targets['forRun'] = async (snapshot, purpose) => {
    const ref = snapshot.credential;
    if (ref.kind === 'none') throw conflict('This run was started by hand: no key here leads to its files');
    const retired =
      purpose === 'cancel' ? { credentials: snapshot.jumpCredentials ?? [], now: clock.now() } : undefined;
    if (ref.kind === 'managed') {
      const credential = usable(
        await store.managedCredentials.findById(ref.id),
        snapshot,
        purpose,
        clock.now(),
      );
      return managed(await runAddress(snapshot), credential, snapshot.linuxUser, retired);
    }
    const credential = usable(await store.credentials.find(ref.id), snapshot, purpose, clock.now());
    return workspace(await runAddress(snapshot), credential, snapshot.linuxUser, retired);
  };

  const forFiles: Targets['forFiles'] = async ({ snapshot, userId }) => {
    const { credential: ref, identityId, linuxUser, hostName } = snapshot;
    if (ref.kind !== 'managed' || identityId === null) return forRun(snapshot, 'follow');
    const launchedWith = await store.managedCredentials.findById(ref.id);
    if (launchedWith?.retiredAt === null) return forRun(snapshot, 'follow');
    const present = await store.managedCredentials.find(identityId, userId);
    const theirs = present?.linuxUser ?? (await store.identities.find(identityId))?.config.userName;
    if (!present?.key || theirs !== linuxUser)
      throw conflict(`There is no SSH key of ${linuxUser} on ${hostName} any more: the member must add one`);
    return managed(await runAddress(snapshot), present, linuxUser);
  };

  return {
    pinsOf,
    forRun,
    forFiles,
    forManaged: async (identity, credential) =>
      managed(identityAddress(identity), credential, linuxUserOf(identity, credential)),
    forNext: async (identity, credential) => {
      if (!credential.nextKey) throw conflict('No next key is waiting');
      const signer = await signerFor(nextKeyPlace(credential), credential.nextKey);
      const userName = linuxUserOf(identity, credential);
      return target(identityAddress(identity), 'next@0', { userName, signer }, credential);
    },
    forWorkspace: async (environment, credential) => {
      const address = environmentAddress(environment);
      if (!environment.config.userName) throw conflict(`${address.name} names no Linux user: set userName`);
      return workspace(address, credential, environment.config.userName);
    },
    // Nobody's further keys may be offered on its way: this bearer has none.
    forReader: (identity, { linuxUser, signer, credentialKey }) =>
      target(identityAddress(identity), credentialKey, { userName: linuxUser, signer }, nobody),
    forCandidate: (address, userName, signer, bearer) =>
      target(address, 'candidate@0', { userName, signer }, bearer),
  };
};
