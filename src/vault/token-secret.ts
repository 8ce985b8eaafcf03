/** Access tokens, sessions and one-time links: random secrets of which only a hash is stored (promise 25). */
import { hash, randomBytes, timingSafeEqual } from 'node:crypto';

/** A fresh secret of `bytes` random bytes (at least 16) as base64url text. */
export const newSecret = (bytes = 32): string => {
  if (!Number.isInteger(bytes) || bytes < 16) throw new RangeError('a secret has at least 16 bytes');
  return randomBytes(bytes).toString('base64url');
};

/** What is stored: SHA-256 as 64 hex digits. A fast hash suffices because the secret is random, not chosen. */
export const hashSecret = (secret: string): string => hash('sha256', secret, 'hex');

/** Compares in a time that depends on neither content nor length. */
export const equalSecret = (one: string, other: string): boolean =>
  timingSafeEqual(Buffer.from(hashSecret(one)), Buffer.from(hashSecret(other)));
