/** SSH keys of a workspace, or of a person: for environments that name their host themselves. */

import { randomBytes } from 'node:crypto';
import type { Caller, WorkspaceScope } from '#core/caller.ts';
import type { Clock } from '#core/clock.ts';
import { credentialName, type WorkspaceCredential } from '#core/clusters.ts';
import { conflict, forbidden, isAppError, notFound } from '#core/errors.ts';
import { newLongId } from '#core/ids.ts';
import { checkName } from '#core/names.ts';
import { isPlatform } from '#core/platforms.ts';
import type { CredentialActions, Validation } from '#core/ports/actions.ts';
import type { ClusterAccess } from '#core/ports/cluster-access.ts';
import type { Store, Tables } from '#core/ports/store.ts';
import type { Vault } from '#core/ports/vault.ts';
import { credentialTarget, record } from '../clusters/cluster-audit.ts';
import { type Targets } from '../clusters/cluster-target.ts';
import { contextOf, liesWithin } from '../context.ts';
import type { Deletion } from './deletion.ts';
import { workspaceKeyPlace } from './key-places.ts';
import type { Prove } from './verify-credential.ts';

export interface CredentialDeps {
  store: Pick<Store, 'credentials' | 'identities' | 'computeEnvs' | 'sealedValues' | 'transaction'>;
  vault: Pick<Vault, 'sealPrivateKey' | 'signer'>;
  clusters: Pick<ClusterAccess, 'closeChannels'>;
  targets: Pick<Targets, 'forWorkspace'>;
  prove: Prove;
  deletion: Pick<Deletion, 'retireWorkspace'>;
  clock: Clock;
  /** Another key: environments that failed with the old one are to be checked again. */
  onReplaced(credentialsId: string): void;
  /** Tells the launcher that something is due. */
  wake(): void;
}

/** Current ones alone. @throws AppError 404 */
export const findCredential = async (
  tables: Pick<Tables, 'credentials'>,
  caller: Caller,
  scope: WorkspaceScope,
  id: string,
): Promise<WorkspaceCredential> => {
  const credential = await tables.credentials.find(id);
  if (!credential || credential.retiredAt !== null || !liesWithin(caller, scope, credential))
    throw notFound('credentials', id);
  return credential;
};

export const createCredentialActions = (deps: CredentialDeps): CredentialActions => {
  const { store, vault, clusters, targets, prove, deletion, clock } = deps;

  const checkFree = async (
    tables: Pick<Tables, 'credentials'>,
    caller: Caller,
    scope: WorkspaceScope,
    name: string,
  ) => {
    checkName('name', name);
    const all = await tables.credentials.list(contextOf(caller, scope));
    if (all.some((row) => row.name === name))
      throw conflict(`name: credentials named ${name} exist already here`);
  };

  /** The sealed value opens and signs with the key that stands beside it. @throws AppError `sealed_value_broken` */
  const tryKey = async (credential: WorkspaceCredential): Promise<void> => {
    const place = workspaceKeyPlace(credential);
    const sealed = await store.sealedValues.get(place);
    if (!sealed) throw notFound('key of credentials', credential.name);
    const rsa = credential.key.type === 'ssh-rsa';
    await vault.signer(place, sealed, credential.key).sign(randomBytes(32), rsa ? 4 : 0);
  };

  /** Opens, and signs in wherever it is used. */
  const judge = async (
    caller: Caller,
    credential: WorkspaceCredential,
  ): Promise<Validation<'AVAILABLE' | 'INVALID'>> => {
    try {
      await tryKey(credential);
    } catch (error) {
      if (!isAppError(error)) throw error;
      return { status: 'INVALID', message: `${error.message}. Save the key again.`, transientError: false };
    }
    let unproved: string | null = null;
    for (const environment of await store.computeEnvs.listOfCredential(credential.id)) {
      const proof = await prove({
        askedBy: caller.userId,
        platform: environment.platform,
        workDir: environment.config.workDir ?? null,
        target: () => targets.forWorkspace(environment, credential),
      });
      const message =
        proof.kind === 'proved' ? '' : `Compute environment ${environment.name}: ${proof.message}`;
      if (proof.kind === 'refused') return { status: 'INVALID', message, transientError: false };
      if (proof.kind === 'unproved') unproved ??= message;
    }
    return unproved === null
      ? { status: 'AVAILABLE', message: null, transientError: false }
      : { status: credential.status, message: unproved, transientError: true };
  };

  return {
    list: async (caller, scope, { platformId }) => {
      if (platformId !== undefined && !isPlatform(platformId)) return { credentials: [], identities: [] };
      const credentials = await store.credentials.list(contextOf(caller, scope));
      if (platformId === undefined || scope.organisationId === null) return { credentials, identities: [] };
      const all = { max: Number.MAX_SAFE_INTEGER, offset: 0, platform: platformId };
      return { credentials, identities: (await store.identities.list(scope.organisationId, all)).rows };
    },

    describe: (caller, scope, id) => findCredential(store, caller, scope, id),

    validateName: (caller, scope, name) => checkFree(store, caller, scope, name),

    create: async (caller, scope, input) => {
      await checkFree(store, caller, scope, input.name);
      const now = clock.now();
      const record0 = {
        id: newLongId(),
        workspaceId: scope.workspaceId,
        organisationId: scope.organisationId ?? 0,
        userId: caller.userId,
        name: input.name,
        description: input.description ?? null,
        keyVersion: 1,
        status: 'AVAILABLE',
        message: null,
        createdAt: now,
        updatedAt: now,
        lastUsedAt: null,
        retiredAt: null,
        destroyAt: null,
      } as const;
      const place = workspaceKeyPlace(record0);
      const { sealed, facts } = await vault.sealPrivateKey(place, input.key.privateKey, input.key.passphrase);
      const credential: WorkspaceCredential = { ...record0, key: facts };
      await store.transaction(async (tables) => {
        await checkFree(tables, caller, scope, input.name);
        await tables.credentials.insert(credential);
        await tables.sealedValues.put(place, sealed);
        await record(tables, now, caller, 'credentials_created', credentialTarget(credential), {
          newState: shown(credential),
        });
      });
      return credential;
    },

    update: async (caller, scope, id, { name, description, key }) => {
      const before = await findCredential(store, caller, scope, id);
      if (name !== undefined && name !== before.name) await checkFree(store, caller, scope, name);
      const keyVersion = before.keyVersion + 1;
      const place = workspaceKeyPlace({ ...before, keyVersion });
      const replaced = key && (await vault.sealPrivateKey(place, key.privateKey, key.passphrase));
      await store.transaction(async (tables) => {
        const present = await findCredential(tables, caller, scope, id);
        if (replaced && present.keyVersion !== before.keyVersion) {
          throw conflict('The key was replaced by somebody else at the same time: look, and try again');
        }
        const patch = {
          ...(name !== undefined && { name }),
          ...(description !== undefined && { description }),
          ...(replaced && { key: replaced.facts, keyVersion, status: 'AVAILABLE' as const, message: null }),
          updatedAt: clock.now(),
        };
        // It takes the place of the old value, whose data key is gone with it.
        if (replaced) await tables.sealedValues.put(place, replaced.sealed);
        await tables.credentials.update(id, patch);
        const after = { ...present, ...patch };
        await record(tables, clock.now(), caller, 'credentials_updated', credentialTarget(after), {
          previousState: shown(present),
          newState: shown(after),
        });
      });
      if (!replaced) return;
      clusters.closeChannels({ credential: credentialName({ kind: 'workspace', id }) });
      deps.onReplaced(id);
    },

    remove: async (caller, scope, id, { checked }) => {
      await store.transaction(async (tables) => {
        const credential = await findCredential(tables, caller, scope, id);
        const reason = `the credentials ${credential.name}`;
        await deletion.retireWorkspace(tables, credential, { caller, checked, reason });
      });
      clusters.closeChannels({ credential: credentialName({ kind: 'workspace', id }) });
      deps.wake();
    },

    encryptedKeys: async (caller, scope, id) => {
      const { name } = await findCredential(store, caller, scope, id);
      throw forbidden(
        `The key of ${name} is never given to anybody, in no form: paste it again where it is needed`,
      );
    },

    validate: async (caller, scope, id) => {
      const credential = await findCredential(store, caller, scope, id);
      const validation = await judge(caller, credential);
      const { status, message, transientError } = validation;
      if (transientError || (status === credential.status && message === credential.message))
        return validation;
      await store.transaction(async (tables) => {
        const present = await findCredential(tables, caller, scope, id);
        // Replaced meanwhile: the answer was about another key.
        if (present.keyVersion !== credential.keyVersion) return;
        await tables.credentials.update(id, { status, message });
        await record(tables, clock.now(), caller, 'credentials_updated', credentialTarget(present), {
          previousState: { status: present.status },
          newState: { status, message },
        });
      });
      return validation;
    },
  };
};

/** What the audit log shows of one. */
const shown = (credential: WorkspaceCredential) => ({
  name: credential.name,
  description: credential.description,
  fingerprint: credential.key.fingerprint,
  keyVersion: credential.keyVersion,
});
