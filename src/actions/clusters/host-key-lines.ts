/** Host keys as text: what people paste, and what a new look at a host means beside what is pinned. Pure. */
import { createHash } from 'node:crypto';
import type { HostKey } from '#core/clusters.ts';
import { badRequest } from '#core/errors.ts';
import type { ScannedHostKey } from '#core/ports/cluster-access.ts';

const types = new Set([
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'ssh-rsa',
]);

const refuse = (line: string, why: string) =>
  badRequest(`hostKeys: "${line.slice(0, 60)}${line.length > 60 ? '…' : ''}" ${why}`, { field: 'hostKeys' });

/** Fields that fill the blob exactly, the first of them the type (RFC 4253 section 6.6). */
const isKeyBlob = (blob: Buffer, type: string): boolean => {
  const fields: Buffer[] = [];
  let at = 0;
  while (at + 4 <= blob.length) {
    const end = at + 4 + blob.readUInt32BE(at);
    fields.push(blob.subarray(at + 4, end));
    at = end;
  }
  return at === blob.length && fields.length > 1 && fields[0]?.toString('latin1') === type;
};

/** What may stand before a key: of an authority that certifies hosts, or of one that is not trusted any more. */
const markers = ['@cert-authority', '@revoked'];

/** A pin that stands for every host key that an authority has certified. */
const isAuthority = ({ publicKey }: Pick<HostKey, 'publicKey'>): boolean =>
  publicKey.startsWith('@cert-authority ');

/**
 * One host key, as in a `.pub` file or in `known_hosts` (what `ssh-keyscan` prints); host and comment are dropped, the
 * markers `@cert-authority` and `@revoked` kept.
 * @throws AppError 400
 */
export const parseHostKey = (line: string): ScannedHostKey => {
  const words = line.trim().split(/\s+/);
  const marker = words[0]?.startsWith('@') ? `${words.shift()} ` : '';
  if (marker !== '' && !markers.includes(marker.trim()))
    throw refuse(line, `has a marker other than ${markers.join(' and ')}`);
  const at = words.findIndex((word) => types.has(word));
  const type = words[at];
  const base64 = words[at + 1];
  if (at < 0 || at > 1 || !type || !base64) {
    throw refuse(line, `is no SSH host key: give "type base64" with one of ${[...types].join(', ')}`);
  }
  const blob = Buffer.from(base64, 'base64');
  if (blob.toString('base64') !== base64 || !isKeyBlob(blob, type)) {
    throw refuse(line, 'is cut short or damaged: paste the whole line');
  }
  const digest = createHash('sha256').update(blob).digest('base64').replace(/=+$/, '');
  return { type, publicKey: `${marker}${type} ${base64}`, fingerprint: `SHA256:${digest}` };
};

/** Several lines, blank ones and comments left out, each key once. @throws AppError 400 when none is left */
export const parseHostKeys = (lines: readonly string[]): ScannedHostKey[] => {
  const keys = lines
    .flatMap((text) => text.split(/\r?\n/))
    .filter((line) => line.trim() !== '' && !line.trim().startsWith('#'))
    .map(parseHostKey);
  if (keys.length === 0) throw badRequest('hostKeys: give at least one host key', { field: 'hostKeys' });
  return [...new Map(keys.map((key) => [key.publicKey, key])).values()];
};

/** As typed or copied: with or without `SHA256:`, blanks and padding. */
export const normalFingerprint = (text: string): string =>
  `SHA256:${text
    .trim()
    .replace(/^SHA256:/i, '')
    .replace(/=+$/, '')}`;

export interface HostKeyChanges {
  /** Shown instead of what is pinned. */
  changed: ScannedHostKey[];
  /** Not known yet, and not in the place of a pinned one. */
  fresh: ScannedHostKey[];
  /** Seen before, never confirmed, no longer shown. */
  vanished: HostKey[];
}

/**
 * What a host shows now beside what is stored. Changed is a key of a type that is pinned with another value, and every
 * key where the host shows none of the pinned ones. A further key of a type that is not pinned is merely new: a site
 * that adds Ed25519 to its RSA key has changed nothing.
 */
export const compareHostKeys = (
  stored: readonly HostKey[],
  scanned: readonly ScannedHostKey[],
): HostKeyChanges => {
  const pinned = stored.filter((key) => key.status === 'PINNED');
  const isPinned = (key: ScannedHostKey) => pinned.some((pin) => pin.publicKey === key.publicKey);
  const isChanged = (key: ScannedHostKey) =>
    pinned.length > 0 &&
    !isPinned(key) &&
    (!scanned.some(isPinned) || pinned.some((pin) => pin.type === key.type));
  // Keys may come and go where an authority vouches for them; a plain look at the host shows no certificates.
  if (pinned.some(isAuthority)) return { changed: [], fresh: [], vanished: [] };
  const known = new Set(stored.map((key) => key.publicKey));
  const shown = new Set(scanned.map((key) => key.publicKey));
  return {
    changed: scanned.filter(isChanged),
    fresh: scanned.filter((key) => !known.has(key.publicKey) && !isChanged(key)),
    vanished: stored.filter((key) => key.status === 'PENDING' && !shown.has(key.publicKey)),
  };
};
