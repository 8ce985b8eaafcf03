/** Fingerprints as OpenSSH prints them. */
import { createHash } from 'node:crypto';

/** `SHA256:…` of a key blob. */
const fingerprintOfBlob = (blob: Uint8Array): string =>
  `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;

/** `SHA256:…` of `type base64`. */
export const fingerprint = (publicKey: string): string =>
  fingerprintOfBlob(Buffer.from(publicKey.split(' ')[1] ?? '', 'base64'));
