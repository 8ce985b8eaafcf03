/** Host certificates (PROTOCOL.certkeys of OpenSSH): is this one of a pinned authority, for this host, and valid now? */
import { hostSignatureHolds } from './host-signature.ts';
import { uint32, wireReader, wireString } from './wire.ts';

const suffix = '-cert-v01@openssh.com';
const hostCertificate = 2;
/** Beyond these a certificate is not looked at further. */
const [maxPrincipals, maxName] = [256, 255];

/** Which public fields a key of each type has, in a certificate as in a plain key. */
const publicFields: Record<string, number> = {
  'ssh-ed25519': 1,
  'ssh-rsa': 2,
  'ecdsa-sha2-nistp256': 2,
  'ecdsa-sha2-nistp384': 2,
  'ecdsa-sha2-nistp521': 2,
};

export interface Authorities {
  /** Base64 of the pinned authorities' keys. */
  pinned: ReadonlySet<string>;
  /** Base64 of host keys that are pinned themselves: good whatever certificate they come in. */
  keys: ReadonlySet<string>;
  /** Base64 of keys that are not trusted any more, of hosts or of authorities. */
  revoked: ReadonlySet<string>;
  hostName: string;
  /** Seconds since 1970. */
  now: number;
}

export const isCertificate = (type: string): boolean => type.endsWith(suffix);

/** Big-endian, 64 bits; a validity without an end is beyond what a number holds, which does no harm. */
const seconds = (high: number, low: number): number => high * 2 ** 32 + low;

/**
 * `login*.example.org`, as ssh matches principals of hosts. Linear in the length of both: whoever shows a certificate has
 * chosen them.
 */
export const matches = (pattern: string, hostName: string): boolean => {
  let [at, from, star, mark] = [0, 0, -1, 0];
  const [want, have] = [pattern.toLowerCase(), hostName.toLowerCase()];
  while (at < have.length) {
    if (from < want.length && (want[from] === '?' || want[from] === have[at]) && want[from] !== '*') {
      at += 1;
      from += 1;
    } else if (want[from] === '*') {
      star = from;
      mark = at;
      from += 1;
    } else if (star >= 0) {
      mark += 1;
      at = mark;
      from = star + 1;
    } else return false;
  }
  return /^\**$/.test(want.slice(from));
};

/**
 * The plain key within a host certificate that holds; undefined when it does not. Never throws.
 * @param blob the certificate, as the host shows it
 */
export const certifiedKey = (blob: Uint8Array, authorities: Authorities): Buffer | undefined => {
  try {
    const reader = wireReader(blob);
    const type = reader.text();
    const plainType = type.slice(0, -suffix.length);
    const count = publicFields[plainType];
    if (!isCertificate(type) || count === undefined) return undefined;
    reader.bytes();
    const fields = Array.from({ length: count }, () => reader.bytes());
    reader.uint32();
    reader.uint32();
    const kind = reader.uint32();
    reader.bytes();
    const principals = wireReader(reader.bytes());
    const validAfter = seconds(reader.uint32(), reader.uint32());
    const validBefore = seconds(reader.uint32(), reader.uint32());
    const criticalOptions = reader.bytes();
    reader.bytes();
    reader.bytes();
    const authority = reader.bytes();
    const signature = reader.bytes();
    reader.end();
    const names: string[] = [];
    for (;;) {
      try {
        names.push(principals.text());
      } catch {
        break;
      }
    }
    const plain = Buffer.concat([wireString(plainType), ...fields.map((field) => wireString(field))]);
    const signed = Buffer.from(blob).subarray(0, blob.length - signature.length - uint32(0).length);
    const { pinned, keys, revoked, hostName, now } = authorities;
    if ([authority, plain, Buffer.from(blob)].some((key) => revoked.has(key.toString('base64'))))
      return undefined;
    // As ssh has it: a host that is pinned by its key may show a certificate of somebody else.
    if (keys.has(plain.toString('base64'))) return plain;
    const trusted =
      kind === hostCertificate &&
      criticalOptions.length === 0 &&
      validAfter <= now &&
      now < validBefore &&
      pinned.has(authority.toString('base64')) &&
      hostSignatureHolds(authority, signed, signature) &&
      names.slice(0, maxPrincipals).some((name) => name.length <= maxName && matches(name, hostName));
    return trusted ? plain : undefined;
  } catch {
    return undefined;
  }
};
