/**
 * A key that was refused twice is not offered again until it is changed, accepted in a check by hand, or an owner gives the
 * keys of its cluster another chance: sshd and ban lists count refusals against our address, which all members share. What
 * counts is the key at that host and account on that way there, so a changed one of these is another key by itself.
 */
import { createHash } from 'node:crypto';
import type { Clock } from '#core/clock.ts';
import { ownerOfClusterKey } from '#core/clusters.ts';
import { AppError, isAppError } from '#core/errors.ts';
import type { ClusterTarget, LoginHost } from '#core/ports/cluster-access.ts';
import type { KeyRefusal, RefusedKeyStore } from '#core/ports/refused-keys.ts';
import { clusterError, hostLabel } from './explain.ts';
import type { OpenChannel } from './pool.ts';

const refusalsAtMost = 2;

export interface RefusedKeys {
  /** @throws AppError `credential_blocked` when a key of this way is not offered any more; never for a check by hand */
  admit(target: ClusterTarget): Promise<void>;
  /** @returns opens as `open` does, where that is admitted, and remembers what became of it */
  sparing(open: OpenChannel): OpenChannel;
}

/** Of a test, or of a process that is not to remember: forgotten at its end. */
export const forgetfulRefusedKeys = (): RefusedKeyStore => {
  const known = new Map<string, KeyRefusal & { count: number }>();
  return {
    find: async (ways) => ways.flatMap((way) => known.get(way) ?? []),
    note: async (refusal) => {
      const count = (known.get(refusal.way)?.count ?? 0) + 1;
      known.set(refusal.way, { ...refusal, count });
      return count;
    },
    forget: async (ways) => {
      for (const way of ways) known.delete(way);
    },
    forgetCluster: async (clusterKey) => {
      const rows = [...known.values()].filter((row) => row.clusterKey === clusterKey);
      for (const { way } of rows) known.delete(way);
      return new Set(rows.map(({ credential }) => credential)).size;
    },
  };
};

/** One key that is offered on the way. */
interface Offer {
  way: string;
  host: LoginHost;
  /** null: of a key that is not stored (yet), which is only ever tried by hand. */
  credential: string | null;
}

const credentialOf = (key: string): string | null => (key.includes(':') ? key.replace(/@[^@]*$/, '') : null);

const offersOf = (target: ClusterTarget): Offer[] => {
  const own = target.check?.of ?? target.credentialKey;
  const hops: unknown[] = [target.clusterKey];
  return [...(target.through ?? []), target].map((host) => {
    const { hostName, port, userName, signer } = host;
    hops.push([hostName, port, userName, Buffer.from(signer.publicBlob).toString('base64')]);
    return {
      way: createHash('sha256').update(JSON.stringify(hops)).digest('base64url'),
      host,
      credential: credentialOf(host === target ? own : (host.credentialKey ?? own)),
    };
  });
};

/** Where it is checked by hand. */
const checkOf = ({ clusterKey, member }: ClusterTarget, credential: string): string => {
  const [kind, id] = credential.split(':');
  if (kind === 'workspace') return `POST /credentials/${id}/validate`;
  if (kind === 'reader') return `POST /identities/${id}/status-reader/verify`;
  const owner = ownerOfClusterKey(clusterKey);
  return owner.kind === 'identity' && member !== undefined
    ? `POST /identities/${owner.id}/credentials/${member}/verify`
    : 'verify';
};

const blocked = (target: ClusterTarget, { host, credential }: Offer, count: number): AppError => {
  const owner = ownerOfClusterKey(target.clusterKey);
  const outage =
    owner.kind === 'identity'
      ? ` If the site had an outage, an owner lets the keys of all members be offered again: POST /identities/${owner.id}/resume.`
      : '';
  return clusterError(
    'credential_blocked',
    409,
    host,
    `${hostLabel(host)} has refused ${host.userName}'s key ${count} times, so it is not offered again until it is changed or ` +
      `checked by hand. Correct the account or replace the key, then check it: ${checkOf(target, credential ?? '')}.${outage}`,
    { refusals: count },
  );
};

/** The host that said no; the target where it cannot be told. */
const refusedOffer = (offers: readonly Offer[], { details }: AppError): Offer | undefined =>
  offers.find(
    ({ host }) =>
      host.hostName === details['host'] &&
      host.port === details['port'] &&
      host.userName === details['userName'],
  ) ?? offers.at(-1);

export const createRefusedKeys = (store: RefusedKeyStore, clock: Clock): RefusedKeys => {
  /** @returns ways of this target that have been refused */
  const look = async (target: ClusterTarget, offers: readonly Offer[]): Promise<string[]> => {
    const found = await store.find(offers.map(({ way }) => way));
    for (const offer of target.check?.byHand ? [] : offers) {
      const { count = 0 } = found.find(({ way }) => way === offer.way) ?? {};
      if (count >= refusalsAtMost) throw blocked(target, offer, count);
    }
    return found.map(({ way }) => way);
  };

  return {
    admit: async (target) => void (await look(target, offersOf(target))),

    sparing: (open) => async (target, signal, signed, plainLogin) => {
      const offers = offersOf(target);
      const refused = await look(target, offers);
      signal.throwIfAborted();
      try {
        const channel = await open(target, signal, signed, plainLogin);
        await store.forget(refused).catch((error: unknown) => {
          channel.close('what became of its login could not be noted');
          throw error;
        });
        return channel;
      } catch (error) {
        if (isAppError(error, 'credential_refused')) {
          const offer = refusedOffer(offers, error);
          if (offer?.credential) {
            const { clusterKey } = target;
            const { way, credential } = offer;
            const refusals = await store.note({ way, clusterKey, credential }, clock.now());
            throw new AppError(error.code, error.status, error.message, {
              details: { ...error.details, refusals, resting: refusals >= refusalsAtMost },
              cause: error,
            });
          }
        }
        throw error;
      }
    },
  };
};
