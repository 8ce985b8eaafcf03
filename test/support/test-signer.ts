/** A fresh key that signs, standing in for the vault in tests of rooms that only know the `Signer` port. */
import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import type { Signer } from '#core/ports/signer.ts';

export type TestKeyType = 'ed25519' | 'rsa' | 'ecdsa';

export interface TestSigner extends Signer {
  /** `type base64`, for `authorized_keys`. */
  publicKey: string;
  /** `SHA256:…` */
  fingerprint: string;
  /** OpenSSL PEM text of the private key, for rivals that want a file. */
  privatePem: string;
  /** How often a signature was made. */
  signatures(): number;
}

const field = (bytes: Uint8Array | string): Buffer => {
  const content = Buffer.from(bytes);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length);
  return Buffer.concat([length, content]);
};

/** An SSH mpint of an unsigned big-endian number. */
const mpint = (bytes: Uint8Array): Buffer => {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start += 1;
  const number = Buffer.from(bytes.subarray(start));
  return field((number[0] ?? 0) & 0x80 ? Buffer.concat([Buffer.from([0]), number]) : number);
};

const part = (key: KeyObject, name: 'x' | 'y' | 'n' | 'e'): Buffer =>
  Buffer.from(key.export({ format: 'jwk' })[name] ?? '', 'base64url');

const makeKey = (type: TestKeyType): { privateKey: KeyObject; publicBlob: Buffer; name: string } => {
  if (type === 'ed25519') {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    return {
      privateKey,
      name: 'ssh-ed25519',
      publicBlob: Buffer.concat([field('ssh-ed25519'), field(part(publicKey, 'x'))]),
    };
  }
  if (type === 'rsa') {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    return {
      privateKey,
      name: 'ssh-rsa',
      publicBlob: Buffer.concat([field('ssh-rsa'), mpint(part(publicKey, 'e')), mpint(part(publicKey, 'n'))]),
    };
  }
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const name = 'ecdsa-sha2-nistp256';
  const point = Buffer.concat([Buffer.from([4]), part(publicKey, 'x'), part(publicKey, 'y')]);
  return { privateKey, name, publicBlob: Buffer.concat([field(name), field('nistp256'), field(point)]) };
};

export const createTestSigner = (type: TestKeyType = 'ed25519'): TestSigner => {
  const { privateKey, publicBlob, name } = makeKey(type);
  let count = 0;
  const signature = (data: Uint8Array, flags: number): Buffer => {
    if (type === 'ed25519') return Buffer.concat([field(name), field(sign(null, data, privateKey))]);
    if (type === 'rsa') {
      if (flags !== 2 && flags !== 4) throw new Error(`an RSA key signs with flags 2 or 4, not ${flags}`);
      const digest = flags === 4 ? 'sha512' : 'sha256';
      return Buffer.concat([
        field(`rsa-sha2-${flags === 4 ? 512 : 256}`),
        field(sign(digest, data, privateKey)),
      ]);
    }
    const raw = sign('sha256', data, { key: privateKey, dsaEncoding: 'ieee-p1363' });
    return Buffer.concat([
      field(name),
      field(Buffer.concat([mpint(raw.subarray(0, 32)), mpint(raw.subarray(32))])),
    ]);
  };
  return {
    publicBlob,
    publicKey: `${name} ${publicBlob.toString('base64')}`,
    fingerprint: `SHA256:${createHash('sha256').update(publicBlob).digest('base64').replace(/=+$/, '')}`,
    privatePem: privateKey.export({
      type: type === 'rsa' ? 'pkcs1' : type === 'ecdsa' ? 'sec1' : 'pkcs8',
      format: 'pem',
    }) as string,
    signatures: () => count,
    sign: async (data, flags) => {
      count += 1;
      return signature(data, flags);
    },
  };
};
