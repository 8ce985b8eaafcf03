/** Whole private keys of a kind that is not accepted, or whose halves do not fit. */
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { uint32, wireString } from '../ssh-wire.ts';
import { der, derUnsigned, OBJECT_ID, OCTET_STRING, SEQUENCE } from './der.ts';
import { contentOfFile, createKeyMaker } from './make-keys.ts';
import { armour, bodyOf, outcome, refusal } from './refusal.ts';

const make = createKeyMaker();
afterAll(() => make.remove());

const edFile = make.sshKeygen('-t', 'ed25519');
const ed = contentOfFile(edFile);
const rsaFile = make.sshKeygen('-t', 'rsa', '-b', '2048', '-m', 'PEM');
const rsa = contentOfFile(rsaFile);

/** PKCS#8 around an algorithm that nobody has. */
const unknownType = armour(
  'PRIVATE KEY',
  der(
    SEQUENCE,
    derUnsigned(Buffer.alloc(1)),
    der(SEQUENCE, der(OBJECT_ID, Buffer.from('2b657f', 'hex'))),
    der(OCTET_STRING, Buffer.alloc(40, 3)),
  ),
);

describe('keys that are not accepted', () => {
  const type = (name: string): string => {
    const blob = Buffer.concat([wireString(name), wireString(Buffer.alloc(32, 1))]);
    const body = [
      wireString('none'),
      wireString('none'),
      wireString(''),
      uint32(1),
      wireString(blob),
      wireString(''),
    ];
    return armour('OPENSSH PRIVATE KEY', Buffer.concat([Buffer.from('openssh-key-v1\0'), ...body]));
  };

  test.each<[string, () => string, RegExp]>([
    ['DSA in OpenSSH format', () => type('ssh-dss'), /is a DSA key/],
    [
      'DSA in PEM',
      () => {
        const parameters = make.openssl('dsaparam', '1024');
        return contentOfFile(make.openssl('gendsa', parameters));
      },
      /is a DSA key/,
    ],
    [
      'DSA of PuTTY',
      () => contentOfFile(make.puttygen('', '-t', 'dsa', '-b', '1024', '-O', 'private')),
      /is a DSA key/,
    ],
    [
      'DSA in legacy PEM',
      () => contentOfFile(make.puttygen('', '-t', 'dsa', '-b', '1024', '-O', 'private-openssh')),
      /is a DSA key/,
    ],
    [
      'RSA with 1024 bits',
      () => contentOfFile(make.openssl('genrsa', '1024')),
      /1024 bits, which is too weak/,
    ],
    [
      'RSA with 1024 bits in OpenSSH format',
      () => contentOfFile(make.sshKeygen('-t', 'rsa', '-b', '1024')),
      /too weak/,
    ],
    [
      'RSA with 1536 bits of PuTTY',
      () => contentOfFile(make.puttygen('', '-t', 'rsa', '-b', '1536', '-O', 'private')),
      /1536 bits/,
    ],
    [
      'secp256k1',
      () => contentOfFile(make.openssl('ecparam', '-name', 'secp256k1', '-genkey')),
      /elliptic curve/,
    ],
    [
      'Ed448',
      () => contentOfFile(make.openssl('genpkey', '-algorithm', 'ed448')),
      /kind of key is not supported/,
    ],
    [
      'Ed448 of PuTTY',
      () => contentOfFile(make.puttygen('', '-t', 'ed448', '-O', 'private')),
      /kind of key is not supported/,
    ],
    [
      'X25519',
      () => contentOfFile(make.openssl('genpkey', '-algorithm', 'x25519')),
      /kind of key is not supported/,
    ],
    [
      'RSA-PSS',
      () => contentOfFile(make.openssl('genpkey', '-algorithm', 'rsa-pss')),
      /kind of key is not supported/,
    ],
    ['PKCS#8 of an unknown type', () => unknownType, /kind of key is not supported/],
    ['security key', () => type('sk-ssh-ed25519@openssh.com'), /hardware security key/],
    ['security key on P-256', () => type('sk-ecdsa-sha2-nistp256@openssh.com'), /hardware security key/],
    [
      'PuTTY for SSH version 1',
      () => {
        const file = make.puttygen('', '-t', 'rsa1', '-b', '1024', '-O', 'private');
        return readFileSync(file, 'latin1');
      },
      /SSH version 1/,
    ],
    [
      'PuTTY version 1',
      () => 'PuTTY-User-Key-File-1: ssh-rsa\nEncryption: none\n',
      /version of PuTTY key file/,
    ],
  ])('%s', (_name, pasted, sentence) => {
    expect(refusal(pasted())).toMatch(sentence);
  });

  test('a public half that belongs to another key', () => {
    const other = bodyOf(contentOfFile(make.sshKeygen('-t', 'ed25519')));
    const mixed = bodyOf(ed);
    // Both files have the same layout: the 32 public bytes begin at 62 (outer) and at 121 (inner).
    const outer = Buffer.from(mixed);
    other.copy(outer, 62, 62, 94);
    expect(refusal(armour('OPENSSH PRIVATE KEY', outer))).toMatch(/damaged/);
    const ec = contentOfFile(make.openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout'));
    const foreign = bodyOf(
      contentOfFile(make.openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout')),
    );
    const swapped = bodyOf(ec);
    foreign.copy(swapped, swapped.length - 64, foreign.length - 64);
    expect(refusal(armour('EC PRIVATE KEY', swapped))).toMatch(/damaged/);
  });

  test('an RSA key whose private part was changed', () => {
    const body = bodyOf(rsa);
    const middle = body.length / 2;
    for (const at of [middle, body.length - 200, body.length - 20].map(Math.floor)) {
      const changed = Buffer.from(body);
      changed[at] = (changed[at] ?? 0) ^ 0x10;
      // OpenSSL mends a bad CRT number with the private exponent: then the key still signs, and is the same key.
      expect(['key_unusable', outcome(rsa)]).toContain(outcome(armour('RSA PRIVATE KEY', changed)));
    }
  });
});
