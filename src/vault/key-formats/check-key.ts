/** The last gate: whatever the format was, only a whole key of an accepted type and size comes through. */
import { createHash, createPublicKey, type KeyObject, randomBytes, sign, verify } from 'node:crypto';
import type { KeyFacts } from '#core/ports/vault.ts';
import { publicBlobOf } from '../public-blob.ts';
import { readWire } from '../ssh-wire.ts';
import { badKey, damaged, dsaKey, unsupportedType } from './unusable.ts';

const MIN_RSA_BITS = 2048;
/** OpenSSH's own limit; a larger one would also keep the signer busy for seconds. */
const MAX_RSA_BITS = 16_384;
const CURVE_BITS: Record<string, number> = { prime256v1: 256, secp384r1: 384, secp521r1: 521 };

/** Size in bits. @throws AppError `key_unusable` for types and sizes that are not accepted */
const bitsOf = (key: KeyObject): number => {
  const details = key.asymmetricKeyDetails;
  if (key.asymmetricKeyType === 'dsa') throw dsaKey();
  if (key.asymmetricKeyType === 'ed25519') return 256;
  if (key.asymmetricKeyType === 'ec') {
    const bits = CURVE_BITS[details?.namedCurve ?? ''];
    if (bits === undefined)
      throw badKey(
        'The elliptic curve of this key is not supported; NIST P-256, P-384, P-521 and Ed25519 are. ' +
          'Make a new key with ssh-keygen -t ed25519.',
      );
    return bits;
  }
  if (key.asymmetricKeyType !== 'rsa') throw unsupportedType();
  const bits = details?.modulusLength ?? 0;
  if (bits < MIN_RSA_BITS)
    throw badKey(
      `This RSA key has ${bits} bits, which is too weak; at least ${MIN_RSA_BITS} are needed. ` +
        'Make a new key with ssh-keygen -t ed25519.',
    );
  if (bits > MAX_RSA_BITS)
    throw badKey(`This RSA key has more than ${MAX_RSA_BITS} bits, which SSH does not support.`);
  return bits;
};

const halvesFit = (key: KeyObject): boolean => {
  try {
    const challenge = randomBytes(32);
    const digest = key.asymmetricKeyType === 'ed25519' ? null : 'sha256';
    return verify(digest, challenge, createPublicKey(key), sign(digest, challenge, key));
  } catch {
    return false;
  }
};

/** What is kept beside the sealed key in clear. */
const factsOf = (publicBlob: Buffer, bits: number): KeyFacts => {
  const type = readWire(publicBlob).text();
  const digest = createHash('sha256').update(publicBlob).digest('base64').replace(/=+$/, '');
  return {
    type,
    bits,
    fingerprint: `SHA256:${digest}`,
    publicKey: `${type} ${publicBlob.toString('base64')}`,
  };
};

/**
 * Checks type, size, and that both halves belong together: with each other and with the public half that the file
 * states. @returns canonical form (PKCS#8 DER; the caller wipes it) and facts. @throws AppError `key_unusable`
 */
export const acceptKey = (key: KeyObject, statedBlob?: Buffer): { pkcs8: Buffer; facts: KeyFacts } => {
  const bits = bitsOf(key);
  const publicBlob = publicBlobOf(key);
  if (statedBlob !== undefined && !publicBlob.equals(statedBlob)) throw damaged();
  if (!halvesFit(key)) throw damaged();
  return { pkcs8: key.export({ format: 'der', type: 'pkcs8' }), facts: factsOf(publicBlob, bits) };
};
