/** The root key: the one secret outside the database, in a file that only the server's own account can read. */
import { hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  fsyncSync,
  linkSync,
  openSync,
  readSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { AppError } from '#core/errors.ts';

const ROOT_KEY_BYTES = 32;
const PREFIX = 'latchkey-root-v1:';
const MAX_FILE_BYTES = 1024;
const PLACEHOLDER = /change.?me|placeholder|example|default|password|replace|insert|secret|latchkey/i;

const refused = (sentence: string): AppError => new AppError('key_unusable', 500, sentence);

const derive = (key: Uint8Array, purpose: string, bytes: number): Buffer =>
  Buffer.from(hkdfSync('sha256', key, '', `latchkey ${purpose}`, bytes));

const distinct = (bytes: Iterable<number>): number => new Set(bytes).size;

/**
 * Why a key is not random enough, if it is not. Of 32 random bytes about 30 differ, and about 29 of the steps
 * between neighbours: the tests below meet a truly random key less than once in 10⁶.
 */
const weakness = (key: Buffer): string | undefined => {
  const steps = [...key.subarray(1)].map((byte, index) => (byte - (key[index] ?? 0) + 256) % 256);
  const text = key.toString('base64');
  if (distinct(key) === 1) return 'is one byte repeated';
  if (distinct(key) <= 16) return 'repeats itself';
  if (distinct(steps) <= 14) return 'is a simple series';
  if (key.every((byte) => byte >= 0x20 && byte < 0x7f)) return 'is typed text, not random bytes';
  if (!/[a-z]/.test(text) || !/[A-Z]/.test(text)) return 'is a placeholder';
  return undefined;
};

const MAKE_ONE = 'Let Latchkey make one: move this file away and start again (only if nothing is sealed yet)';

const parse = (file: string, text: string): Buffer => {
  const trimmed = text.trim();
  if (trimmed === '') throw refused(`The root key file ${file} is empty. Restore it from your copy.`);
  if (!trimmed.startsWith(PREFIX))
    throw refused(`${file} is not a root key file: it should hold one line that begins with "${PREFIX}".`);
  const body = trimmed.slice(PREFIX.length);
  if (PLACEHOLDER.test(body)) throw refused(`The root key in ${file} is a placeholder. ${MAKE_ONE}.`);
  const key = Buffer.from(body, 'base64');
  if (key.toString('base64') !== body)
    throw refused(`The root key in ${file} is damaged: it is not base64. Restore it from your copy.`);
  if (key.length !== ROOT_KEY_BYTES)
    throw refused(
      `The root key in ${file} has ${key.length} bytes instead of ${ROOT_KEY_BYTES}. Restore it from your copy.`,
    );
  const weak = weakness(key);
  if (weak !== undefined) throw refused(`The root key in ${file} ${weak}. ${MAKE_ONE}.`);
  return key;
};

/**
 * Reads the root key file.
 * @returns the 32 bytes, or `undefined` where there is no file
 * @throws AppError `key_unusable` with a sentence for the operator: readable by others, not a key, damaged, weak
 */
export const loadRootKey = (file: string): Buffer | undefined => {
  let fd: number;
  try {
    fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw refused(`The root key file ${file} cannot be read: ${(error as Error).message}.`);
  }
  const content = Buffer.alloc(MAX_FILE_BYTES + 1);
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile()) throw refused(`The root key ${file} is not a regular file.`);
    if ((stat.mode & 0o077) !== 0) {
      const mode = (stat.mode & 0o777).toString(8).padStart(4, '0');
      throw refused(
        `Others than its owner have access to the root key file ${file} (mode ${mode}). Run: chmod 600 ${file}`,
      );
    }
    const length = readSync(fd, content);
    if (length > MAX_FILE_BYTES) throw refused(`${file} is not a root key file: it is too long.`);
    return parse(file, content.toString('utf8', 0, length));
  } finally {
    content.fill(0);
    closeSync(fd);
  }
};

/**
 * Makes a new root key and its file (mode 0600). The file appears whole or not at all, and never replaces one.
 * @throws AppError `key_unusable` if the file exists or cannot be written
 */
export const createRootKey = (file: string): Buffer => {
  let key = randomBytes(ROOT_KEY_BYTES);
  while (weakness(key) !== undefined || PLACEHOLDER.test(key.toString('base64')))
    key = randomBytes(ROOT_KEY_BYTES);
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  try {
    const fd = openSync(draft, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
    try {
      fchmodSync(fd, 0o600);
      writeSync(fd, `${PREFIX}${key.toString('base64')}\n`);
      fsyncSync(fd);
      linkSync(draft, file);
    } finally {
      closeSync(fd);
      unlinkSync(draft);
    }
    const directory = openSync(dirname(file), constants.O_RDONLY);
    fsyncSync(directory);
    closeSync(directory);
  } catch (error) {
    const exists = (error as NodeJS.ErrnoException).code === 'EEXIST';
    throw refused(
      exists
        ? `The root key file ${file} exists already; it is never overwritten.`
        : `The root key file ${file} cannot be written: ${(error as Error).message}.`,
    );
  }
  return key;
};

/** Short public name of a root key: 16 hex digits, derived, so that it says nothing about the key. */
export const rootKeyId = (key: Uint8Array): string => derive(key, 'root key id v1', 8).toString('hex');

/** The key that wraps data keys. The root key itself encrypts nothing. */
export const wrapKeyOf = (key: Uint8Array): Buffer => derive(key, 'wrap key v1', 32);

/** A check value to store in the database at its creation: shows later whether a root key is the right one. */
export const makeRootKeyProof = (key: Uint8Array): string =>
  `v1:${rootKeyId(key)}:${derive(key, 'root key proof v1', 32).toString('base64url')}`;

/** Whether the stored check value was made with this root key. To be asked at start, before anything is written. */
export const verifyRootKeyProof = (key: Uint8Array, proof: string): boolean => {
  const expected = Buffer.from(makeRootKeyProof(key));
  const actual = Buffer.from(proof);
  return actual.length === expected.length && timingSafeEqual(actual, expected);
};
