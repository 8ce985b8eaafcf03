/** PEM and DER private keys: OpenSSL reads them; this file first judges what they are and what opening would cost. */
import { createPrivateKey, getCiphers, type KeyObject, type PrivateKeyInput } from 'node:crypto';
import { type DerNode, INTEGER, OBJECT_ID, OCTET_STRING, readDer, SEQUENCE, smallInteger } from './der.ts';
import {
  damaged,
  dsaKey,
  passphraseMissing,
  passphraseWrong,
  tooCostly,
  truncated,
  unsupportedCipher,
  unsupportedType,
} from './unusable.ts';

/** Ten million cost some 2.5 s; openssl's default is 2048, common advice at most one million. */
const MAX_ITERATIONS = 10_000_000;
/** N·r·p; openssl's default is 2¹⁷, and 2²² costs some 1.5 s. */
const MAX_SCRYPT_WORK = 2 ** 22;

const SCRYPT = '2b06010401da47040b';
/** PBES1 and PKCS#12 with DES, RC2 or RC4, and DES, RC2 and RC5 in PBES2: OpenSSL 3 no longer has them. */
const OUTDATED =
  /^(2a864886f70d0105(01|03|04|06|0a|0b)|2a864886f70d010c01(01|02|05|06)|2b0e030207|2a864886f70d030[29])$/;
/** RSA, elliptic curves, Ed25519: what a PKCS#8 key may be. DSA and RSA-PSS are read too, and refused later. */
const KNOWN_TYPES = /^(2a864886f70d01010[1a]|2a8648ce3d0201|2b6570|2a8648ce380401)$/;

const children = (node: DerNode | undefined): DerNode[] => {
  if (node?.tag !== SEQUENCE) throw new TypeError('not a sequence');
  return readDer(node.content);
};

const oidOf = (parts: DerNode[]): string =>
  parts.find((part) => part.tag === OBJECT_ID)?.content.toString('hex') ?? '';

/**
 * Refuses an encryption that OpenSSL does not know, or whose key derivation would run for minutes: it cannot be
 * interrupted. Looks at every level, since PBES1, PBES2 and PKCS#12 nest their numbers differently.
 */
const judgeEncryption = (algorithm: DerNode): void => {
  const parts = children(algorithm);
  const oid = oidOf(parts);
  if (OUTDATED.test(oid)) throw unsupportedCipher();
  for (const part of parts) {
    if (part.tag === INTEGER && smallInteger(part) > MAX_ITERATIONS) throw tooCostly();
    if (part.tag !== SEQUENCE) continue;
    const numbers = readDer(part.content).filter((inner) => inner.tag === INTEGER);
    const [n = 1, r = 1, p = 1] = numbers.map(smallInteger);
    if (oid === SCRYPT && n * r * p > MAX_SCRYPT_WORK) throw tooCostly();
    judgeEncryption(part);
  }
};

const openPlain = (key: Buffer, type: 'pkcs1' | 'pkcs8' | 'sec1'): KeyObject => {
  try {
    return createPrivateKey({ key, format: 'der', type });
  } catch {
    throw damaged();
  }
};

/** OpenSSL's error does not tell a wrong passphrase from a damaged file: one in 256 wrong ones decrypts to rubbish. */
const openEncrypted = (parameters: PrivateKeyInput): KeyObject => {
  try {
    return createPrivateKey(parameters);
  } catch {
    throw passphraseWrong();
  }
};

const read = (body: Buffer, passphrase: Buffer): KeyObject => {
  const fields = children(readDer(body)[0]);
  const [first, second] = fields;
  if (first?.tag === SEQUENCE && second?.tag === OCTET_STRING) {
    judgeEncryption(first);
    if (passphrase.length === 0) throw passphraseMissing();
    return openEncrypted({ key: body, format: 'der', type: 'pkcs8', passphrase });
  }
  if (first?.tag !== INTEGER) throw damaged();
  if (second?.tag === SEQUENCE) {
    if (!KNOWN_TYPES.test(oidOf(children(second)))) throw unsupportedType();
    return openPlain(body, 'pkcs8');
  }
  if (second?.tag === OCTET_STRING) return openPlain(body, 'sec1');
  if (fields.length === 6) throw dsaKey();
  return openPlain(body, 'pkcs1');
};

/** Turns what reading DER throws into sentences. */
const guarded = <Result>(work: () => Result): Result => {
  try {
    return work();
  } catch (error) {
    if (error instanceof RangeError) throw truncated();
    if (error instanceof TypeError) throw damaged();
    throw error;
  }
};

/**
 * Reads the decoded body of a PEM block: PKCS#1, PKCS#8, encrypted PKCS#8 or SEC1, told apart by content.
 * @throws AppError `key_unusable`
 */
export const readPem = (body: Buffer, passphrase: Buffer): KeyObject => guarded(() => read(body, passphrase));

/** The `DEK-Info` line of a legacy encrypted PEM block. */
export interface DekInfo {
  cipher: string;
  iv: string;
}

/** Reads a legacy encrypted PEM block. @throws AppError `key_unusable` */
export const readLegacyPem = (label: string, dek: DekInfo, body: Buffer, passphrase: Buffer): KeyObject => {
  if (!getCiphers().includes(dek.cipher.toLowerCase())) throw unsupportedCipher();
  if (passphrase.length === 0) throw passphraseMissing();
  const block = dek.cipher.startsWith('DES') ? 8 : 16;
  if (body.length === 0 || body.length % block !== 0) throw truncated();
  const lines = body
    .toString('base64')
    .match(/.{1,64}/g)
    ?.join('\n');
  const head = `Proc-Type: 4,ENCRYPTED\nDEK-Info: ${dek.cipher},${dek.iv}\n`;
  const key = Buffer.from(`-----BEGIN ${label}-----\n${head}\n${lines}\n-----END ${label}-----\n`);
  try {
    return openEncrypted({ key, format: 'pem', passphrase });
  } finally {
    key.fill(0);
  }
};
