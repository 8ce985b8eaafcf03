/** SSH signatures (RFC 4253, 5656, 8332, 8709) with a key that is opened for this one signature. */
import { createPrivateKey, type KeyObject, sign as signBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { AppError } from '#core/errors.ts';
import { wireMpint, wireString } from './ssh-wire.ts';

/** Flags of the agent protocol. */
const RSA_SHA2_256 = 2;
const RSA_SHA2_512 = 4;

const CURVES: Record<string, { algorithm: string; digest: string }> = {
  prime256v1: { algorithm: 'ecdsa-sha2-nistp256', digest: 'sha256' },
  secp384r1: { algorithm: 'ecdsa-sha2-nistp384', digest: 'sha384' },
  secp521r1: { algorithm: 'ecdsa-sha2-nistp521', digest: 'sha512' },
};

/** In the thread pool: an RSA signature takes milliseconds that the event loop has no time for. */
const signAside = promisify(signBytes);

const rsaAlgorithm = (flags: number): { algorithm: string; digest: string } => {
  if ((flags & RSA_SHA2_256) !== 0) return { algorithm: 'rsa-sha2-256', digest: 'sha256' };
  if ((flags & RSA_SHA2_512) !== 0) return { algorithm: 'rsa-sha2-512', digest: 'sha512' };
  throw new AppError(
    'key_unusable',
    400,
    'The cluster asks for an RSA signature with SHA-1, which is not secure. ' +
      'Use an Ed25519 key there, or ask its administrators to update the SSH server (OpenSSH 7.2 or later).',
  );
};

/** Private key of a canonical form; wipes the bytes. @throws TypeError when they are no key */
export const takeKey = (pkcs8: Buffer): KeyObject => {
  try {
    return createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  } finally {
    pkcs8.fill(0);
  }
};

/**
 * Signs `data`. @returns signature blob: algorithm name and signature
 * @throws AppError `key_unusable` when an RSA signature with SHA-1 is asked for (flags 0)
 */
export const signSsh = async (key: KeyObject, data: Uint8Array, flags: number): Promise<Buffer> => {
  if (key.asymmetricKeyType === 'ed25519')
    return Buffer.concat([wireString('ssh-ed25519'), wireString(await signAside(null, data, key))]);
  if (key.asymmetricKeyType === 'rsa') {
    const { algorithm, digest } = rsaAlgorithm(flags);
    return Buffer.concat([wireString(algorithm), wireString(await signAside(digest, data, key))]);
  }
  const curve = CURVES[key.asymmetricKeyDetails?.namedCurve ?? ''];
  if (curve === undefined) throw new TypeError('not a key type of SSH');
  const pair = await signAside(curve.digest, data, { key, dsaEncoding: 'ieee-p1363' });
  const half = pair.length / 2;
  const numbers = [pair.subarray(0, half), pair.subarray(half)].map(wireMpint);
  return Buffer.concat([wireString(curve.algorithm), wireString(Buffer.concat(numbers))]);
};
