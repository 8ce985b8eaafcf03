/** The way to a cluster over jump hosts: which key and which account each of them is offered. */
import type { ManagedCredential, WorkspaceCredential } from '#core/clusters.ts';
import { conflict } from '#core/errors.ts';
import { defaultPort, type JumpHost } from '#core/grid-config.ts';
import { linuxUserRefusal } from '#core/linux-users.ts';
import type { LoginHost } from '#core/ports/cluster-access.ts';
import type { Signer } from '#core/ports/signer.ts';
import type { Store } from '#core/ports/store.ts';

/** Whose further keys may be offered on the way: a member's own ones, or those of a workspace. */
export type Bearer =
  | { organisationId: number; userId: number }
  | { workspaceId: number | null; ownerId: number };

export interface JumpDeps {
  store: Pick<Store, 'identities' | 'managedCredentials' | 'credentials'>;
  managedSigner(credential: ManagedCredential): Promise<Signer>;
  workspaceSigner(credential: WorkspaceCredential): Promise<Signer>;
}

export const createJumps = ({ store, managedSigner, workspaceSigner }: JumpDeps) => {
  /** The member's own key on another identity of the same organisation. @throws AppError 409 */
  const ownKey = async (jump: JumpHost, identityId: number, bearer: Bearer) => {
    const identity = await store.identities.find(identityId);
    if (!('userId' in bearer) || identity?.organisationId !== bearer.organisationId)
      throw conflict(
        `Jump host ${jump.hostName}: its managedIdentityId names no managed identity whose keys can be used here`,
      );
    const credential = await store.managedCredentials.find(identityId, bearer.userId);
    if (!credential?.key)
      throw conflict(
        `Jump host ${jump.hostName}: you have no SSH key on managed identity ${identity.name} yet, which this way needs`,
      );
    if (identity.blockedReason !== null)
      throw conflict(
        `Jump host ${jump.hostName}: managed identity ${identity.name} is blocked: ${identity.blockedReason}`,
      );
    return {
      signer: await managedSigner(credential),
      userName: credential.linuxUser ?? identity.config.userName,
      allowed: identity.allowedSystemUsers,
    };
  };

  /** A key of the workspace itself. @throws AppError 409 */
  const workspaceKey = async (jump: JumpHost, credentialsId: string, bearer: Bearer) => {
    const credential = await store.credentials.find(credentialsId);
    const within =
      'workspaceId' in bearer &&
      credential?.retiredAt === null &&
      credential.workspaceId === bearer.workspaceId &&
      (bearer.workspaceId !== null || credential.userId === bearer.ownerId);
    if (!credential || !within)
      throw conflict(`Jump host ${jump.hostName}: its credentialsId names no credentials of this workspace`);
    return { signer: await workspaceSigner(credential), userName: undefined, allowed: [] };
  };

  /**
   * @param own account and key of the cluster itself: what a jump host is offered unless it names others
   * @throws AppError 409 that names the jump host when its key cannot be used
   */
  return (
    jumpHosts: readonly JumpHost[],
    bearer: Bearer,
    own: { userName: string; signer: Signer },
  ): Promise<LoginHost[]> =>
    Promise.all(
      jumpHosts.map(async (jump): Promise<LoginHost> => {
        const { managedIdentityId, credentialsId } = jump;
        const other =
          managedIdentityId !== undefined
            ? await ownKey(jump, managedIdentityId, bearer)
            : credentialsId !== undefined
              ? await workspaceKey(jump, credentialsId, bearer)
              : undefined;
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
        };
      }),
    );
};
