/** Checks a host's signature, so that the agent signs only within a session that the pinned host itself vouches for. */
import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { WireError, wireReader } from './wire.ts';

const curves = {
  'ecdsa-sha2-nistp256': { name: 'nistp256', crv: 'P-256', digest: 'sha256', size: 32 },
  'ecdsa-sha2-nistp384': { name: 'nistp384', crv: 'P-384', digest: 'sha384', size: 48 },
  'ecdsa-sha2-nistp521': { name: 'nistp521', crv: 'P-521', digest: 'sha512', size: 66 },
} as const;

const isCurve = (type: string): type is keyof typeof curves => Object.hasOwn(curves, type);

const publicJwk = (jwk: Record<string, string>): KeyObject => createPublicKey({ key: jwk, format: 'jwk' });

/** An mpint as a fixed-width number. */
const fixed = (mpint: Buffer, size: number): Buffer => {
  const number = mpint.length > size && mpint[0] === 0 ? mpint.subarray(1) : mpint;
  if (number.length > size) throw new WireError('number too long');
  return Buffer.concat([Buffer.alloc(size - number.length), number]);
};

const check = (hostKey: Uint8Array, data: Uint8Array, signature: Uint8Array): boolean => {
  const key = wireReader(hostKey);
  const proof = wireReader(signature);
  const type = key.text();
  const algorithm = proof.text();
  const blob = proof.bytes();
  proof.end();
  if (type === 'ssh-ed25519' && algorithm === type) {
    const x = key.bytes().toString('base64url');
    key.end();
    return verify(null, data, publicJwk({ kty: 'OKP', crv: 'Ed25519', x }), blob);
  }
  if (type === 'ssh-rsa' && (algorithm === 'rsa-sha2-256' || algorithm === 'rsa-sha2-512')) {
    const e = key.bytes().toString('base64url');
    const n = fixed(key.bytes(), 2048);
    key.end();
    const modulus = n.subarray(n.findIndex((byte) => byte !== 0)).toString('base64url');
    const publicKey = publicJwk({ kty: 'RSA', n: modulus, e });
    return verify(algorithm === 'rsa-sha2-256' ? 'sha256' : 'sha512', data, publicKey, blob);
  }
  if (isCurve(type) && algorithm === type) {
    const curve = curves[type];
    const name = key.text();
    const point = key.bytes();
    key.end();
    if (name !== curve.name || point.length !== 1 + 2 * curve.size || point[0] !== 4) return false;
    const x = point.subarray(1, 1 + curve.size).toString('base64url');
    const y = point.subarray(1 + curve.size).toString('base64url');
    const pair = wireReader(blob);
    const raw = Buffer.concat([fixed(pair.bytes(), curve.size), fixed(pair.bytes(), curve.size)]);
    pair.end();
    const publicKey = publicJwk({ kty: 'EC', crv: curve.crv, x, y });
    return verify(curve.digest, data, { key: publicKey, dsaEncoding: 'ieee-p1363' }, raw);
  }
  return false;
};

/** True when `signature` (an SSH signature blob) over `data` was made by `hostKey` (an SSH key blob). Never throws. */
export const hostSignatureHolds = (hostKey: Uint8Array, data: Uint8Array, signature: Uint8Array): boolean => {
  try {
    return check(hostKey, data, signature);
  } catch {
    return false;
  }
};
