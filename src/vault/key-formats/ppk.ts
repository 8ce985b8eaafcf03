/** PuTTY's private key files, versions 2 and 3: no library reads version 3 or any key but RSA. */
import {
  type Argon2Algorithm,
  argon2Sync,
  createDecipheriv,
  createHash,
  createHmac,
  type KeyObject,
  timingSafeEqual,
} from 'node:crypto';
import { readWire, wireString } from '../ssh-wire.ts';
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

/** KiB. PuTTYgen's default is 8 MiB; two workers may do this at once. */
const MAX_ARGON2_MEMORY = 256 * 1024;
/** KiB times passes: 4 GiB, some 6 s. */
const MAX_ARGON2_WORK = 4 * 1024 * 1024;
const MAX_ARGON2_LANES = 16;

const AES_KEY_BYTES = 32;
const IV_BYTES = 16;
const MAC_KEY_BYTES = 32;

interface PpkFile {
  version: 2 | 3;
  type: string;
  encryption: string;
  comment: string;
  publicBlob: Buffer;
  privateBlob: Buffer;
  mac: Buffer;
  fields: Map<string, string>;
}

const parse = (text: string): PpkFile => {
  const lines = text.split('\n');
  const fields = new Map<string, string>();
  const blobs = new Map<string, Buffer>();
  for (let at = 0; at < lines.length; at += 1) {
    const [, name, value = ''] = /^([A-Za-z0-9-]+):[ ]?(.*)$/.exec(lines[at] ?? '') ?? [];
    if (name === undefined) continue;
    const count = /^(Public|Private)-Lines$/.test(name) ? Number(value) : Number.NaN;
    if (Number.isSafeInteger(count)) {
      const body = lines.slice(at + 1, at + 1 + count);
      if (body.length < count || body.some((line) => line.includes(':'))) throw truncated();
      blobs.set(name, Buffer.from(body.join(''), 'base64'));
      at += count;
    } else fields.set(name, value);
  }
  const [header] = [...fields.keys()].filter((name) => name.startsWith('PuTTY-User-Key-File-'));
  const version = Number(header?.slice('PuTTY-User-Key-File-'.length));
  if (version !== 2 && version !== 3)
    throw badKey(
      'This version of PuTTY key file is not supported. Open it in a current PuTTYgen and save it again.',
    );
  const [publicBlob, privateBlob] = [blobs.get('Public-Lines'), blobs.get('Private-Lines')];
  const mac = /^[0-9a-f]+/i.exec(fields.get('Private-MAC') ?? '')?.[0];
  if (publicBlob === undefined || privateBlob === undefined || mac === undefined) throw truncated();
  return {
    version,
    type: fields.get(header ?? '') ?? '',
    encryption: fields.get('Encryption') ?? 'none',
    comment: fields.get('Comment') ?? '',
    publicBlob,
    privateBlob,
    mac: Buffer.from(mac, 'hex'),
    fields,
  };
};

interface Secrets {
  key: Buffer;
  iv: Buffer;
  macKey: Buffer;
}

const sha1 = (...parts: (string | Uint8Array)[]): Buffer =>
  parts.reduce((hash, part) => hash.update(part), createHash('sha1')).digest();

const secretsOfVersion2 = (passphrase: Buffer): Secrets => ({
  key: Buffer.concat([0, 1].map((n) => sha1(Buffer.from([0, 0, 0, n]), passphrase))).subarray(
    0,
    AES_KEY_BYTES,
  ),
  iv: Buffer.alloc(IV_BYTES),
  macKey: sha1('putty-private-key-file-mac-key', passphrase),
});

const ARGON2: Record<string, Argon2Algorithm> = {
  Argon2d: 'argon2d',
  Argon2i: 'argon2i',
  Argon2id: 'argon2id',
};

const secretsOfVersion3 = (fields: Map<string, string>, passphrase: Buffer): Secrets => {
  const algorithm = ARGON2[fields.get('Key-Derivation') ?? ''];
  if (algorithm === undefined) throw unsupportedCipher();
  const [memory, passes, parallelism] = ['Memory', 'Passes', 'Parallelism'].map((name) =>
    Number(/^\d{1,10}$/.exec(fields.get(`Argon2-${name}`) ?? '')?.[0] ?? 0),
  ) as [number, number, number];
  if (memory > MAX_ARGON2_MEMORY || memory * passes > MAX_ARGON2_WORK || parallelism > MAX_ARGON2_LANES)
    throw tooCostly();
  const nonce = Buffer.from(fields.get('Argon2-Salt') ?? '', 'hex');
  const tagLength = AES_KEY_BYTES + IV_BYTES + MAC_KEY_BYTES;
  try {
    const all = argon2Sync(algorithm, { message: passphrase, nonce, memory, passes, parallelism, tagLength });
    return {
      key: all.subarray(0, AES_KEY_BYTES),
      iv: all.subarray(AES_KEY_BYTES, AES_KEY_BYTES + IV_BYTES),
      macKey: all.subarray(AES_KEY_BYTES + IV_BYTES),
    };
  } catch {
    throw damaged();
  }
};

const secretsOf = (file: PpkFile, passphrase: Buffer): Secrets => {
  if (file.encryption === 'none') {
    const none = Buffer.alloc(0);
    const macKey = file.version === 2 ? secretsOfVersion2(none).macKey : none;
    return { key: none, iv: none, macKey };
  }
  if (file.encryption !== 'aes256-cbc') throw unsupportedCipher();
  if (file.privateBlob.length === 0 || file.privateBlob.length % IV_BYTES !== 0) throw truncated();
  if (passphrase.length === 0) throw passphraseMissing();
  return file.version === 2 ? secretsOfVersion2(passphrase) : secretsOfVersion3(file.fields, passphrase);
};

const macFits = (file: PpkFile, macKey: Buffer, plain: Buffer): boolean =>
  // Old PuTTYs wrote the comment in the machine's own character set.
  (['utf8', 'latin1'] as const).some((encoding) => {
    const parts = [file.type, file.encryption, Buffer.from(file.comment, encoding), file.publicBlob, plain];
    const mac = createHmac(file.version === 2 ? 'sha1' : 'sha256', macKey)
      .update(Buffer.concat(parts.map(wireString)))
      .digest();
    return mac.length === file.mac.length && timingSafeEqual(mac, file.mac);
  });

const readKey = (type: string, publicBlob: Buffer, plain: Buffer): KeyObject => {
  const open = readWire(publicBlob);
  const secret = readWire(plain);
  if (open.text() !== type) throw damaged();
  if (type === 'ssh-ed25519') return ed25519Key(secret.bytes());
  if (type === 'ssh-rsa') {
    const [e, n] = [open.bytes(), open.bytes()];
    const [d, p, q, iqmp] = [secret.bytes(), secret.bytes(), secret.bytes(), secret.bytes()];
    return rsaKey({ n, e, d, p, q, iqmp });
  }
  return ecKey(open.text(), open.bytes(), secret.bytes());
};

const read = (text: string, passphrase: Buffer): { key: KeyObject; publicBlob: Buffer } => {
  const file = parse(text);
  requireSupportedType(file.type);
  if (typeOf(file.publicBlob) !== file.type) throw damaged();
  const encrypted = file.encryption !== 'none';
  const { key, iv, macKey } = secretsOf(file, passphrase);
  const plain = encrypted
    ? createDecipheriv('aes-256-cbc', key, iv).setAutoPadding(false).update(file.privateBlob)
    : file.privateBlob;
  try {
    if (!macFits(file, macKey, plain)) throw encrypted ? passphraseWrong() : damaged();
    return { key: readKey(file.type, file.publicBlob, plain), publicBlob: file.publicBlob };
  } finally {
    for (const secret of [plain, key, iv, macKey]) secret.fill(0);
  }
};

/** Reads the normalised text of a PuTTY key file. @throws AppError `key_unusable` */
export const readPpk = (text: string, passphrase: Buffer): { key: KeyObject; publicBlob: Buffer } => {
  try {
    return read(text, passphrase);
  } catch (error) {
    if (error instanceof RangeError) throw truncated();
    throw error;
  }
};
