/**
 * Storing a member's key: read, sealed, proved on the cluster where that can be reached, and only then written. A key
 * that the cluster refuses changes nothing (promise 15).
 */
import { randomUUID } from 'node:crypto';
import type { Caller, OrganisationScope } from '#core/caller.ts';
import type { Clock } from '#core/clock.ts';
import { credentialName, type ManagedCredential, type ManagedIdentity } from '#core/clusters.ts';
import { badRequest, conflict, isAppError, notFound } from '#core/errors.ts';
import { checkLinuxUser } from '#core/linux-users.ts';
import type { Platform } from '#core/platforms.ts';
import type { ManagedCredentialInput } from '#core/ports/actions.ts';
import type { ClusterAccess } from '#core/ports/cluster-access.ts';
import type { Store, Tables } from '#core/ports/store.ts';
import type { KeyFacts, SealedPlace, SealedValue, Vault } from '#core/ports/vault.ts';
import { managedCredentialTarget, record } from '../clusters/cluster-audit.ts';
import { identityAddress, type Targets } from '../clusters/cluster-target.ts';
import { findIdentity, sameHost } from '../clusters/identities.ts';
import { managedKeyPlace, nextKeyPlace } from './key-places.ts';
import type { Proof, Prove } from './verify-credential.ts';

export interface SaveCredentialDeps {
  store: Pick<Store, 'identities' | 'managedCredentials' | 'transaction'>;
  vault: Pick<Vault, 'sealPrivateKey' | 'generateKey' | 'reseal' | 'signer'>;
  clusters: Pick<ClusterAccess, 'closeChannels'>;
  targets: Pick<Targets, 'forCandidate' | 'forManaged'>;
  prove: Prove;
  /** Refuses head job options that cannot be let through. @throws AppError 400 */
  checkHeadJobOptions(platform: Platform, options: string): void;
  clock: Clock;
}

export interface Member {
  userId: number;
  userName: string;
}

/** A key that has been read and checked, or made here, and is on its way to its record. */
interface Candidate {
  /** Made here: no cluster can know it yet, so it is not tried before it is stored. */
  generated: boolean;
  place: SealedPlace;
  sealed: SealedValue;
  facts: KeyFacts;
}

export type Checked = Pick<ManagedCredential, 'status' | 'message' | 'verifiedAt'>;

/** All that is to be written, with what it was decided on. */
interface Change {
  input: ManagedCredentialInput;
  identity: ManagedIdentity;
  stored: ManagedCredential | undefined;
  linuxUser: string | null;
  candidate: Candidate | undefined;
  checked: Checked | undefined;
}

/** What a proof that was no refusal says about a key. */
export const checkedBy = (proof: Exclude<Proof, { kind: 'refused' }>, now: number): Checked =>
  proof.kind === 'proved'
    ? { status: 'verified', message: proof.findings.join(' ') || null, verifiedAt: now }
    : { status: 'unverified', message: `Not tried on the cluster yet. ${proof.message}`, verifiedAt: null };

/** What is known of a key that was made a moment ago. */
const notInstalled = (identity: ManagedIdentity, linuxUser: string): Checked => ({
  status: 'unverified',
  message: `Made here and not tried yet. Add its authorized_keys line to the account ${linuxUser} on ${identity.config.hostName ?? 'the cluster'}, then verify it.`,
  verifiedAt: null,
});

/** A key that may work is not given up for one that cannot work yet. */
const keepsServing = (credential: ManagedCredential | undefined): boolean =>
  credential !== undefined && credential.key !== null && credential.status !== 'refused';

/** The scheduler takes it as one word of an argument. @throws AppError 400 */
const checkAccount = (account: string): string => {
  if (/^[\w.@+:,/][\w.@+:,/-]{0,127}$/.test(account)) return account;
  throw badRequest('metadata.account: use letters, digits and . _ @ + : , / -', {
    field: 'metadata.account',
  });
};

const linuxUserFor = (
  identity: ManagedIdentity,
  input: ManagedCredentialInput,
  stored: ManagedCredential | undefined,
): string | null => {
  const name = input.linuxUser ?? stored?.linuxUser ?? identity.config.userName ?? null;
  if (name !== null) return checkLinuxUser(name, identity.allowedSystemUsers);
  if (input.adopt) return null;
  throw badRequest('metadata.userName: name the Linux user that this key logs in as on the cluster', {
    field: 'metadata.userName',
  });
};

const blank = (identity: ManagedIdentity, userId: number, now: number): Omit<ManagedCredential, 'id'> => ({
  organisationId: identity.organisationId,
  identityId: identity.id,
  userId,
  linuxUser: null,
  account: null,
  headJobOptions: null,
  key: null,
  keyVersion: 0,
  nextKey: null,
  status: 'missing',
  message: null,
  verifiedAt: null,
  lastUsedAt: null,
  createdAt: now,
  updatedAt: now,
  retiredAt: null,
  destroyAt: null,
});

const keyPatch = ({ facts }: Candidate, row: ManagedCredential, waits: boolean) =>
  waits ? { nextKey: facts } : { key: facts, keyVersion: row.keyVersion + 1, nextKey: null };

export const createSaveCredential = (deps: SaveCredentialDeps) => {
  const { store, vault, clusters, targets, prove, clock } = deps;

  const readKey = async (
    identity: ManagedIdentity,
    { key, generate }: ManagedCredentialInput,
  ): Promise<Candidate | undefined> => {
    if (!key && !generate) return undefined;
    // It has no number yet; once it has proved itself it is sealed anew under that of its record.
    const place: SealedPlace = {
      organisationId: identity.organisationId,
      table: 'managed_credentials',
      record: `candidate:${randomUUID()}`,
      field: 'private_key',
      owner: `identity ${identity.id}`,
      version: 0,
    };
    const made = key
      ? await vault.sealPrivateKey(place, key.privateKey, key.passphrase)
      : vault.generateKey(place);
    return { generated: !key, place, ...made };
  };

  /** @throws AppError 400 when the cluster refuses the key, or takes it for another account's; nothing is stored then */
  const check = async (
    caller: Caller,
    member: Member,
    linuxUser: string,
    { identity, candidate, stored }: Pick<Change, 'identity' | 'candidate' | 'stored'>,
  ): Promise<Checked> => {
    const proof = await prove({
      askedBy: caller.userId,
      platform: identity.platform,
      workDir: identity.config.workDir ?? null,
      target: () => {
        if (candidate?.generated !== false && stored)
          return targets.forManaged(identity, { ...stored, linuxUser });
        if (!candidate) throw conflict('There is no key yet');
        const signer = vault.signer(candidate.place, candidate.sealed, candidate.facts);
        const bearer = { organisationId: identity.organisationId, userId: member.userId };
        return targets.forCandidate(identityAddress(identity), linuxUser, signer, bearer);
      },
    }).catch((error: unknown): Proof => {
      if (isAppError(error, 'cluster_suspended')) return { kind: 'unproved', message: error.message };
      throw error;
    });
    if (proof.kind !== 'refused') return checkedBy(proof, clock.now());
    const { organisationId, id: identityId } = identity;
    const target = managedCredentialTarget(
      { organisationId, identityId, userId: member.userId },
      member.userName,
    );
    await store.transaction((tables) =>
      record(tables, clock.now(), caller, 'managed_credentials_refused', target, {
        metadata: {
          linuxUser,
          fingerprint: (candidate?.facts ?? stored?.key)?.fingerprint ?? null,
          host: identity.config.hostName ?? null,
          reason: proof.message,
        },
      }),
    );
    throw badRequest(`${proof.message} Nothing was stored.`);
  };

  /** What the proof was about must still be so. @throws AppError 404, 409 */
  const checkUnchanged = async (
    tables: Tables,
    scope: OrganisationScope,
    member: Member,
    { identity, stored, candidate, checked }: Change,
  ): Promise<ManagedCredential | undefined> => {
    const present = await findIdentity(tables, scope, identity.id);
    if (!(await tables.members.findByUser(scope.organisationId, member.userId)))
      throw notFound('member', member.userId);
    const before = await tables.managedCredentials.find(identity.id, member.userId);
    const otherKey = !candidate && before?.keyVersion !== stored?.keyVersion;
    if (checked && (otherKey || !sameHost(present.config, identity.config))) {
      throw conflict(
        'The cluster or the key was changed by somebody else while this one was being checked: try again',
      );
    }
    return before;
  };

  const write = async (
    tables: Tables,
    caller: Caller,
    scope: OrganisationScope,
    member: Member,
    change: Change,
  ): Promise<ManagedCredential> => {
    const { input, identity, linuxUser, candidate, checked } = change;
    const now = clock.now();
    const before = await checkUnchanged(tables, scope, member, change);
    const row = before ?? (await tables.managedCredentials.insert(blank(identity, member.userId, now)));
    const waits = candidate?.generated === true && keepsServing(before);
    const patch = {
      linuxUser,
      account: input.account === undefined ? row.account : input.account,
      headJobOptions: input.headJobOptions === undefined ? row.headJobOptions : input.headJobOptions,
      ...checked,
      ...(candidate && keyPatch(candidate, row, waits)),
      ...(candidate?.generated && !waits && linuxUser !== null && notInstalled(identity, linuxUser)),
      updatedAt: now,
    };
    const after: ManagedCredential = { ...row, ...patch };
    if (candidate) {
      // It takes the place of the old value, whose data key is gone with it; a next key that waited is overtaken.
      if (!waits)
        await tables.sealedValues.destroy('managed_credentials', String(row.id), 'next_private_key');
      const place = waits ? nextKeyPlace(row) : managedKeyPlace(after);
      await tables.sealedValues.put(place, vault.reseal(candidate.place, candidate.sealed, place));
    }
    await tables.managedCredentials.update(row.id, patch);
    const event = before ? 'managed_credentials_updated' : 'managed_credentials_created';
    await record(tables, now, caller, event, managedCredentialTarget(after, member.userName), {
      ...(before && { previousState: shown(before) }),
      newState: shown(after),
    });
    return after;
  };

  /**
   * Creates or replaces the member's one credential. A key that is given replaces the stored one, otherwise that stays;
   * a changed Linux user is proved with the key that there is.
   * @throws AppError 400 naming the missing field, for an unusable key, or with what the cluster said
   */
  return async (
    caller: Caller,
    scope: OrganisationScope,
    identity: ManagedIdentity,
    member: Member,
    input: ManagedCredentialInput,
  ): Promise<ManagedCredential> => {
    const stored = await store.managedCredentials.find(identity.id, member.userId);
    if (!input.key && !input.generate && !stored?.key && !input.adopt) {
      throw badRequest('credentials.keys.privateKey: paste the private key', {
        field: 'credentials.keys.privateKey',
      });
    }
    if (input.account) checkAccount(input.account);
    if (input.headJobOptions) deps.checkHeadJobOptions(identity.platform, input.headJobOptions);
    const linuxUser = linuxUserFor(identity, input, stored);
    const candidate = await readKey(identity, input);
    const moved = candidate?.generated && !keepsServing(stored) ? false : linuxUser !== stored?.linuxUser;
    const renewed = candidate?.generated === false || (stored?.key && moved);
    const basis = { identity, candidate, stored };
    const checked = renewed && linuxUser !== null ? await check(caller, member, linuxUser, basis) : undefined;
    const written = await store.transaction((tables) =>
      write(tables, caller, scope, member, { ...basis, input, linuxUser, checked }),
    );
    if (renewed || written.keyVersion !== stored?.keyVersion)
      clusters.closeChannels({ credential: credentialName({ kind: 'managed', id: written.id }) });
    return written;
  };
};

/** What the audit log shows of one. */
const shown = (credential: ManagedCredential) => ({
  linuxUser: credential.linuxUser,
  account: credential.account,
  headJobOptions: credential.headJobOptions,
  fingerprint: credential.key?.fingerprint ?? null,
  nextFingerprint: credential.nextKey?.fingerprint ?? null,
  keyVersion: credential.keyVersion,
  status: credential.status,
});
