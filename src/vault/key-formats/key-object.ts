/** From the numbers of a key to a KeyObject: what OpenSSH and PuTTY files hold has no DER form of its own. */
import { createPrivateKey, type KeyObject } from 'node:crypto';
import { readWire } from '../ssh-wire.ts';
import { BIT_STRING, der, derUnsigned, OBJECT_ID, OCTET_STRING, SEQUENCE } from './der.ts';
import { damaged, dsaKey, securityKey, unsupportedType } from './unusable.ts';

/** OIDs of the curves, DER-encoded, by the curve's name in SSH. */
const CURVES: Record<string, string> = {
  nistp256: '2a8648ce3d030107',
  nistp384: '2b81040022',
  nistp521: '2b81040023',
};
const ED25519 = Buffer.from('2b6570', 'hex');

const fromDer = (key: Buffer, type: 'pkcs1' | 'pkcs8' | 'sec1'): KeyObject => {
  try {
    return createPrivateKey({ key, format: 'der', type });
  } catch {
    throw damaged();
  } finally {
    key.fill(0);
  }
};

const toBigInt = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString('hex') || '0'}`);

const remainder = (of: Uint8Array, prime: Uint8Array): Buffer => {
  const modulus = toBigInt(prime) - 1n;
  if (modulus <= 0n) throw damaged();
  const hex = (toBigInt(of) % modulus).toString(16);
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
};

export interface RsaNumbers {
  n: Buffer;
  e: Buffer;
  d: Buffer;
  p: Buffer;
  q: Buffer;
  /** q⁻¹ mod p */
  iqmp: Buffer;
}

export const rsaKey = ({ n, e, d, p, q, iqmp }: RsaNumbers): KeyObject => {
  const numbers = [Buffer.alloc(1), n, e, d, p, q, remainder(d, p), remainder(d, q), iqmp];
  return fromDer(der(SEQUENCE, ...numbers.map(derUnsigned)), 'pkcs1');
};

/** `point` is the public point, `secret` the private number. */
export const ecKey = (curve: string, point: Buffer, secret: Buffer): KeyObject => {
  const oid = CURVES[curve];
  if (oid === undefined) throw unsupportedType();
  return fromDer(
    der(
      SEQUENCE,
      derUnsigned(Buffer.from([1])),
      der(OCTET_STRING, secret),
      der(0xa0, der(OBJECT_ID, Buffer.from(oid, 'hex'))),
      der(0xa1, der(BIT_STRING, Buffer.alloc(1), point)),
    ),
    'sec1',
  );
};

export const ed25519Key = (seed: Buffer): KeyObject => {
  if (seed.length !== 32) throw damaged();
  const algorithm = der(SEQUENCE, der(OBJECT_ID, ED25519));
  const secret = der(OCTET_STRING, der(OCTET_STRING, seed));
  return fromDer(der(SEQUENCE, derUnsigned(Buffer.alloc(1)), algorithm, secret), 'pkcs8');
};

/** Refuses types that can be told from the public half alone, before any passphrase is asked for. */
export const requireSupportedType = (type: string): void => {
  if (type.startsWith('sk-')) throw securityKey();
  if (type === 'ssh-dss') throw dsaKey();
  if (!/^(ssh-rsa|ssh-ed25519|ecdsa-sha2-nistp(256|384|521))$/.test(type)) throw unsupportedType();
};

/** Type and curve of a public blob. @throws RangeError when it is cut off */
export const typeOf = (publicBlob: Uint8Array): string => readWire(publicBlob).text();
