import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AppError } from '#core/errors.ts';
import { createRootKey, loadRootKey, makeRootKeyProof, rootKeyId, verifyRootKeyProof } from './root-key.ts';

let directory: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'latchkey-root-'));
  file = join(directory, 'root.key');
});
afterEach(() => rmSync(directory, { recursive: true }));

const put = (content: string, mode = 0o600): void => {
  writeFileSync(file, content);
  chmodSync(file, mode);
};
const line = (key: Uint8Array): string => `latchkey-root-v1:${Buffer.from(key).toString('base64')}\n`;
const refusal = (): string => {
  try {
    loadRootKey(file);
  } catch (error) {
    if (error instanceof AppError && error.code === 'key_unusable') return error.message;
  }
  throw new Error('was accepted');
};

test('a created key is read back, in a file for its owner alone, and nothing else is left behind', () => {
  const before = process.umask(0);
  const key = createRootKey(file);
  process.umask(before);
  expect(key).toHaveLength(32);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readFileSync(file, 'utf8')).toBe(line(key));
  expect(readdirSync(directory)).toEqual(['root.key']);
  expect(loadRootKey(file)).toEqual(key);
});

test('an existing file is never replaced, and a missing one is not an error', () => {
  expect(loadRootKey(file)).toBeUndefined();
  const key = createRootKey(file);
  expect(() => createRootKey(file)).toThrow(/exists already; it is never overwritten/);
  expect(readdirSync(directory)).toEqual(['root.key']);
  expect(loadRootKey(file)).toEqual(key);
  expect(() => createRootKey(join(directory, 'nowhere', 'root.key'))).toThrow(/cannot be written/);
});

test('line ends and blanks around the key, and a link to it, are no matter', () => {
  const key = createRootKey(file);
  put(`\n  ${line(key).trim()}\r\n`);
  const link = join(directory, 'link');
  symlinkSync(file, link);
  expect(loadRootKey(link)).toEqual(key);
});

describe('promise 7: no default key exists; weak or placeholder keys are refused', () => {
  const random = Buffer.from('9d4b1c7ae05f3388d21961fe70ac05b7e86a92c4133fdd5b0827f1946e3ab0c5', 'hex');

  test.each<[string, string, RegExp]>([
    ['empty', '', /is empty/],
    ['something else', 'hello', /not a root key file/],
    ['bare base64', random.toString('base64'), /not a root key file/],
    ['too long', line(random).repeat(30), /too long/],
    ['not base64', 'latchkey-root-v1:***', /not base64/],
    ['too short', line(random.subarray(1)), /31 bytes instead of 32/],
    ['too many bytes', line(Buffer.concat([random, random])), /64 bytes instead of 32/],
    ['zeros', line(Buffer.alloc(32)), /one byte repeated/],
    ['one byte', line(Buffer.alloc(32, 0xa7)), /one byte repeated/],
    ['a pair repeated', line(Buffer.alloc(32, 'ab')), /repeats itself/],
    [
      'half a key twice',
      line(Buffer.concat([random.subarray(0, 16), random.subarray(0, 16)])),
      /repeats itself/,
    ],
    ['mostly zeros', line(Buffer.concat([random.subarray(0, 12), Buffer.alloc(20)])), /repeats itself/],
    ['a series', line(Buffer.from(Array.from({ length: 32 }, (_, n) => n))), /simple series/],
    [
      'a series of sevens',
      line(Buffer.from(Array.from({ length: 32 }, (_, n) => (n * 7) % 256))),
      /simple series/,
    ],
    ['typed text', line(Buffer.from('Tr0ub4dor&3 is my secret xkcdpw!')), /typed text/],
    ['placeholder', `latchkey-root-v1:CHANGEMEpleaseReplaceThisWithYourOwnKey12AB=`, /placeholder/],
    [
      'placeholder of 32 bytes',
      'latchkey-root-v1:ThisIsAnExampleKey0Change2Me4It6Is8Not9Safe=',
      /placeholder/,
    ],
    ['one case', 'latchkey-root-v1:qwertyuiopasdfghjklzxcvbnm1234567890qwerty0=', /placeholder/],
  ])('%s', (_name, content, sentence) => {
    put(content);
    expect(refusal()).toMatch(sentence);
    expect(refusal()).toContain(file);
  });

  test.each([0o640, 0o604, 0o660, 0o666, 0o620])('mode %o is refused with the cure', (mode) => {
    put(line(random), mode);
    expect(refusal()).toContain(`Run: chmod 600 ${file}`);
    put(line(random), 0o400);
    expect(loadRootKey(file)).toEqual(random);
  });

  test('a directory or a device is no key file', () => {
    file = directory;
    chmodSync(file, 0o700);
    expect(refusal()).toMatch(/not a regular file/);
    file = '/dev/null';
    expect(refusal()).toMatch(/not a regular file/);
  });
});

describe('promise 7: the wrong root key is noticed before anything is written', () => {
  const one = Buffer.from(Array.from({ length: 32 }, (_, n) => (n * 91 + n * n) % 256));
  const other = Buffer.from(one).fill(1, 31);

  test('a proof fits its own key alone', () => {
    const proof = makeRootKeyProof(one);
    expect(verifyRootKeyProof(one, proof)).toBe(true);
    expect(verifyRootKeyProof(other, proof)).toBe(false);
    expect(verifyRootKeyProof(one, proof.slice(0, -1))).toBe(false);
    expect(verifyRootKeyProof(one, '')).toBe(false);
  });

  test('id and proof hold nothing of the key, and keep their values from release to release', () => {
    expect(rootKeyId(one)).toMatch(/^[0-9a-f]{16}$/);
    expect(rootKeyId(one)).not.toBe(rootKeyId(other));
    expect(makeRootKeyProof(one)).toMatch(new RegExp(`^v1:${rootKeyId(one)}:[A-Za-z0-9_-]{43}$`));
    expect(makeRootKeyProof(one)).not.toContain(one.toString('base64url').slice(0, 12));
    expect(rootKeyId(Buffer.alloc(32, 1))).toBe('9ab6e8291dcd1be2');
  });
});
