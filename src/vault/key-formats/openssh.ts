/**
 * Private keys in OpenSSH's own format (`openssh-key-v1`).
 *
 * Read here because the library at hand knows neither chacha20-poly1305 nor a limit for the rounds of bcrypt,
 * and returns the key as text, which cannot be wiped. The bcrypt itself is the library's.
 */
import { createDecipheriv, type KeyObject } from 'node:crypto';
import { readWire, type WireReader } from '../ssh-wire.ts';
import { bcryptPbkdf } from './bcrypt.ts';
import { ecKey, ed25519Key, requireSupportedType, rsaKey, typeOf } from './key-object.ts';
import {
  badKey,
  damaged,
  passphraseMissing,
  passphraseWrong,
  tooCostly,
  truncated,
  unsupportedCipher,
} from './unusable.ts';

const MAGIC = 'openssh-key-v1\0';
/** ssh-keygen's default is 16 to 24. About 20 ms per round: at most some 12 s of a worker. */
const MAX_BCRYPT_ROUNDS = 600;
const MAX_SALT_BYTES = 1024;

interface Cipher {
  name: string;
  keyBytes: number;
  ivBytes: number;
  blockBytes: number;
  tagBytes: number;
}

const cbcOrCtr = (name: string, keyBytes: number, blockBytes = 16): Cipher => ({
  name,
  keyBytes,
  ivBytes: blockBytes,
  blockBytes,
  tagBytes: 0,
});
const gcm = (name: string, keyBytes: number): Cipher => ({
  name,
  keyBytes,
  ivBytes: 12,
  blockBytes: 16,
  tagBytes: 16,
});

/** All that ssh-keygen can write (`ssh -Q cipher`). */
const CIPHERS = new Map<string, Cipher>([
  ...[128, 192, 256].flatMap((bits): [string, Cipher][] => [
    [`aes${bits}-ctr`, cbcOrCtr(`aes-${bits}-ctr`, bits / 8)],
    [`aes${bits}-cbc`, cbcOrCtr(`aes-${bits}-cbc`, bits / 8)],
  ]),
  ['rijndael-cbc@lysator.liu.se', cbcOrCtr('aes-256-cbc', 32)],
  ['3des-cbc', cbcOrCtr('des-ede3-cbc', 24, 8)],
  ['aes128-gcm@openssh.com', gcm('aes-128-gcm', 16)],
  ['aes256-gcm@openssh.com', gcm('aes-256-gcm', 32)],
  [
    'chacha20-poly1305@openssh.com',
    { name: 'chacha20', keyBytes: 64, ivBytes: 0, blockBytes: 8, tagBytes: 16 },
  ],
]);

const decipher = (cipher: Cipher, secrets: Buffer, encrypted: Buffer, tag: Buffer): Buffer => {
  const key = secrets.subarray(0, cipher.keyBytes);
  const iv = secrets.subarray(cipher.keyBytes);
  if (cipher.name === 'chacha20') {
    // Key 1 of 2, packet number 0, block counter 1. The tag (Poly1305 is not in node:crypto) adds nothing here:
    // check numbers, padding and the fit of private and public half show a wrong passphrase or a changed file.
    const counterAndNonce = Buffer.alloc(16);
    counterAndNonce[0] = 1;
    return createDecipheriv('chacha20', key.subarray(0, 32), counterAndNonce).update(encrypted);
  }
  if (cipher.name === 'aes-128-gcm' || cipher.name === 'aes-256-gcm') {
    const open = createDecipheriv(cipher.name, key, iv, { authTagLength: 16 }).setAuthTag(tag);
    const plain = open.update(encrypted);
    open.final();
    return plain;
  }
  return createDecipheriv(cipher.name, key, iv).setAutoPadding(false).update(encrypted);
};

const readNumbers = (type: string, body: WireReader): KeyObject => {
  if (type === 'ssh-ed25519') {
    const publicHalf = body.bytes();
    const secret = body.bytes();
    if (secret.length !== 64 || !secret.subarray(32).equals(publicHalf)) throw damaged();
    return ed25519Key(secret.subarray(0, 32));
  }
  if (type === 'ssh-rsa') {
    const [n, e, d, iqmp, p, q] = [
      body.bytes(),
      body.bytes(),
      body.bytes(),
      body.bytes(),
      body.bytes(),
      body.bytes(),
    ];
    return rsaKey({ n, e, d, iqmp, p, q });
  }
  const curve = body.text();
  if (type !== `ecdsa-sha2-${curve}`) throw damaged();
  return ecKey(curve, body.bytes(), body.bytes());
};

const readPlain = (plain: Buffer, type: string, wasEncrypted: boolean): KeyObject => {
  const body = readWire(plain);
  if (body.uint32() !== body.uint32()) throw wasEncrypted ? passphraseWrong() : damaged();
  if (body.text() !== type) throw damaged();
  const key = readNumbers(type, body);
  body.bytes(); // the comment
  if (!body.rest().every((byte, index) => byte === index + 1)) throw damaged();
  return key;
};

const deriveSecrets = (kdf: string, options: Buffer, passphrase: Buffer, bytes: number): Buffer => {
  if (kdf !== 'bcrypt') throw unsupportedCipher();
  const read = readWire(options);
  const salt = read.bytes();
  const rounds = read.uint32();
  if (rounds > MAX_BCRYPT_ROUNDS || salt.length > MAX_SALT_BYTES) throw tooCostly();
  if (passphrase.length === 0) throw passphraseMissing();
  return bcryptPbkdf(passphrase, salt, bytes, rounds);
};

const read = (file: Buffer, passphrase: Buffer): { key: KeyObject; publicBlob: Buffer } => {
  const body = readWire(file);
  if (body.take(MAGIC.length).toString('latin1') !== MAGIC) throw damaged();
  const cipherName = body.text();
  const kdf = body.text();
  const kdfOptions = body.bytes();
  const count = body.uint32();
  if (count !== 1) throw badKey('This file holds several private keys. Paste a file that holds just one.');
  const publicBlob = body.bytes();
  const type = typeOf(publicBlob);
  requireSupportedType(type);
  const secretPart = body.bytes();
  if (cipherName === 'none') return { key: readPlain(secretPart, type, false), publicBlob };

  const cipher = CIPHERS.get(cipherName);
  if (cipher === undefined) throw unsupportedCipher();
  const tag = body.take(cipher.tagBytes);
  if (secretPart.length === 0 || secretPart.length % cipher.blockBytes !== 0) throw damaged();
  const secrets = deriveSecrets(kdf, kdfOptions, passphrase, cipher.keyBytes + cipher.ivBytes);
  let plain: Buffer | undefined;
  try {
    plain = decipher(cipher, secrets, secretPart, tag);
  } catch {
    throw passphraseWrong();
  } finally {
    secrets.fill(0);
  }
  try {
    return { key: readPlain(plain, type, true), publicBlob };
  } finally {
    plain.fill(0);
  }
};

/**
 * Reads the decoded body of an OPENSSH PRIVATE KEY block.
 * @returns the key, and the public half that the file states
 * @throws AppError `key_unusable`
 */
export const readOpenssh = (file: Buffer, passphrase: Buffer): { key: KeyObject; publicBlob: Buffer } => {
  try {
    return read(file, passphrase);
  } catch (error) {
    if (error instanceof RangeError) throw truncated();
    throw error;
  }
};
