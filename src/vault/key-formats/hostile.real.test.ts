/** Pasted files made to exhaust or to crash: each is answered with a sentence, quickly. */
import * as fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { uint32 } from '../ssh-wire.ts';
import { der, derUnsigned, OBJECT_ID, OCTET_STRING, SEQUENCE } from './der.ts';
import { contentOfFile, createKeyMaker } from './make-keys.ts';
import { armour, bodyOf, effort, outcome, refusal } from './refusal.ts';

const PASSPHRASE = 'korrekt Pferd Bätterie';
const make = createKeyMaker();
afterAll(() => make.remove());

const edFile = make.sshKeygen('-t', 'ed25519');
const ed = contentOfFile(edFile);
const edPublic = contentOfFile(`${edFile}.pub`);
const encrypted = contentOfFile(make.sshKeygen('-t', 'ed25519', '-N', PASSPHRASE, '-a', '1'));
const rsaFile = make.sshKeygen('-t', 'rsa', '-b', '2048', '-m', 'PEM');
const rsa = contentOfFile(rsaFile);

describe('files that would cost minutes or gigabytes', () => {
  const quickly = (pasted: string): string => {
    let sentence = '';
    expect(effort(() => (sentence = refusal(pasted, PASSPHRASE)))).toBeLessThan(200);
    return sentence;
  };

  test('bcrypt rounds', () => {
    const body = bodyOf(encrypted);
    const rounds = body.indexOf(uint32(1), body.indexOf('bcrypt') + 6 + 4 + 4 + 16);
    for (const many of [601, 0x7fffffff, 0xffffffff]) {
      body.writeUInt32BE(many, rounds);
      expect(quickly(armour('OPENSSH PRIVATE KEY', body))).toMatch(/too much time or memory/);
    }
  });

  test('argon2 memory, passes and lanes', () => {
    const ppk = contentOfFile(make.puttygen(PASSPHRASE, '-t', 'ed25519', '-O', 'private'));
    const large = 'Argon2-Memory: 393216\nArgon2-Passes: 1';
    expect(quickly(ppk.replace(/Argon2-Memory: .*\nArgon2-Passes: .*/, large))).toMatch(/too much/);
    expect(quickly(ppk.replace(/Argon2-Passes: .*/, 'Argon2-Passes: 1000000'))).toMatch(/too much/);
    expect(quickly(ppk.replace(/Argon2-Parallelism: .*/, 'Argon2-Parallelism: 5000'))).toMatch(/too much/);
    expect(quickly(ppk.replace(/Argon2-Memory: .*/, 'Argon2-Memory: 99999999999999999999'))).toMatch(
      /damaged|too much/,
    );
  });

  test('iterations of PBKDF2 and work of scrypt in PKCS#8', () => {
    const oid = (hex: string) => der(OBJECT_ID, Buffer.from(hex, 'hex'));
    const number = (value: number) => derUnsigned(uint32(value));
    const salt = der(OCTET_STRING, Buffer.alloc(16, 1));
    const cipher = der(SEQUENCE, oid('60864801650304012a'), salt);
    const file = (kdf: Buffer) =>
      armour(
        'ENCRYPTED PRIVATE KEY',
        der(
          SEQUENCE,
          der(SEQUENCE, oid('2a864886f70d01050d'), der(SEQUENCE, kdf, cipher)),
          der(OCTET_STRING, Buffer.alloc(64, 2)),
        ),
      );
    const pbkdf2 = (count: number) =>
      file(der(SEQUENCE, oid('2a864886f70d01050c'), der(SEQUENCE, salt, number(count))));
    const scrypt = (n: number, r: number, p: number) =>
      file(der(SEQUENCE, oid('2b06010401da47040b'), der(SEQUENCE, salt, number(n), number(r), number(p))));
    expect(quickly(pbkdf2(0x7fffffff))).toMatch(/too much/);
    expect(quickly(scrypt(16_384, 8, 16_000))).toMatch(/too much/);
    expect(quickly(pbkdf2(1000))).toMatch(/does not open/);
    expect(quickly(scrypt(1024, 8, 1))).toMatch(/does not open/);
  });
});

describe('any bytes', () => {
  test('whatever is pasted, the answer is a key or a sentence', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.constantFrom(...ed.split('\n'), ...rsa.split('\n').slice(0, 5), ...encrypted.split('\n')),
      fc.constantFrom(
        'PuTTY-User-Key-File-3: ssh-rsa',
        'Private-Lines: 99999',
        'Proc-Type: 4,ENCRYPTED',
        '\\n',
        edPublic,
      ),
      fc.base64String({ maxLength: 300 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), fc.constantFrom('\n', '', '\r\n'), (pieces, glue) => {
        expect(outcome(pieces.join(glue), 'x')).toMatch(/^(key_unusable|SHA256:)/);
      }),
      { numRuns: 1000 },
    );
  });

  test('flipped bits in the decoded body never crash and never give another key', () => {
    const original = outcome(ed);
    const body = bodyOf(ed);
    for (let at = 0; at < body.length; at += 1) {
      const changed = Buffer.from(body);
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
      expect(['key_unusable', original]).toContain(outcome(armour('OPENSSH PRIVATE KEY', changed)));
    }
  });
});

test('regular expressions stay quick on hostile text of full length', () => {
  const hostile = [
    'no-'.repeat(20_000),
    'a '.repeat(30_000),
    `ssh-rsa AAAA${'A'.repeat(60_000)}!`,
    '-'.repeat(60_000),
    '-----BEGIN A-----'.repeat(3_500),
    'from= '.repeat(10_000),
    '\\'.repeat(60_000),
    `-----BEGIN RSA PRIVATE KEY-----${'Proc-Type:4,ENCRYPTED '.repeat(2_800)}-----END RSA PRIVATE KEY-----`,
  ];
  for (const text of hostile) {
    const ms = effort(() => expect(outcome(text)).toBe('key_unusable'));
    expect(ms, text.slice(0, 10)).toBeLessThan(200);
  }
});
