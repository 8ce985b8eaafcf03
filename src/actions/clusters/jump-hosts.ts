/** The way to a cluster over jump hosts: which key and which account each of them is offered. */
import { checkRunning } from '#core/budgets.ts';
import {
  clusterKeyOf,
  credentialName,
  type KeyRef,
  type ManagedCredential,
  type ManagedIdentity,
  type WorkspaceCredential,
} from '#core/clusters.ts';
import { AppError, conflict } from '#core/errors.ts';
import { defaultPort, type JumpHost } from '#core/grid-config.ts';
import { linuxUserRefusal } from '#core/linux-users.ts';
import type { LoginHost } from '#core/ports/cluster-access.ts';
import type { Signer } from '#core/ports/signer.ts';
import type { Store } from '#core/ports/store.ts';

/** Whose further keys may be offered on the way: a member's own ones, or those of a workspace. */
export type Bearer =
  | { organisationId: number; userId: number }
  | { workspaceId: number | null; ownerId: number };

type Stores = Pick<Store, 'identities' | 'managedCredentials' | 'credentials'>;

/** To stop what was launched over keys that have been deleted since, those may serve that live until now. */
export interface Retired {
  /** What the run was launched over. */
  credentials: readonly KeyRef[];
  now: number;
}

type Managed = { kind: 'managed'; credential: ManagedCredential; identity: ManagedIdentity | undefined };
/** Another key than the cluster's own. */
type Further = Managed | { kind: 'workspace'; credential: WorkspaceCredential };

const isAlive = ({ destroyAt }: { destroyAt: number | null }, { now }: Retired): boolean =>
  destroyAt === null || destroyAt > now;

/** Nothing brings it back: whoever waits for it may stop waiting. */
const gone = ({ hostName }: JumpHost) =>
  new AppError(
    'not_found',
    404,
    `Jump host ${hostName}: the SSH key that this run was launched over has been deleted.`,
  );

/** The member's own key on another identity of the same organisation. @throws AppError 409, 404 when retired and destroyed */
const ownKey = async (
  store: Stores,
  jump: JumpHost,
  identityId: number,
  bearer: Bearer,
  retired: Retired | undefined,
): Promise<Managed> => {
  const refuse = (why: string) => conflict(`Jump host ${jump.hostName}: ${why}`);
  const identity = await store.identities.find(identityId);
  if (!('userId' in bearer) || (!retired && identity?.organisationId !== bearer.organisationId))
    throw refuse('its managedIdentityId names no managed identity whose keys can be used here');
  const present = await store.managedCredentials.find(identityId, bearer.userId);
  if (present?.key && identity?.organisationId === bearer.organisationId) {
    if (identity.blockedReason !== null)
      throw refuse(`managed identity ${identity.name} is blocked: ${identity.blockedReason}`);
    return { kind: 'managed', credential: present, identity };
  }
  for (const ref of retired?.credentials ?? []) {
    const old = ref.kind === 'managed' ? await store.managedCredentials.findById(ref.id) : undefined;
    const same = old?.identityId === identityId && old.userId === bearer.userId;
    if (retired && old?.key && same && isAlive(old, retired))
      return { kind: 'managed', credential: old, identity };
  }
  if (retired && retired.credentials.length > 0) throw gone(jump);
  throw refuse(
    `you have no SSH key on managed identity ${identity?.name ?? identityId} yet, which this way needs`,
  );
};

/** A key of the workspace itself. @throws AppError 409, 404 when retired and destroyed */
const workspaceKey = async (
  store: Stores,
  jump: JumpHost,
  credentialsId: string,
  bearer: Bearer,
  retired: Retired | undefined,
): Promise<Further> => {
  const credential = await store.credentials.find(credentialsId);
  const wasOver = retired?.credentials.some(
    (ref) => credentialName(ref) === credentialName({ kind: 'workspace', id: credentialsId }),
  );
  const within =
    'workspaceId' in bearer &&
    credential?.workspaceId === bearer.workspaceId &&
    (bearer.workspaceId !== null || credential.userId === bearer.ownerId);
  const usable =
    credential?.retiredAt === null || (retired && wasOver && credential && isAlive(credential, retired));
  if (credential && within && usable) return { kind: 'workspace', credential };
  if (wasOver) throw gone(jump);
  throw conflict(`Jump host ${jump.hostName}: its credentialsId names no credentials of this workspace`);
};

/** undefined: it takes the key of the cluster. */
const furtherKey = async (
  store: Stores,
  jump: JumpHost,
  bearer: Bearer,
  retired?: Retired,
): Promise<Further | undefined> => {
  const { managedIdentityId, credentialsId } = jump;
  if (managedIdentityId !== undefined) return ownKey(store, jump, managedIdentityId, bearer, retired);
  if (credentialsId !== undefined) return workspaceKey(store, jump, credentialsId, bearer, retired);
  return undefined;
};

const refOf = (further: Further): KeyRef =>
  further.kind === 'managed'
    ? { kind: 'managed', id: further.credential.id }
    : { kind: 'workspace', id: further.credential.id };

/**
 * The further keys that a way takes, for a run to note at its launch.
 * @throws AppError 409 that names the jump host whose key cannot be used
 */
export const jumpCredentials = async (
  store: Stores,
  jumpHosts: readonly JumpHost[],
  bearer: Bearer,
): Promise<KeyRef[]> => {
  const further = await Promise.all(jumpHosts.map((jump) => furtherKey(store, jump, bearer)));
  return further.filter((each) => each !== undefined).map(refOf);
};

export interface JumpDeps {
  store: Stores;
  managedSigner(credential: ManagedCredential): Promise<Signer>;
  workspaceSigner(credential: WorkspaceCredential): Promise<Signer>;
}

export const createJumps = ({ store, managedSigner, workspaceSigner }: JumpDeps) => {
  const loginOf = async (further: Further) => {
    const { keyVersion } = further.credential;
    const credentialKey = `${credentialName(refOf(further))}@${keyVersion}`;
    if (further.kind === 'workspace')
      return {
        credentialKey,
        keysOf: undefined,
        signer: await workspaceSigner(further.credential),
        allowed: [],
      };
    const { credential, identity } = further;
    if (identity)
      checkRunning({ name: `managed identity ${identity.name}`, suspension: identity.suspension });
    return {
      credentialKey,
      keysOf: clusterKeyOf({ kind: 'identity', id: credential.identityId }),
      signer: await managedSigner(credential),
      userName: credential.linuxUser ?? identity?.config.userName,
      allowed: identity?.allowedSystemUsers ?? [],
    };
  };

  /**
   * @param own account and key of the cluster itself: what a jump host is offered unless it names others
   * @throws AppError 409 that names the jump host when its key cannot be used; 404 when it is retired and destroyed
   */
  return (
    jumpHosts: readonly JumpHost[],
    bearer: Bearer,
    own: { userName: string; signer: Signer },
    retired?: Retired,
  ): Promise<LoginHost[]> =>
    Promise.all(
      jumpHosts.map(async (jump): Promise<LoginHost> => {
        const further = await furtherKey(store, jump, bearer, retired);
        const other = further && (await loginOf(further));
        const userName = jump.userName ?? other?.userName ?? own.userName;
        // The cluster's own account was checked where it was chosen; any other is held to the rule without exceptions.
        const refusal =
          userName === own.userName ? undefined : linuxUserRefusal(userName, other?.allowed ?? []);
        if (refusal) throw conflict(`Jump host ${jump.hostName}: ${refusal}`);
        return {
          hostName: jump.hostName,
          port: jump.port ?? defaultPort,
          userName,
          pins: jump.hostKeys,
          signer: other?.signer ?? own.signer,
          ...(other && { credentialKey: other.credentialKey }),
          ...(other?.keysOf !== undefined && { keysOf: other.keysOf }),
        };
      }),
    );
};
