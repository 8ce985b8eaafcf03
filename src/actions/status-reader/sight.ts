/** What the launcher needs of status readers, and what it finds out about them: whose jobs they are shown. */

import type { Clock } from '#core/clock.ts';
import {
  credentialName,
  type ManagedIdentity,
  ownerOfClusterKey,
  type StatusReader,
} from '#core/clusters.ts';
import type { ClusterAccess, ReaderTarget } from '#core/ports/cluster-access.ts';
import type { Store, Tables } from '#core/ports/store.ts';
import { record } from '../clusters/cluster-audit.ts';
import { readerTarget } from './target.ts';
import type { ReaderWay } from './way.ts';

/** One that counts, as it is now. */
export interface FoundReader {
  identityId: number;
  keyVersion: number;
  target: ReaderTarget;
  hiddenUsers: readonly string[];
}

export interface ReaderSight {
  /** Linux users whose live jobs it was not shown. */
  hiddenUsers: readonly string[];
}

export interface ReaderSights {
  /** The cluster's reader, if one counts. @throws AppError when its way cannot be gone now */
  find(clusterKey: string): Promise<FoundReader | null>;
  noteSight(reader: FoundReader, sight: ReaderSight): Promise<void>;
  /** The cluster refuses its key: it does not count until somebody changes or verifies it. */
  noteRefused(reader: FoundReader, message: string): Promise<void>;
}

const listed = (names: readonly string[]): string =>
  names.length > 5 ? `${names.slice(0, 5).join(', ')} and ${names.length - 5} more` : names.join(', ');

const sightMessage = (users: readonly string[]): string | null =>
  users.length === 0
    ? null
    : `The scheduler does not show it the jobs of ${listed(users)}. Their runs are followed with the members' own keys.`;

export const createReaderSights = ({
  store,
  way,
  clusters,
  clock,
}: {
  store: Pick<Store, 'identities' | 'statusReaders' | 'transaction'>;
  way: Pick<ReaderWay, 'of'>;
  clusters: Pick<ClusterAccess, 'closeChannels'>;
  clock: Clock;
}): ReaderSights => {
  /** Replaced or deleted meanwhile: what was seen was seen by another. */
  const present = async (
    tables: Tables,
    { identityId, keyVersion }: FoundReader,
  ): Promise<{ reader: StatusReader; identity: ManagedIdentity } | undefined> => {
    const reader = await tables.statusReaders.find(identityId);
    const identity = await tables.identities.find(identityId);
    return reader?.keyVersion === keyVersion && identity ? { reader, identity } : undefined;
  };

  return {
    find: async (clusterKey) => {
      const owner = ownerOfClusterKey(clusterKey);
      if (owner.kind !== 'identity') return null;
      const reader = await store.statusReaders.find(owner.id);
      if (reader?.status !== 'verified') return null;
      const identity = await store.identities.find(owner.id);
      if (!identity) return null;
      return {
        identityId: owner.id,
        keyVersion: reader.keyVersion,
        target: await way.of(identity, reader),
        hiddenUsers: reader.hiddenUsers,
      };
    },

    noteSight: (found, { hiddenUsers }) =>
      store.transaction(async (tables) => {
        const now = clock.now();
        const there = await present(tables, found);
        if (!there) return;
        const before = [...there.reader.hiddenUsers].sort();
        const after = [...hiddenUsers].sort();
        const changed = JSON.stringify(before) !== JSON.stringify(after);
        if (!changed && there.reader.seenAt !== null) return;
        await tables.statusReaders.update(found.identityId, {
          seenAt: now,
          hiddenUsers: after,
          ...(changed && { message: sightMessage(after) }),
        });
        if (!changed) return;
        await record(tables, now, null, 'status_reader_view_changed', readerTarget(there.identity), {
          previousState: { hiddenUsers: before },
          newState: { hiddenUsers: after },
        });
      }),

    noteRefused: async (found, message) => {
      await store.transaction(async (tables) => {
        const there = await present(tables, found);
        if (there?.reader.status !== 'verified') return;
        await tables.statusReaders.update(found.identityId, { status: 'refused', message, verifiedAt: null });
        await record(tables, clock.now(), null, 'status_reader_refused', readerTarget(there.identity), {
          previousState: { status: there.reader.status },
          newState: { status: 'refused' },
          metadata: { purpose: 'follow', reason: message },
        });
      });
      clusters.closeChannels({ credential: credentialName({ kind: 'reader', id: found.identityId }) });
    },
  };
};
