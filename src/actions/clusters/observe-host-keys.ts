/**
 * Looking at hosts: what they show is noted beside what is pinned, and a change blocks the cluster until an owner has
 * decided (promise 16). Nothing is offered to a host here.
 */

import { budgetOf, checkRunning } from '#core/budgets.ts';
import type { Caller, OrganisationScope, WorkspaceScope } from '#core/caller.ts';
import type { Clock } from '#core/clock.ts';
import {
  type ComputeEnv,
  clusterKeyOf,
  type HostKey,
  type HostKeyOwner,
  type ManagedIdentity,
  ownerOfClusterKey,
} from '#core/clusters.ts';
import { conflict, isAppError } from '#core/errors.ts';
import type { ClusterAccess, ScannedHostKey } from '#core/ports/cluster-access.ts';
import type { Store, Tables } from '#core/ports/store.ts';
import { environmentTarget, identityTarget, record } from './cluster-audit.ts';
import { type ClusterAddress, environmentAddress, hostKeysPath, identityAddress } from './cluster-target.ts';
import { compareHostKeys } from './host-key-lines.ts';

export type HostKeyPolicy = 'confirm' | 'first-use';

export interface ObserverDeps {
  store: Pick<Store, 'hostKeys' | 'identities' | 'computeEnvs' | 'transaction'>;
  clusters: Pick<ClusterAccess, 'scanHostKeys' | 'closeChannels'>;
  /** `first-use`: the first scan pins. */
  policy: HostKeyPolicy;
  clock: Clock;
}

export interface HostKeyObserver {
  /** Asks the host now and notes what it shows. @throws AppError `host_*` when it cannot be asked */
  scan(address: ClusterAddress, caller: Caller | null): Promise<void>;
  /** The look at a new host: waits a few seconds at most and never fails what it belongs to. */
  scanNew(address: ClusterAddress, caller: Caller): Promise<void>;
  /** A login was shown another host key: looks, records, blocks. Repeats do nothing until an owner has decided. */
  noteChange(clusterKey: string): Promise<void>;
}

/** What host keys belong to, as it is now. */
export type Subject =
  | { owner: HostKeyOwner; identity: ManagedIdentity }
  | { owner: HostKeyOwner; environment: ComputeEnv };

type SubjectTables = Pick<Tables, 'identities' | 'computeEnvs'>;

/** Undefined for what is gone, and for an environment that runs on an identity: it has no host keys of its own. */
export const findSubject = async (
  tables: SubjectTables,
  owner: HostKeyOwner,
): Promise<Subject | undefined> => {
  if (owner.kind === 'identity') {
    const identity = await tables.identities.find(owner.id);
    return identity && { owner, identity };
  }
  const environment = await tables.computeEnvs.find(owner.id);
  if (!environment || environment.managedIdentityId !== null || environment.status === 'DELETED')
    return undefined;
  return { owner, environment };
};

export const isWithin = (
  subject: Subject,
  caller: Caller,
  scope: OrganisationScope | WorkspaceScope,
): boolean => {
  if ('identity' in subject) return subject.identity.organisationId === scope.organisationId;
  const { workspaceId, userId } = subject.environment;
  if (scope.kind !== 'workspace' || workspaceId !== scope.workspaceId) return false;
  return workspaceId !== null || userId === caller.userId;
};

export const auditTargetOf = (subject: Subject) =>
  'identity' in subject ? identityTarget(subject.identity) : environmentTarget(subject.environment);

/** @throws AppError 409 when it names no host */
export const addressOfSubject = (subject: Subject): ClusterAddress =>
  'identity' in subject ? identityAddress(subject.identity) : environmentAddress(subject.environment);

export const blockedReasonOf = (subject: Subject | undefined): string | null =>
  subject && 'identity' in subject ? subject.identity.blockedReason : null;

export const fingerprintsOf = (keys: readonly { fingerprint: string }[]): string[] =>
  keys.map((key) => key.fingerprint);

/** A host key as it is stored; `by` names who trusts it. */
export const hostKeyRow = (
  { type, publicKey, fingerprint }: ScannedHostKey,
  status: HostKey['status'],
  now: number,
  by: string | null = null,
): HostKey => ({
  type,
  publicKey,
  fingerprint,
  status,
  firstSeen: now,
  confirmedBy: by,
  confirmedAt: by === null ? null : now,
});

const patienceMs = 5_000;

export const createHostKeyObserver = ({ store, clusters, policy, clock }: ObserverDeps): HostKeyObserver => {
  const block = async (
    tables: Tables,
    subject: Subject,
    stored: readonly HostKey[],
    shown: readonly ScannedHostKey[],
    remark = '',
  ): Promise<void> => {
    const now = clock.now();
    const { hostName } = addressOfSubject(subject);
    const old = fingerprintsOf(stored.filter((key) => key.status === 'PINNED'));
    const other =
      shown.length > 0 ? `another host key (${fingerprintsOf(shown).join(', ')})` : 'another host key';
    const reason = `${hostName} showed ${other} than the pinned ${old.join(', ')}, so nothing was offered to it.${remark}`;
    if ('identity' in subject) {
      await tables.identities.update(subject.identity.id, { blockedReason: reason });
    } else {
      const message = `${reason} If the site has changed its key, confirm it: PUT ${hostKeysPath(subject.owner)}.`;
      await tables.computeEnvs.update(subject.environment.id, { status: 'ERRORED', message, updatedAt: now });
    }
    await record(tables, now, null, 'host_key_changed', auditTargetOf(subject), {
      metadata: { host: hostName, old, new: fingerprintsOf(shown), ...(remark && { remark: remark.trim() }) },
    });
  };

  /** Keys of a host that is trusted at first sight, or that wait for somebody to compare them. */
  const noteSeen = async (
    tables: Tables,
    subject: Subject,
    keys: readonly ScannedHostKey[],
    trust: boolean,
    caller: Caller | null,
  ): Promise<void> => {
    if (keys.length === 0) return;
    const now = clock.now();
    for (const key of keys) {
      const row = trust ? hostKeyRow(key, 'PINNED', now, 'first use') : hostKeyRow(key, 'PENDING', now);
      await tables.hostKeys.put(subject.owner, row);
    }
    const event = trust ? 'host_key_confirmed' : 'host_key_seen';
    await record(tables, now, caller, event, auditTargetOf(subject), {
      metadata: {
        host: addressOfSubject(subject).hostName,
        fingerprints: fingerprintsOf(keys),
        ...(trust && { how: 'first use' }),
      },
    });
  };

  /** @returns whether the host shows something else than what is pinned */
  const observe = (
    address: ClusterAddress,
    scanned: ScannedHostKey[],
    caller: Caller | null,
  ): Promise<boolean> =>
    store.transaction(async (tables) => {
      const { owner } = address;
      const subject = await findSubject(tables, owner);
      const present = subject && addressOfSubject(subject);
      // It may have been moved to another host, or deleted, while the scan was on its way.
      if (!subject || present?.hostName !== address.hostName || present.port !== address.port) return false;
      const stored = await tables.hostKeys.list(owner);
      const { changed, fresh, vanished } = compareHostKeys(stored, scanned);
      for (const key of vanished) await tables.hostKeys.remove(owner, key.publicKey);
      const trust = policy === 'first-use' && !stored.some((key) => key.status === 'PINNED');
      await noteSeen(tables, subject, trust ? scanned : fresh, trust, caller);
      const known = stored.filter((key) => key.status === 'CHANGED').map((key) => key.publicKey);
      const unknown = changed.filter((key) => !known.includes(key.publicKey));
      for (const key of unknown) await tables.hostKeys.put(owner, hostKeyRow(key, 'CHANGED', clock.now()));
      if (unknown.length > 0) await block(tables, subject, stored, changed);
      return changed.length > 0;
    });

  const scan: HostKeyObserver['scan'] = async (address, caller) => {
    if (address.jumpHosts.length > 0)
      throw conflict(
        `${address.hostName} lies behind ${address.jumpHosts.length === 1 ? 'a jump host' : 'jump hosts'}, so it cannot be asked for its keys: give those that the site publishes (hostKeys)`,
      );
    checkRunning(address);
    const { owner, name, hostName, port, budget } = address;
    const scanned = await clusters.scanHostKeys({
      clusterKey: clusterKeyOf(owner),
      hostName,
      port,
      cluster: { name, budget: budgetOf(budget) },
    });
    const changed = await observe(address, scanned, caller);
    if (changed) clusters.closeChannels({ clusterKey: clusterKeyOf(address.owner) });
  };

  const isBlocked = async (tables: SubjectTables & Pick<Tables, 'hostKeys'>, owner: HostKeyOwner) =>
    blockedReasonOf(await findSubject(tables, owner)) !== null ||
    (await tables.hostKeys.list(owner)).some((key) => key.status === 'CHANGED');

  const note = async (owner: HostKeyOwner): Promise<void> => {
    const subject = await findSubject(store, owner);
    if (!subject || (await isBlocked(store, owner))) return;
    const { jumpHosts } = addressOfSubject(subject);
    let remark =
      jumpHosts.length > 0
        ? ` It may also have been a jump host on the way (${jumpHosts.map((jump) => jump.hostName).join(', ')}).`
        : ' A second look showed the pinned key again: several machines may share this name.';
    try {
      if (jumpHosts.length === 0) await scan(addressOfSubject(subject), null);
    } catch (error) {
      if (!isAppError(error)) throw error;
      remark = ` A second look failed: ${error.message}`;
    }
    await store.transaction(async (tables) => {
      if (await isBlocked(tables, owner)) return;
      await block(tables, subject, await tables.hostKeys.list(owner), [], remark);
    });
    clusters.closeChannels({ clusterKey: clusterKeyOf(owner) });
  };

  const noted = new Map<string, Promise<void>>();

  return {
    scan,
    scanNew: async (address, caller) => {
      let timer: NodeJS.Timeout | undefined;
      const patience = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, patienceMs);
      });
      // Whatever becomes of it: the keys stay pending, and the host can be asked again.
      await Promise.race([scan(address, caller).catch(() => undefined), patience]);
      clearTimeout(timer);
    },
    noteChange: (clusterKey) => {
      const running =
        noted.get(clusterKey) ?? note(ownerOfClusterKey(clusterKey)).finally(() => noted.delete(clusterKey));
      noted.set(clusterKey, running);
      return running;
    },
  };
};
