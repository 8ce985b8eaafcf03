/**
 * Keeps pasted keys from getting this service's address banned by a site. Each proof has a channel of its own, so the
 * breaker of the channels never sees a second refusal of the same one. Kept in memory: a restart gives a few tries more.
 */
import type { Clock } from '#core/clock.ts';
import { AppError } from '#core/errors.ts';
import type { ClusterTarget } from '#core/ports/cluster-access.ts';

const mostRefusals = 5;
const windowMs = 10 * 60_000;

/** Counts by host, not by cluster: a site bans by what reaches it, and each environment is a cluster of its own. */
const keyOf = (askedBy: number, { hostName, port }: ClusterTarget): string =>
  `${askedBy} ${hostName.toLowerCase()}:${port}`;

/** @returns proves as `prove` does, and throws AppError 429 with `retryAfterMs`, unconnected, after too many refusals */
export const brakeProofs = <
  Target extends ClusterTarget,
  Request extends { askedBy: number; target(): Promise<Target> },
  Outcome extends { kind: string },
>(
  prove: (request: Request) => Promise<Outcome>,
  clock: Clock,
): ((request: Request) => Promise<Outcome>) => {
  /** When each was refused, oldest first; who was refused last stands last. */
  const refusals = new Map<string, number[]>();

  const recent = (key: string) => (refusals.get(key) ?? []).filter((at) => clock.now() - at < windowMs);

  /** Under way: each may become a refusal, so they count as such until they have ended. */
  const open = new Map<string, number>();

  const check = (key: string, hostName: string): void => {
    const under = open.get(key) ?? 0;
    const refused = recent(key);
    if (refused.length < mostRefusals && refused.length + under >= mostRefusals)
      throw new AppError(
        'too_many_requests',
        429,
        `${under} keys are being tried on ${hostName} for you: wait until that is done. No key was tried now.`,
        { details: { retryAfterMs: 5_000 } },
      );
    const first = refused.at(-mostRefusals);
    if (first === undefined) return;
    const retryAfterMs = first + windowMs - clock.now();
    throw new AppError(
      'too_many_requests',
      429,
      `${mostRefusals} keys did not pass on ${hostName} within ${windowMs / 60_000} minutes, and a site may lock out who ` +
        `goes on like that: try again in ${Math.ceil(retryAfterMs / 60_000)} min. No key was tried now.`,
      { details: { retryAfterMs } },
    );
  };

  const note = (key: string): void => {
    const times = [...recent(key), clock.now()];
    refusals.delete(key);
    refusals.set(key, times);
    for (const oldest of refusals.keys()) {
      if (recent(oldest).length > 0) break;
      refusals.delete(oldest);
    }
  };

  const begin = (key: string): void => void open.set(key, (open.get(key) ?? 0) + 1);
  const end = (key: string): void => {
    const left = (open.get(key) ?? 1) - 1;
    if (left > 0) open.set(key, left);
    else open.delete(key);
  };

  return async (request) => {
    let key = '';
    let begun = false;
    const target = async (): Promise<Target> => {
      const found = await request.target();
      key = keyOf(request.askedBy, found);
      check(key, found.hostName);
      begin(key);
      begun = true;
      return found;
    };
    try {
      const proof = await prove({ ...request, target });
      if (proof.kind === 'proved') refusals.delete(key);
      if (proof.kind === 'refused') note(key);
      return proof;
    } finally {
      if (begun) end(key);
    }
  };
};
