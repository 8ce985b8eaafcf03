/** Remembers hosts that cannot be reached: they are not dialled by everybody at once. */
import type { Clock } from '#core/clock.ts';
import { AppError, isAppError } from '#core/errors.ts';
import type { ClusterTarget } from '#core/ports/cluster-access.ts';
import type { SshLimits } from './limits.ts';

/** More entries than this and expired ones are dropped. */
const tidyAt = 5_000;

export interface Breaker {
  /** @throws AppError `host_unreachable` when it is too early to try again */
  check(target: ClusterTarget): void;
  succeeded(target: ClusterTarget): void;
  failed(target: ClusterTarget, error: unknown): void;
}

export const createBreaker = (
  limits: Pick<SshLimits, 'backOffMs' | 'maxBackOffMs'>,
  clock: Clock,
  random: () => number = Math.random,
): Breaker => {
  const hosts = new Map<
    string,
    { until: number; delay: number; sentence: string; details: Record<string, unknown> }
  >();
  const hostKey = ({ hostName, port }: ClusterTarget) => `${hostName}:${port}`;
  const tidy = (): void => {
    if (hosts.size < tidyAt) return;
    for (const [key, { until }] of hosts) if (until < clock.now()) hosts.delete(key);
  };

  return {
    check(target) {
      const now = clock.now();
      const host = hosts.get(hostKey(target));
      if (host && host.until > now) {
        throw new AppError('host_unreachable', 502, host.sentence, {
          details: { ...host.details, retryAfterMs: host.until - now },
        });
      }
    },
    succeeded(target) {
      hosts.delete(hostKey(target));
    },
    failed(target, error) {
      const now = clock.now();
      if (isAppError(error, 'host_unreachable')) {
        const before = hosts.get(hostKey(target))?.delay ?? limits.backOffMs / 2;
        const delay = Math.min(before * 2, limits.maxBackOffMs);
        tidy();
        hosts.set(hostKey(target), {
          delay,
          until: now + delay * (0.5 + random() / 2),
          sentence: error.message,
          details: error.details,
        });
      }
    },
  };
};
