/** Which stored keys of a run may still be offered, and for what. */
import { AppError, conflict } from '#core/errors.ts';
import type { RunSnapshot } from '#core/runs.ts';

/** A retired key serves cancellations alone, and no longer than it was promised to live. */
export const usable = <Credential extends { retiredAt: number | null; destroyAt: number | null }>(
  credential: Credential | undefined,
  snapshot: RunSnapshot,
  purpose: 'launch' | 'follow' | 'cancel',
  now: number,
): Credential => {
  const whose = `The SSH key of ${snapshot.linuxUser} on ${snapshot.hostName}`;
  if (!credential || (credential.destroyAt !== null && credential.destroyAt <= now)) {
    throw new AppError('not_found', 404, `${whose} that this run was launched with has been deleted.`);
  }
  if (credential.retiredAt !== null && purpose !== 'cancel') {
    throw conflict(`${whose} has been deleted; until it is destroyed it only cancels what it has launched.`);
  }
  return credential;
};
