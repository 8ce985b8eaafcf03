/**
 * Host keys as people see them and decide on them (promise 16).
 *
 * What a decision means. While nothing has changed, `confirm` adds to the pins. While a change waits for a decision,
 * `confirm` names all that is trusted from now on: the new fingerprints where the site has changed its keys, the old ones
 * where it has not; what is not named is forgotten, so a key that the host has given up is not trusted any longer.
 * `hostKeys` always pins exactly these. Either way the cluster is open again, and a host that still shows something else
 * blocks it anew.
 */
import type { Caller, OrganisationScope, WorkspaceScope } from '#core/caller.ts';
import { clusterKeyOf, type HostKeyOwner } from '#core/clusters.ts';
import { badRequest, notFound } from '#core/errors.ts';
import type { HostKeyActions, HostKeyView } from '#core/ports/actions.ts';
import type { Tables } from '#core/ports/store.ts';
import { record } from './cluster-audit.ts';
import { normalFingerprint, parseHostKeys } from './host-key-lines.ts';
import {
  addressOfSubject,
  auditTargetOf,
  blockedReasonOf,
  createHostKeyObserver,
  findSubject,
  fingerprintsOf,
  type HostKeyObserver,
  hostKeyRow,
  isWithin,
  type ObserverDeps,
  type Subject,
} from './observe-host-keys.ts';

export interface HostKeyDeps extends ObserverDeps {
  /** After pins have been decided: what waited for them can be checked again. */
  onDecided(owner: HostKeyOwner): void;
}

export interface HostKeys extends HostKeyActions, HostKeyObserver {
  /** Pins exactly these keys, within the transaction of whatever they belong to. @throws AppError 400 */
  pin(tables: Tables, owner: HostKeyOwner, lines: readonly string[], caller: Caller): Promise<void>;
}

export const createHostKeys = (deps: HostKeyDeps): HostKeys => {
  const { store, clusters, clock, onDecided } = deps;
  const observer = createHostKeyObserver(deps);

  const find = async (
    caller: Caller,
    scope: OrganisationScope | WorkspaceScope,
    owner: HostKeyOwner,
  ): Promise<Subject> => {
    const subject = await findSubject(store, owner);
    if (subject && isWithin(subject, caller, scope)) return subject;
    throw notFound(owner.kind === 'identity' ? 'managed identity' : 'compute environment', owner.id);
  };

  const view = async (owner: HostKeyOwner): Promise<HostKeyView> => {
    const hostKeys = await store.hostKeys.list(owner);
    const blocked = blockedReasonOf(await findSubject(store, owner));
    if (blocked !== null || hostKeys.some((key) => key.status === 'CHANGED')) {
      const what = blocked ?? 'The host showed another key than the pinned one.';
      const cure =
        'Confirm the new fingerprints if the site has changed its keys, the old ones if it has not.';
      return { status: 'CHANGED', hostKeys, message: `${what} ${cure}` };
    }
    if (hostKeys.some((key) => key.status === 'PINNED')) return { status: 'PINNED', hostKeys, message: null };
    const message =
      hostKeys.length > 0
        ? 'Compare the fingerprints with those that the site publishes, then confirm them. Until then no key is offered.'
        : 'The host has not shown its keys yet. Ask it again with scan=true, or give the keys that the site publishes.';
    return { status: 'PENDING', hostKeys, message };
  };

  const pin: HostKeys['pin'] = async (tables, owner, lines, caller) => {
    const now = clock.now();
    const keys = parseHostKeys(lines);
    const stored = await tables.hostKeys.list(owner);
    const trusted = new Set(keys.map((key) => key.publicKey));
    const removed = stored.filter((old) => old.status !== 'PENDING' && !trusted.has(old.publicKey));
    for (const key of removed) await tables.hostKeys.remove(owner, key.publicKey);
    for (const key of keys) {
      const before = stored.find((old) => old.publicKey === key.publicKey);
      if (before?.status === 'PINNED') continue;
      const row = hostKeyRow(key, 'PINNED', now, caller.userName);
      await tables.hostKeys.put(owner, { ...row, firstSeen: before?.firstSeen ?? now });
    }
    const subject = await findSubject(tables, owner);
    if (!subject) return;
    await record(tables, now, caller, 'host_key_confirmed', auditTargetOf(subject), {
      previousState: fingerprintsOf(stored.filter((key) => key.status === 'PINNED')),
      newState: fingerprintsOf(keys),
    });
  };

  /** @throws AppError 400 listing what the host has shown */
  const confirm = async (tables: Tables, owner: HostKeyOwner, wanted: readonly string[], caller: Caller) => {
    const stored = await tables.hostKeys.list(owner);
    const names = new Set(wanted.map(normalFingerprint));
    const chosen = stored.filter((key) => names.has(key.fingerprint));
    const strange = [...names].filter((name) => !chosen.some((key) => key.fingerprint === name));
    if (strange.length > 0 || chosen.length === 0) {
      const known =
        stored.map((key) => `${key.fingerprint} (${key.type})`).join(', ') || 'nothing yet, scan first';
      const what = strange.length > 0 ? `unknown ${strange.join(', ')}` : 'name at least one fingerprint';
      throw badRequest(`confirm: ${what}. The host has shown: ${known}`, { field: 'confirm' });
    }
    const undecided =
      blockedReasonOf(await findSubject(tables, owner)) !== null ||
      stored.some((key) => key.status === 'CHANGED');
    const kept = undecided ? [] : stored.filter((key) => key.status === 'PINNED');
    const trusted = [...kept, ...chosen].map((key) => key.publicKey);
    await pin(tables, owner, trusted, caller);
  };

  return {
    ...observer,
    pin,
    list: async (caller, scope, owner, how) => {
      const subject = await find(caller, scope, owner);
      if (how.scan) await observer.scan(addressOfSubject(subject), caller);
      return view(owner);
    },
    decide: async (caller, scope, owner, decision) => {
      await find(caller, scope, owner);
      await store.transaction(async (tables) => {
        if (decision.hostKeys) await pin(tables, owner, decision.hostKeys, caller);
        else await confirm(tables, owner, decision.confirm ?? [], caller);
        if (owner.kind === 'identity') await tables.identities.update(owner.id, { blockedReason: null });
      });
      clusters.closeChannels({ clusterKey: clusterKeyOf(owner) });
      onDecided(owner);
      return view(owner);
    },
  };
};
