/**
 * Remembers what failed: a key that was refused twice is not offered again for a while (sshd and ban lists count
 * refusals against our address), a host that cannot be reached is not dialled by everybody at once.
 */
import type { Clock } from '#core/clock.ts';
import { AppError, isAppError } from '#core/errors.ts';
import type { ClusterTarget } from '#core/ports/cluster-access.ts';
import { clusterError, hostLabel } from './explain.ts';
import type { SshLimits } from './limits.ts';

const refusalsBeforeBlock = 2;
/** More entries than this and expired ones are dropped. */
const tidyAt = 5_000;

export interface Breaker {
  /** @throws AppError `credential_blocked`, `host_unreachable` when it is too early to try again */
  check(target: ClusterTarget): void;
  succeeded(target: ClusterTarget): void;
  failed(target: ClusterTarget, error: unknown): void;
  /** Forgets refusals of one cluster, one credential (the part before `@`), or both. */
  forgive(match: { clusterKey?: string; credential?: string }): void;
}

/** Credentials whose keys a way takes, whatever their version: that of the cluster, and those of jump hosts. */
export const credentialsOf = ({ credentialKey, through = [] }: ClusterTarget): string[] =>
  [credentialKey, ...through.flatMap((host) => host.credentialKey ?? [])].map((key) =>
    key.replace(/@[^@]*$/, ''),
  );

interface Refusals {
  count: number;
  until: number;
  clusterKey: string;
  credentials: readonly string[];
}

export const createBreaker = (
  limits: Pick<SshLimits, 'blockedMs' | 'backOffMs' | 'maxBackOffMs'>,
  clock: Clock,
  random: () => number = Math.random,
): Breaker => {
  const refusals = new Map<string, Refusals>();
  const hosts = new Map<
    string,
    { until: number; delay: number; sentence: string; details: Record<string, unknown> }
  >();
  const hostKey = ({ hostName, port }: ClusterTarget) => `${hostName}:${port}`;
  const keyKey = ({ clusterKey, credentialKey, userName }: ClusterTarget) =>
    JSON.stringify([clusterKey, credentialKey, userName]);
  const tidy = (map: Map<string, { until: number }>): void => {
    if (map.size < tidyAt) return;
    for (const [key, { until }] of map) if (until < clock.now()) map.delete(key);
  };

  return {
    check(target) {
      const now = clock.now();
      const refused = refusals.get(keyKey(target));
      if (refused && refused.count >= refusalsBeforeBlock && refused.until > now) {
        const minutes = Math.ceil((refused.until - now) / 60_000);
        throw clusterError(
          'credential_blocked',
          409,
          target,
          `${hostLabel(target)} has refused ${target.userName}'s key ${refused.count} times, so it is not offered again ` +
            `for ${minutes} min. Correct the account or replace the key, and check it again.`,
          { retryAfterMs: refused.until - now },
        );
      }
      const host = hosts.get(hostKey(target));
      if (host && host.until > now) {
        throw new AppError('host_unreachable', 502, host.sentence, {
          details: { ...host.details, retryAfterMs: host.until - now },
        });
      }
    },
    succeeded(target) {
      refusals.delete(keyKey(target));
      hosts.delete(hostKey(target));
    },
    failed(target, error) {
      const now = clock.now();
      if (isAppError(error, 'credential_refused')) {
        const before = refusals.get(keyKey(target));
        tidy(refusals);
        refusals.set(keyKey(target), {
          count: (before && before.until > now ? before.count : 0) + 1,
          until: now + limits.blockedMs,
          clusterKey: target.clusterKey,
          credentials: credentialsOf(target),
        });
      }
      if (isAppError(error, 'host_unreachable')) {
        const before = hosts.get(hostKey(target))?.delay ?? limits.backOffMs / 2;
        const delay = Math.min(before * 2, limits.maxBackOffMs);
        tidy(hosts);
        hosts.set(hostKey(target), {
          delay,
          until: now + delay * (0.5 + random() / 2),
          sentence: error.message,
          details: error.details,
        });
      }
    },
    forgive({ clusterKey, credential }) {
      for (const [key, entry] of refusals) {
        const meant =
          (clusterKey === undefined || entry.clusterKey === clusterKey) &&
          (credential === undefined || entry.credentials.includes(credential));
        if (meant) refusals.delete(key);
      }
    },
  };
};
