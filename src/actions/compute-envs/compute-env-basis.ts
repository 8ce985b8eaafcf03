/** What a new environment stands on: a managed identity, or a key of the workspace and a host of its own. */
import type { Caller, WorkspaceScope } from '#core/caller.ts';
import type { ComputeEnv, ManagedIdentity, WorkspaceCredential } from '#core/clusters.ts';
import { badRequest, isAppError } from '#core/errors.ts';
import { defaultPort, type GridConfig } from '#core/grid-config.ts';
import { checkLinuxUser } from '#core/linux-users.ts';
import type { NewComputeEnv } from '#core/ports/actions.ts';
import type { Store } from '#core/ports/store.ts';
import { findCredential } from '../credentials/credentials.ts';

type Stores = Pick<Store, 'identities' | 'credentials'>;
type Basis = Pick<ComputeEnv, 'credentialsId' | 'managedIdentityId'>;

/**
 * An environment must not be able to point members' keys at another machine. A Linux user has no effect where the
 * identity names none, for each member has their own; clients that must send one may. @throws AppError 400
 */
const checkSameHost = (identity: ManagedIdentity, config: GridConfig): void => {
  const theirs = identity.config;
  const refuse = (field: string, value: unknown, instead: unknown) =>
    badRequest(
      `config.${field}: ${String(value)} is not that of managed identity ${identity.name} (${JSON.stringify(instead ?? 'none')}); leave it out, the identity's counts`,
      { field: `config.${field}` },
    );
  if (config.hostName && config.hostName.toLowerCase() !== theirs.hostName?.toLowerCase()) {
    throw refuse('hostName', config.hostName, theirs.hostName);
  }
  if (config.port && config.port !== (theirs.port ?? defaultPort)) {
    throw refuse('port', config.port, theirs.port ?? defaultPort);
  }
  if (config.userName && theirs.userName && config.userName !== theirs.userName) {
    throw refuse('userName', config.userName, theirs.userName);
  }
};

/** @throws AppError 400 */
const checkOwnHost = (config: GridConfig): void => {
  for (const field of ['hostName', 'userName'] as const) {
    if (!config[field]) {
      throw badRequest(`config.${field}: is needed with credentials of the workspace: they name no cluster`, {
        field: `config.${field}`,
      });
    }
  }
  checkLinuxUser(config.userName ?? '');
};

const sharedKey = async (
  store: Stores,
  caller: Caller,
  scope: WorkspaceScope,
  id: string,
): Promise<WorkspaceCredential | undefined> => {
  try {
    return await findCredential(store, caller, scope, id);
  } catch (error) {
    if (isAppError(error, 'not_found')) return undefined;
    throw error;
  }
};

const checkIdentity = async (
  store: Stores,
  scope: WorkspaceScope,
  input: NewComputeEnv,
  id: number,
): Promise<void> => {
  const identity = await store.identities.find(id);
  if (!identity || identity.organisationId !== scope.organisationId) {
    throw badRequest(
      `managedIdentityId: there is no managed identity ${id} in this workspace's organisation`,
      {
        field: 'managedIdentityId',
      },
    );
  }
  if (identity.platform !== input.platform) {
    throw badRequest(
      `platform: managed identity ${identity.name} is a ${identity.platform}, not a ${input.platform}`,
      {
        field: 'platform',
      },
    );
  }
  checkSameHost(identity, input.config);
  if (input.hostKeys) {
    throw badRequest(`config.hostKeys: the host keys are those of managed identity ${identity.name}`, {
      field: 'config.hostKeys',
    });
  }
};

/** @throws AppError 400 unless exactly one thing is named, and it is there */
export const basisOf = async (
  store: Stores,
  caller: Caller,
  scope: WorkspaceScope,
  input: NewComputeEnv,
): Promise<Basis> => {
  const { credentialsId = null, managedIdentityId } = input;
  const shared = credentialsId === null ? undefined : await sharedKey(store, caller, scope, credentialsId);
  const named =
    credentialsId && !shared && /^\d{1,15}$/.test(credentialsId) ? Number(credentialsId) : undefined;
  const identityId = managedIdentityId ?? named;
  if (!credentialsId && identityId === undefined) {
    throw badRequest(
      'managedIdentityId: name a managed identity, or credentials of this workspace (credentialsId)',
      {
        field: 'managedIdentityId',
      },
    );
  }
  if (managedIdentityId !== undefined && credentialsId && named !== managedIdentityId) {
    throw badRequest('credentialsId: give either a managed identity or credentials, not both', {
      field: 'credentialsId',
    });
  }
  if (identityId !== undefined) {
    await checkIdentity(store, scope, input, identityId);
    return { credentialsId, managedIdentityId: identityId };
  }
  if (!shared) {
    throw badRequest(`credentialsId: there are no credentials ${credentialsId} here`, {
      field: 'credentialsId',
    });
  }
  checkOwnHost(input.config);
  return { credentialsId, managedIdentityId: null };
};
