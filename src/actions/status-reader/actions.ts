/**
 * An identity's status reader: one more credential, an owner's to give, sealed like every other, proved before it counts,
 * and of no use but to ask for the state of jobs.
 */
import { randomUUID } from 'node:crypto';
import type { Caller, OrganisationScope } from '#core/caller.ts';
import type { Clock } from '#core/clock.ts';
import { credentialName, type ManagedIdentity, type StatusReader } from '#core/clusters.ts';
import { badRequest, conflict, notFound } from '#core/errors.ts';
import { checkLinuxUser } from '#core/linux-users.ts';
import type { ClusterAccess } from '#core/ports/cluster-access.ts';
import type { StatusReaderActions, StatusReaderInput } from '#core/ports/status-reader-actions.ts';
import type { Store, Tables } from '#core/ports/store.ts';
import type { KeyFacts, SealedPlace, SealedValue, Vault } from '#core/ports/vault.ts';
import { record } from '../clusters/cluster-audit.ts';
import { findIdentity, sameHost } from '../clusters/identities.ts';
import { readerKeyPlace } from '../credentials/key-places.ts';
import type { ReaderProof, ReaderProofRequest } from './prove.ts';
import { readerTarget, shownReader } from './target.ts';
import type { ReaderWay } from './way.ts';

export interface StatusReaderDeps {
  store: Pick<Store, 'identities' | 'statusReaders' | 'transaction'>;
  vault: Pick<Vault, 'sealPrivateKey' | 'generateKey' | 'reseal' | 'signer'>;
  clusters: Pick<ClusterAccess, 'closeChannels'>;
  way: ReaderWay;
  prove(request: ReaderProofRequest): Promise<ReaderProof>;
  clock: Clock;
}

interface Candidate {
  place: SealedPlace;
  sealed: SealedValue;
  facts: KeyFacts;
}

type Checked = Pick<StatusReader, 'status' | 'message' | 'verifiedAt'>;

const unseen = { seenAt: null, hiddenUsers: [] };

export const createStatusReaderActions = (deps: StatusReaderDeps): StatusReaderActions => {
  const { store, vault, clusters, way, prove, clock } = deps;

  const closeChannels = (identityId: number): void =>
    void clusters.closeChannels({ credential: credentialName({ kind: 'reader', id: identityId }) });

  const find = async (
    tables: Pick<Tables, 'identities' | 'statusReaders'>,
    scope: OrganisationScope,
    id: number,
  ) => {
    const identity = await findIdentity(tables, scope, id);
    const reader = await tables.statusReaders.find(id);
    if (!reader) throw notFound('status reader of managed identity', id);
    return { identity, reader };
  };

  const view = (identity: ManagedIdentity, reader: StatusReader) => ({
    identity,
    reader,
    command: way.commandFor(identity),
  });

  /** Under a place of its own until it is known that it may take the reader's. */
  const readKey = async (
    { id, organisationId }: ManagedIdentity,
    { key, generate }: StatusReaderInput,
  ): Promise<Candidate | undefined> => {
    if (!key && !generate) return undefined;
    const place: SealedPlace = {
      organisationId,
      table: 'status_readers',
      record: `candidate:${randomUUID()}`,
      field: 'private_key',
      owner: `identity ${id}`,
      version: 0,
    };
    const made = key
      ? await vault.sealPrivateKey(place, key.privateKey, key.passphrase)
      : vault.generateKey(place);
    return { place, ...made };
  };

  const proofOf = (
    caller: Caller,
    identity: ManagedIdentity,
    linuxUser: string,
    candidate: Candidate | undefined,
    stored: StatusReader | undefined,
  ): Promise<ReaderProof> =>
    prove({
      askedBy: caller.userId,
      platform: identity.platform,
      target: () => {
        if (!candidate) {
          if (!stored) throw conflict('There is no key yet');
          return way.of(identity, { ...stored, linuxUser });
        }
        const signer = vault.signer(candidate.place, candidate.sealed, candidate.facts);
        return way.withKey(identity, { linuxUser, signer, credentialKey: 'candidate@0' });
      },
    });

  const checkedBy = (proof: Exclude<ReaderProof, { kind: 'refused' }>): Checked =>
    proof.kind === 'proved'
      ? { status: 'verified', message: proof.findings.join(' ') || null, verifiedAt: clock.now() }
      : { status: 'unverified', message: `Not tried on the cluster yet. ${proof.message}`, verifiedAt: null };

  /** @throws AppError 400 when the cluster refuses the key; nothing is stored then */
  const check = async (
    caller: Caller,
    identity: ManagedIdentity,
    linuxUser: string,
    candidate: Candidate | undefined,
    stored: StatusReader | undefined,
  ): Promise<Checked> => {
    const proof = await proofOf(caller, identity, linuxUser, candidate, stored);
    if (proof.kind !== 'refused') return checkedBy(proof);
    await store.transaction((tables) =>
      record(tables, clock.now(), caller, 'status_reader_refused', readerTarget(identity), {
        metadata: { linuxUser, fingerprint: candidate?.facts.fingerprint ?? null, reason: proof.message },
      }),
    );
    throw badRequest(proof.message, { field: 'credentials.keys.privateKey' });
  };

  const notInstalled = (identity: ManagedIdentity, linuxUser: string): Checked => ({
    status: 'unverified',
    message: `Made here and not tried yet. Add its authorized_keys line to the account ${linuxUser} on ${identity.config.hostName ?? 'the cluster'}, then verify it.`,
    verifiedAt: null,
  });

  return {
    describe: async (_caller, scope, id) => {
      const { identity, reader } = await find(store, scope, id);
      return view(identity, reader);
    },

    save: async (caller, scope, id, input) => {
      const identity = await findIdentity(store, scope, id);
      way.commandFor(identity);
      const stored = await store.statusReaders.find(id);
      const named = input.linuxUser ?? stored?.linuxUser;
      if (named === undefined)
        throw badRequest('metadata.userName: name the Linux user that this key logs in as on the cluster', {
          field: 'metadata.userName',
        });
      const linuxUser = checkLinuxUser(named, identity.allowedSystemUsers);
      const candidate = await readKey(identity, input);
      if (!candidate && !stored)
        throw badRequest(
          'credentials.keys.privateKey: paste the private key, or have one made with generate',
          {
            field: 'credentials.keys.privateKey',
          },
        );
      const checked = input.generate
        ? notInstalled(identity, linuxUser)
        : await check(caller, identity, linuxUser, candidate, stored);
      const reader = await store.transaction(async (tables) => {
        const now = clock.now();
        const present = await findIdentity(tables, scope, id);
        const before = await tables.statusReaders.find(id);
        if (before?.keyVersion !== stored?.keyVersion || !sameHost(present.config, identity.config))
          throw conflict(
            'The cluster or its status reader was changed by somebody else meanwhile: try again',
          );
        const key = candidate?.facts ?? before?.key;
        if (!key) throw notFound('status reader of managed identity', id);
        const after: StatusReader = {
          identityId: id,
          organisationId: scope.organisationId,
          linuxUser,
          key,
          keyVersion: (before?.keyVersion ?? 0) + (candidate ? 1 : 0),
          ...checked,
          ...unseen,
          createdAt: before?.createdAt ?? now,
          updatedAt: now,
        };
        if (candidate) {
          // It takes the place of the old value, whose data key is gone with it.
          const place = readerKeyPlace(after);
          await tables.sealedValues.put(place, vault.reseal(candidate.place, candidate.sealed, place));
        }
        await tables.statusReaders.put(after);
        const event = before ? 'status_reader_updated' : 'status_reader_created';
        await record(tables, now, caller, event, readerTarget(identity), {
          ...(before && { previousState: shownReader(before) }),
          newState: shownReader(after),
        });
        return after;
      });
      closeChannels(id);
      return view(identity, reader);
    },

    verify: async (caller, scope, id) => {
      const { identity, reader } = await find(store, scope, id);
      const proof = await proofOf(caller, identity, reader.linuxUser, undefined, reader);
      if (proof.kind === 'unproved') return { ok: false, message: proof.message, findings: [proof.message] };
      const checked: Checked =
        proof.kind === 'proved'
          ? checkedBy(proof)
          : { status: 'refused', message: proof.message, verifiedAt: null };
      await store.transaction(async (tables) => {
        const present = await tables.statusReaders.find(id);
        // Replaced meanwhile: the answer was about another key.
        if (present?.keyVersion !== reader.keyVersion || present.linuxUser !== reader.linuxUser) return;
        await tables.statusReaders.update(id, { ...checked, ...unseen });
        const event = proof.kind === 'proved' ? 'status_reader_verified' : 'status_reader_refused';
        await record(tables, clock.now(), caller, event, readerTarget(identity), {
          previousState: { status: present.status },
          newState: { status: checked.status },
          metadata: { purpose: 'verify', ...(proof.kind === 'refused' && { reason: proof.message }) },
        });
      });
      closeChannels(id);
      if (proof.kind === 'refused') return { ok: false, message: proof.message, findings: [proof.message] };
      const { findings } = proof;
      return {
        ok: true,
        message: findings.length === 0 ? 'The reader works and is used from now on.' : findings.join(' '),
        findings,
      };
    },

    remove: async (caller, scope, id) => {
      await store.transaction(async (tables) => {
        const { identity, reader } = await find(tables, scope, id);
        await tables.sealedValues.destroy('status_readers', String(id));
        await tables.statusReaders.remove(id);
        await record(tables, clock.now(), caller, 'status_reader_deleted', readerTarget(identity), {
          previousState: shownReader(reader),
        });
      });
      closeChannels(id);
    },
  };
};
