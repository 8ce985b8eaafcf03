/** How a launch reaches its cluster: the environment, and the credential of whoever launches. What is missing is said at
 * once, with where to add it. */
import type { Caller, WorkspaceScope } from '#core/caller.ts';
import type { ComputeEnv, KeyRef, ManagedCredential, ManagedIdentity } from '#core/clusters.ts';
import { badRequest, conflict, notFound } from '#core/errors.ts';
import type { JumpHost } from '#core/grid-config.ts';
import { linuxUserRefusal } from '#core/linux-users.ts';
import type { Store } from '#core/ports/store.ts';
import { type Bearer, jumpCredentials } from '../clusters/jump-hosts.ts';
import { contextOf } from '../context.ts';

export interface WayDeps {
  store: Pick<Store, 'computeEnvs' | 'identities' | 'managedCredentials' | 'credentials'>;
  /** Address of this service, for links in messages. */
  publicUrl: string;
}

/** @throws AppError 409 naming the state: clients post a 400 again and again, a 409 once */
export const findEnvironment = async (
  { store }: WayDeps,
  caller: Caller,
  scope: WorkspaceScope,
  id: string | undefined,
): Promise<ComputeEnv> => {
  const all = await store.computeEnvs.list(contextOf(caller, scope));
  const environment = id ? all.find((row) => row.id === id) : all.find((row) => row.primary);
  if (!environment) {
    if (id) throw notFound('compute environment', id);
    throw badRequest('computeEnvId: name a compute environment; this workspace has no primary one', {
      field: 'computeEnvId',
    });
  }
  if (environment.status !== 'AVAILABLE') {
    throw conflict(
      `Compute environment ${environment.name} is ${environment.status}${environment.message ? `: ${environment.message}` : ''}`,
    );
  }
  return environment;
};

/** The launching member's own credential, whoever made the environment. */
const ownCredential = async (
  { store, publicUrl }: WayDeps,
  caller: Caller,
  identity: ManagedIdentity,
): Promise<ManagedCredential & { linuxUser: string }> => {
  const credential = await store.managedCredentials.find(identity.id, caller.userId);
  const where = `${publicUrl}/api/identities/${identity.id}/credentials?orgId=${identity.organisationId}`;
  if (!credential?.key) {
    throw conflict(
      `You have no SSH key on managed identity ${identity.name} (${identity.config.hostName ?? 'no host'}). Add your own Linux user and key there first: POST ${where}`,
    );
  }
  if (credential.status === 'refused') {
    const own = where.replace('?', `/${caller.userId}?`);
    throw conflict(
      `Your SSH key on managed identity ${identity.name} was refused by the cluster: ${credential.message ?? 'no reason given'} Replace it first: PUT ${own}. Or put the account right and check the key again: POST ${where.replace('?', `/${caller.userId}/verify?`)}`,
    );
  }
  const linuxUser = credential.linuxUser ?? identity.config.userName;
  if (!linuxUser) {
    throw conflict(
      `Your credential on managed identity ${identity.name} names no Linux user yet. Add it: PUT ${where}`,
    );
  }
  // Asked at each launch: the policy may have become stricter since the key was saved (promise 12).
  const refusal = linuxUserRefusal(linuxUser, identity.allowedSystemUsers);
  if (refusal !== undefined)
    throw conflict(`Managed identity ${identity.name} does not allow your Linux user: ${refusal}`);
  return { ...credential, linuxUser };
};

export interface Way {
  credential: KeyRef;
  /** Further keys, for jump hosts. */
  jumpCredentials: KeyRef[];
  clusterKey: string;
  identity: ManagedIdentity | undefined;
  linuxUser: string;
  account: string | null;
  memberHeadJobOptions: string | null;
}

export const findWay = async (deps: WayDeps, caller: Caller, environment: ComputeEnv): Promise<Way> => {
  const over = (jumpHosts: JumpHost[] | undefined, bearer: Bearer) =>
    jumpCredentials(deps.store, jumpHosts ?? [], bearer);
  if (environment.managedIdentityId !== null) {
    const identity = await deps.store.identities.find(environment.managedIdentityId);
    if (!identity) throw conflict(`The managed identity of compute environment ${environment.name} is gone`);
    if (identity.blockedReason)
      throw conflict(`Managed identity ${identity.name} is blocked: ${identity.blockedReason}`);
    const own = await ownCredential(deps, caller, identity);
    return {
      credential: { kind: 'managed', id: own.id },
      jumpCredentials: await over(identity.config.jumpHosts, own),
      clusterKey: `identity:${identity.id}`,
      identity,
      linuxUser: own.linuxUser,
      account: own.account,
      memberHeadJobOptions: own.headJobOptions,
    };
  }
  const shared = await deps.store.credentials.find(environment.credentialsId ?? '');
  if (!shared || shared.retiredAt !== null) {
    throw conflict(
      `The credentials of compute environment ${environment.name} were deleted. Give it others.`,
    );
  }
  return {
    credential: { kind: 'workspace', id: shared.id },
    jumpCredentials: await over(environment.config.jumpHosts, {
      workspaceId: shared.workspaceId,
      ownerId: shared.userId,
    }),
    clusterKey: `compute-env:${environment.id}`,
    identity: undefined,
    linuxUser: environment.config.userName ?? '',
    account: null,
    memberHeadJobOptions: null,
  };
};
