/**
 * The key that is to follow a member's present one. It was made here, so no cluster knew it when it was stored; once its
 * line stands on the cluster it proves itself, moves up, and the old key is destroyed. Until then the old one serves: a
 * key that works is never given up for one that cannot work yet.
 */
import type { Caller } from '#core/caller.ts';
import type { Clock } from '#core/clock.ts';
import { credentialName, type ManagedCredential, type ManagedIdentity } from '#core/clusters.ts';
import { notFound } from '#core/errors.ts';
import type { ClusterAccess } from '#core/ports/cluster-access.ts';
import type { Store, Tables } from '#core/ports/store.ts';
import type { Vault } from '#core/ports/vault.ts';
import { managedCredentialTarget, record } from '../clusters/cluster-audit.ts';
import { type Targets } from '../clusters/cluster-target.ts';
import { managedKeyPlace, nextKeyPlace } from './key-places.ts';
import type { Proof, Prove } from './verify-credential.ts';

export interface NextKeyDeps {
  store: Pick<Store, 'transaction'>;
  vault: Pick<Vault, 'reseal'>;
  clusters: Pick<ClusterAccess, 'closeChannels'>;
  targets: Pick<Targets, 'forNext'>;
  prove: Prove;
  clock: Clock;
}

export interface Owned {
  identity: ManagedIdentity;
  member: { userId: number; userName: string };
  credential: ManagedCredential;
}

export const createNextKey = ({ store, vault, clusters, targets, prove, clock }: NextKeyDeps) => {
  const moveUp = async (
    tables: Tables,
    caller: Caller,
    { member, credential }: Owned,
    message: string | null,
  ): Promise<void> => {
    const present = await tables.managedCredentials.find(credential.identityId, credential.userId);
    const { nextKey } = credential;
    // Replaced meanwhile: what was proved is another key.
    if (!nextKey || present?.id !== credential.id || present.nextKey?.fingerprint !== nextKey.fingerprint)
      throw notFound('next key of', member.userName);
    const now = clock.now();
    const from = nextKeyPlace(present);
    const sealed = await tables.sealedValues.get(from);
    if (!sealed) throw notFound('sealed next key of', member.userName);
    const patch = {
      key: nextKey,
      nextKey: null,
      keyVersion: present.keyVersion + 1,
      status: 'verified' as const,
      message,
      verifiedAt: now,
      updatedAt: now,
    };
    const to = managedKeyPlace({ ...present, ...patch });
    await tables.sealedValues.put(to, vault.reseal(from, sealed, to));
    await tables.sealedValues.destroy(from.table, from.record, from.field);
    await tables.managedCredentials.update(present.id, patch);
    const target = managedCredentialTarget(present, member.userName);
    await record(tables, now, caller, 'managed_credentials_verified', target, {
      previousState: { fingerprint: present.key?.fingerprint ?? null, keyVersion: present.keyVersion },
      newState: { fingerprint: nextKey.fingerprint, keyVersion: patch.keyVersion },
      metadata: { purpose: 'next key moves up' },
    });
  };

  /** Tries the next key where there is one. Proved means that it is the member's key from now on. */
  return async (caller: Caller, owned: Owned): Promise<Proof | undefined> => {
    const { identity, credential } = owned;
    if (!credential.nextKey) return undefined;
    const proof = await prove({
      askedBy: caller.userId,
      platform: identity.platform,
      workDir: identity.config.workDir ?? null,
      target: () => targets.forNext(identity, credential),
    });
    if (proof.kind !== 'proved') return proof;
    const message = proof.findings.join(' ') || null;
    await store.transaction((tables) => moveUp(tables, caller, owned, message));
    clusters.closeChannels({ credential: credentialName({ kind: 'managed', id: credential.id }) });
    return proof;
  };
};
