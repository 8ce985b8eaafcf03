/**
 * The stop button of a cluster (`POST /identities/{id}/suspend`, `…/resume`). What stands in the database is what counts: each
 * replica looks there about twice a second, so a button pressed at one of them stops all, and a restart changes nothing.
 * Going on also means that keys which the cluster has refused are offered again: the cure after an outage of its accounts.
 */
import { suspendedSentence } from '#core/budgets.ts';
import type { Caller, OrganisationScope } from '#core/caller.ts';
import type { Clock } from '#core/clock.ts';
import { clusterKeyOf, type HostKeyOwner, type ManagedIdentity } from '#core/clusters.ts';
import type { SuspensionActions } from '#core/ports/actions.ts';
import type { ClusterAccess } from '#core/ports/cluster-access.ts';
import type { Store, Tables } from '#core/ports/store.ts';
import { identityTarget, record } from './cluster-audit.ts';
import { findIdentity } from './identities.ts';

const everyMs = 400;

export interface SuspensionDeps {
  store: Pick<Store, 'identities' | 'transaction'>;
  clusters: Pick<ClusterAccess, 'suspend'>;
  clock: Clock;
  log: { error(fields: object, message: string): void };
  wake(): void;
  /** Environments that could not be checked meanwhile are checked again. */
  onResumed(owner: HostKeyOwner): void;
  /** Its status reader, which had been refused, may try again: it counts once the cluster has said who it is. */
  onReaderReset(caller: Caller, scope: OrganisationScope, identityId: number): void;
}

export interface Suspensions extends SuspensionActions {
  /** Tells the channels what is suspended now. */
  sync(): Promise<void>;
  /** Goes on looking, until it is stopped. @returns stops it */
  watch(): () => void;
}

const nameOf = ({ name }: Pick<ManagedIdentity, 'name'>): string => `managed identity ${name}`;

export const createSuspensions = (deps: SuspensionDeps): Suspensions => {
  const { store, clusters, clock, log, wake } = deps;

  let last: Promise<void> = Promise.resolve();
  /** One after another: an older look never undoes a newer one, nor does its failure, which its own caller has. */
  const sync = (): Promise<void> => {
    const next = last
      .catch(() => undefined)
      .then(async () => {
        const found = await store.identities.listSuspended();
        clusters.suspend(
          new Map(
            found.flatMap((identity) =>
              identity.suspension
                ? [
                    [
                      clusterKeyOf({ kind: 'identity', id: identity.id }),
                      suspendedSentence(nameOf(identity), identity.suspension),
                    ],
                  ]
                : [],
            ),
          ),
        );
      });
    last = next;
    return next;
  };

  /** Its runs are looked at now, and say why they wait (or nothing). */
  const stirRuns = async (tables: Tables, id: number, messages: string[]): Promise<string[]> => {
    const now = clock.now();
    const live = await tables.runs.liveOfIdentity(id);
    for (const run of live) await tables.runs.update(run.id, { dueAt: now, messages }, now);
    return live.map((run) => run.id);
  };

  /** Checks that a cluster refused count no more; the sentence stays, for nobody has tried since. */
  const untried = ({ message }: { message: string | null }) => ({
    status: 'unverified' as const,
    message: `Not tried since an owner let it be offered again. Before: ${message ?? 'refused'}`,
  });

  const letRefusedTry = async (
    { managedCredentials, statusReaders }: Tables,
    id: number,
  ): Promise<{ count: number; reader: boolean }> => {
    const all = await managedCredentials.listOfIdentity(id);
    const refused = all.filter(({ status }) => status === 'refused');
    for (const credential of refused) await managedCredentials.update(credential.id, untried(credential));
    const reader = await statusReaders.find(id);
    if (reader?.status !== 'refused') return { count: refused.length, reader: false };
    await statusReaders.update(id, untried(reader));
    return { count: refused.length + 1, reader: true };
  };

  return {
    sync,

    watch: () => {
      let timer: NodeJS.Timeout | undefined;
      let failing = false;
      let stopped = false;
      const look = async (): Promise<void> => {
        try {
          await sync();
          failing = false;
        } catch (error) {
          // What was suspended stays so until the database answers again.
          if (!failing) log.error({ error }, 'could not look which clusters are suspended');
          failing = true;
        }
        if (!stopped) timer = setTimeout(() => void look(), everyMs).unref();
      };
      timer = setTimeout(() => void look(), everyMs).unref();
      return () => {
        stopped = true;
        clearTimeout(timer);
      };
    },

    suspend: async (caller, scope, id, reason) => {
      const identity = await store.transaction(async (tables) => {
        const present = await findIdentity(tables, scope, id);
        if (present.suspension) return present;
        const { userId, userName } = caller;
        const suspension = { since: clock.now(), userId, userName, reason };
        await tables.identities.update(id, { suspension });
        const runs = await stirRuns(tables, id, [suspendedSentence(nameOf(present), suspension)]);
        await record(tables, clock.now(), caller, 'managed_identity_suspended', identityTarget(present), {
          metadata: { reason, runsWaiting: runs.length },
        });
        return { ...present, suspension };
      });
      // Closed before the answer; a repeat makes sure of it.
      await sync();
      wake();
      return identity;
    },

    resume: async (caller, scope, id) => {
      const { identity, resumed, readerReset } = await store.transaction(async (tables) => {
        const present = await findIdentity(tables, scope, id);
        const keysOfferedAgain = await tables.refusedKeys.forgetCluster(
          clusterKeyOf({ kind: 'identity', id }),
        );
        const refused = await letRefusedTry(tables, id);
        if (!present.suspension && keysOfferedAgain === 0 && refused.count === 0)
          return { identity: present, resumed: false, readerReset: false };
        if (present.suspension) await tables.identities.update(id, { suspension: null });
        const runs = await stirRuns(tables, id, []);
        await record(tables, clock.now(), caller, 'managed_identity_resumed', identityTarget(present), {
          metadata: {
            ...(present.suspension && {
              suspendedBy: present.suspension.userName,
              suspendedForMs: clock.now() - present.suspension.since,
            }),
            runsGoingOn: runs.length,
            ...(keysOfferedAgain > 0 && { keysOfferedAgain }),
            ...(refused.count > 0 && { refusedChecksForgotten: refused.count }),
          },
        });
        return {
          identity: { ...present, suspension: null },
          resumed: true,
          readerReset: refused.reader,
        };
      });
      await sync();
      wake();
      if (resumed) deps.onResumed({ kind: 'identity', id });
      if (readerReset) deps.onReaderReset(caller, scope, id);
      return identity;
    },
  };
};
