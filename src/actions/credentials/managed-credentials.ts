/**
 * Members' keys, one for each member and identity: who may see, replace, verify and delete which. Owners may replace
 * another member's key and never read it (promise 11).
 */
import type { Caller, OrganisationScope } from '#core/caller.ts';
import { credentialName, type ManagedCredential } from '#core/clusters.ts';
import { forbidden, notFound } from '#core/errors.ts';
import type { ManagedCredentialActions } from '#core/ports/actions.ts';
import type { Store, Tables } from '#core/ports/store.ts';
import { organisationRoleAllows } from '#core/roles.ts';
import { managedCredentialTarget, record } from '../clusters/cluster-audit.ts';
import type { Targets } from '../clusters/cluster-target.ts';
import { findIdentity } from '../clusters/identities.ts';
import type { Deletion } from './deletion.ts';
import { createNextKey } from './next-key.ts';
import {
  type Checked,
  checkedBy,
  createSaveCredential,
  type Member,
  type SaveCredentialDeps,
} from './save-credential.ts';
import type { Proof } from './verify-credential.ts';

export interface ManagedCredentialDeps extends SaveCredentialDeps {
  store: Pick<Store, 'identities' | 'members' | 'managedCredentials' | 'transaction'>;
  targets: Pick<Targets, 'forCandidate' | 'forManaged' | 'forNext'>;
  deletion: Pick<Deletion, 'retireManaged'>;
  /** Tells the launcher that something is due. */
  wake(): void;
}

const mayManageAll = (scope: OrganisationScope): boolean =>
  organisationRoleAllows(scope.role, 'managed-credential:any');

/** Audit events: a key that could not be tried was used all the same, perhaps. */
const outcomes = { proved: 'verified', refused: 'refused', unproved: 'used' } as const;

const nameOf = ({ id }: ManagedCredential): string => credentialName({ kind: 'managed', id });

export const createManagedCredentialActions = (deps: ManagedCredentialDeps): ManagedCredentialActions => {
  const { store, clusters, targets, prove, deletion, clock } = deps;
  const save = createSaveCredential(deps);
  const tryNextKey = createNextKey(deps);

  /** @throws AppError 403 for another's without being an owner, 404 for somebody who is no member */
  const findMember = async (caller: Caller, scope: OrganisationScope, userId: number): Promise<Member> => {
    if (userId !== caller.userId && !mayManageAll(scope)) {
      throw forbidden("Only an owner of the organisation can manage another member's credential");
    }
    const member = await store.members.findByUser(scope.organisationId, userId);
    if (!member) throw notFound('member', userId);
    return { userId, userName: member.userName };
  };

  const find = async (caller: Caller, scope: OrganisationScope, identityId: number, userId: number) => {
    const identity = await findIdentity(store, scope, identityId);
    const member = await findMember(caller, scope, userId);
    const credential = await store.managedCredentials.find(identityId, userId);
    if (!credential) throw notFound('managed credentials', userId);
    return { identity, member, credential };
  };

  /**
   * Not reached says nothing about the key: what was known stays. Refused once may be a passing fault of the site: launches
   * offer it again, as they do one that they saw refused themselves.
   */
  const statusAfter = (credential: ManagedCredential, proof: Proof): Checked => {
    const { status, message, verifiedAt } = credential;
    if (proof.kind === 'unproved') return { status, message, verifiedAt };
    if (proof.kind === 'refused')
      return {
        status: proof.offeredAgain ? 'unverified' : 'refused',
        message: proof.message,
        verifiedAt: null,
      };
    return checkedBy(proof, clock.now());
  };

  /** Runs that were left alone because of the key are looked at now. */
  const stirRuns = async (tables: Tables, { id }: ManagedCredential): Promise<void> => {
    const now = clock.now();
    for (const run of await tables.runs.liveOfCredential({ kind: 'managed', id }))
      if (run.failures > 0) await tables.runs.update(run.id, { dueAt: now }, now);
  };

  const note = async (
    caller: Caller,
    member: Member,
    credential: ManagedCredential,
    proof: Proof,
  ): Promise<void> => {
    const checked = statusAfter(credential, proof);
    await store.transaction(async (tables) => {
      const present = await tables.managedCredentials.find(credential.identityId, credential.userId);
      // Replaced meanwhile: the answer was about another key.
      if (present?.id !== credential.id || present.keyVersion !== credential.keyVersion) return;
      await tables.managedCredentials.update(credential.id, checked);
      const event = `managed_credentials_${outcomes[proof.kind]}` as const;
      await record(tables, clock.now(), caller, event, managedCredentialTarget(credential, member.userName), {
        previousState: { status: credential.status },
        newState: { status: checked.status },
        metadata: {
          purpose: 'verify',
          outcome: proof.kind,
          ...(proof.kind !== 'proved' && { reason: proof.message }),
        },
      });
      if (proof.kind === 'proved') await stirRuns(tables, credential);
    });
    if (proof.kind === 'proved') deps.wake();
  };

  const create: ManagedCredentialActions['create'] = async (caller, scope, identityId, userId, input) => {
    const identity = await findIdentity(store, scope, identityId);
    return save(caller, scope, identity, await findMember(caller, scope, userId), input);
  };

  return {
    list: async (caller, scope, identityId, query) => {
      await findIdentity(store, scope, identityId);
      const everybody = mayManageAll(scope);
      // Another's row is simply not among one's own.
      if (!everybody && query.userId !== undefined && query.userId !== caller.userId)
        return { rows: [], totalSize: 0 };
      return store.managedCredentials.listRows({
        ...query,
        organisationId: scope.organisationId,
        identityId,
        firstUserId: caller.userId,
        userId: everybody ? query.userId : caller.userId,
      });
    },

    create,
    update: async (...request) => {
      await create(...request);
    },

    remove: async (caller, scope, identityId, userId, { checked }) => {
      const { identity, member, credential } = await find(caller, scope, identityId, userId);
      await store.transaction(async (tables) => {
        const present = await tables.managedCredentials.find(identityId, userId);
        if (present?.id !== credential.id) throw notFound('managed credentials', userId);
        await deletion.retireManaged(tables, present, {
          caller,
          checked: checked || (identity.requireChecked && caller.userId !== userId),
          reason: `the credential of ${member.userName} on managed identity ${identity.name}`,
        });
      });
      clusters.closeChannels({ credential: nameOf(credential) });
      deps.wake();
    },

    verify: async (caller, scope, identityId, userId) => {
      const { identity, member, credential } = await find(caller, scope, identityId, userId);
      const next = await tryNextKey(caller, { identity, member, credential });
      if (next?.kind === 'proved')
        return {
          ok: true,
          message: 'The new key works and is used from now on.',
          findings: next.findings,
          report: next.report,
        };
      const waiting = next
        ? [`The new key ${credential.nextKey?.fingerprint} is not let in yet: ${next.message}`]
        : [];
      const proof = await prove({
        askedBy: caller.userId,
        platform: identity.platform,
        workDir: identity.config.workDir ?? null,
        target: () => targets.forManaged(identity, credential),
      });
      if (credential.key) await note(caller, member, credential, proof);
      if (proof.kind !== 'proved') {
        return { ok: false, message: proof.message, findings: [proof.message, ...waiting], report: null };
      }
      const { findings, report } = proof;
      const well =
        findings.length === 0 ? 'The key works, and everything is as it should be.' : 'The key works.';
      const message = next ? `${well} It is used until the new one is let in.` : well;
      return { ok: true, message, findings: [...findings, ...waiting], report };
    },
  };
};
