/** What is not a whole private key is refused with a sentence that says what it is, and never quotes it. */
import { afterAll, describe, expect, test } from 'vitest';
import { contentOfFile, createKeyMaker, run } from './make-keys.ts';
import { openPrivateKey } from './open-private-key.ts';
import { armour, refusal } from './refusal.ts';

const PASSPHRASE = 'korrekt Pferd Bätterie';
const make = createKeyMaker();
afterAll(() => make.remove());

const edFile = make.sshKeygen('-t', 'ed25519');
const ed = contentOfFile(edFile);
const edPublic = contentOfFile(`${edFile}.pub`);
const encrypted = contentOfFile(make.sshKeygen('-t', 'ed25519', '-N', PASSPHRASE, '-a', '1'));
const rsaFile = make.sshKeygen('-t', 'rsa', '-b', '2048', '-m', 'PEM');
const rsa = contentOfFile(rsaFile);

describe('something else was pasted', () => {
  test.each<[string, () => string, RegExp]>([
    ['a public key', () => edPublic, /is a public key; it belongs on the cluster.*without "\.pub"/],
    ['a public key in PEM', () => run('openssl', 'rsa', '-in', rsaFile, '-pubout'), /is a public key/],
    [
      'a public key as PuTTYgen saves it',
      () => run('ssh-keygen', '-e', '-f', `${edFile}.pub`),
      /as PuTTYgen saves it.*\.ppk/,
    ],
    [
      'a public key in PKCS#1',
      () => run('ssh-keygen', '-e', '-m', 'PEM', '-f', `${rsaFile}.pub`),
      /is a public key/,
    ],
    ['several public keys', () => edPublic + edPublic, /lines of an authorized_keys file/],
    [
      'an authorized_keys line',
      () => `command="echo hi",no-pty,from="10.0.0.0/8" ${edPublic}`,
      /line of an authorized_keys file/,
    ],
    [
      'a restricted authorized_keys line',
      () => `restrict,pty ${edPublic}`,
      /line of an authorized_keys file/,
    ],
    ['a known_hosts line', () => `login.cluster.example,10.1.2.3 ${edPublic}`, /line of a known_hosts file/],
    [
      'a hashed known_hosts line',
      () => `|1|0123456789abcdefghijk=|9876543210abcdefghijk= ${edPublic}`,
      /known_hosts/,
    ],
    ['a known_hosts line with a port', () => `[login.cluster.example]:2222 ${edPublic}`, /known_hosts/],
    ['a fingerprint', () => run('ssh-keygen', '-l', '-f', edFile), /is the fingerprint of a key/],
    [
      'an SSH certificate',
      () => {
        run('ssh-keygen', '-q', '-s', edFile, '-I', 'me', '-n', 'me', `${edFile}.pub`);
        return contentOfFile(`${edFile}-cert.pub`);
      },
      /is a certificate/,
    ],
    [
      'an X.509 certificate',
      () => contentOfFile(make.openssl('req', '-x509', '-key', rsaFile, '-subj', '/CN=me')),
      /is a certificate/,
    ],
    [
      'a certificate request',
      () => contentOfFile(make.openssl('req', '-new', '-key', rsaFile, '-subj', '/CN=me')),
      /certificate request/,
    ],
    [
      'a public security key',
      () => `sk-ssh-ed25519@openssh.com ${edPublic.split(' ')[1]} me`,
      /hardware security key/,
    ],
    ['a path', () => '~/.ssh/id_ed25519', /name of a file/],
    ['a path of Windows', () => 'C:\\Users\\jo\\.ssh\\key.ppk', /name of a file/],
    ['a bare file name', () => 'id_rsa', /name of a file/],
    ['a password', () => 'hunter2!', /looks like a password/],
    ['a long password', () => 'Correct-Horse-Battery-Staple-2024', /looks like a password/],
    ['nothing', () => '', /No private key was given/],
    ['blanks', () => ' \r\n\t\uFEFF ', /No private key was given/],
    [
      'prose',
      () => 'Dear all, please find my key attached.\nBest wishes from the sequencing core facility',
      /is not a private key/,
    ],
    ['a PGP key', () => armour('PGP PRIVATE KEY BLOCK', Buffer.alloc(90, 7)), /PGP/],
    [
      'a key of ssh.com',
      () => {
        const file = make.puttygen('', edFile, '-O', 'private-openssh');
        expect(contentOfFile(file)).toContain('BEGIN');
        return contentOfFile(make.puttygen('', rsaFile, '-O', 'private-sshcom'));
      },
      /format of ssh\.com/,
    ],
    ['too much', () => ed + 'x'.repeat(70_000), /far too long/],
    ['two keys', () => ed + rsa, /several private keys/],
    ['a key of SSH version 1', () => 'SSH PRIVATE KEY FILE FORMAT 1.1\n\0\0\0', /SSH version 1/],
  ])('%s', (_name, pasted, sentence) => {
    expect(refusal(pasted())).toMatch(sentence);
  });
});

describe('part of a key was pasted', () => {
  const lines = ed.trim().split('\n');
  test.each<[string, string, RegExp]>([
    ['no END line', lines.slice(0, -1).join('\n'), /END line .*missing/],
    ['half of an END line', ed.trim().slice(0, -12), /END line .*missing/],
    ['no BEGIN line', lines.slice(1).join('\n'), /BEGIN line .*missing/],
    ['the middle alone', lines.slice(1, -1).join('\n'), /only the middle/],
    ['the middle of an RSA key', rsa.trim().split('\n').slice(3, -4).join('\n'), /only the middle/],
    ['the middle of a public key', edPublic.split(' ')[1] ?? '', /middle of a public key/],
    ['no line in between', `${lines[0]}\n${lines.at(-1)}`, /cut off/],
    ['a line less', [...lines.slice(0, -2), lines.at(-1)].join('\n'), /cut off/],
    ['an RSA key with a line less', rsa.trim().split('\n').toSpliced(-4, 1).join('\n'), /cut off/],
    ['something that is not base64', ed.replace(/\n(.{9})/, '\n$1****'), /damaged/],
  ])('%s', (_name, pasted, sentence) => {
    expect(refusal(pasted)).toMatch(sentence);
  });

  test.each(['2', '3'])('a PuTTY file of version %s without its end, or with a changed line', (version) => {
    const ppk = contentOfFile(
      make.puttygen('', edFile, '-O', 'private', '--ppk-param', `version=${version}`),
    );
    const rows = ppk.trim().split('\n');
    for (let kept = 1; kept < rows.length; kept += 1)
      expect(refusal(rows.slice(0, kept).join('\n'))).toMatch(/cut off/);
    expect(refusal(ppk.replace(/^Comment: ./m, 'Comment: _'))).toMatch(/damaged/);
    expect(refusal(ppk.replace(/(Private-MAC: .*)[0-9a-f]{2}/, '$100'))).toMatch(/damaged/);
  });

  test('every prefix of every format is refused, none accepted', () => {
    for (const key of [ed, rsa, encrypted])
      for (let length = 0; length < key.length - 40; length += 37)
        expect(refusal(key.slice(0, length), PASSPHRASE)).toMatch(/^(privateKey|passphrase): /);
  });
});

describe('passphrases', () => {
  const forms: [string, string][] = [
    ['OpenSSH', encrypted],
    ['DEK-Info', contentOfFile(make.sshKeygen('-t', 'ecdsa', '-m', 'PEM', '-N', PASSPHRASE))],
    ['PKCS#8', contentOfFile(make.sshKeygen('-t', 'ecdsa', '-m', 'PKCS8', '-N', PASSPHRASE))],
    [
      'PuTTY 2',
      contentOfFile(make.puttygen(PASSPHRASE, '-t', 'ed25519', '-O', 'private', '--ppk-param', 'version=2')),
    ],
    [
      'PuTTY 3',
      contentOfFile(make.puttygen(PASSPHRASE, '-t', 'ed25519', '-O', 'private', '--ppk-param', 'version=3')),
    ],
  ];

  test.each(forms)('%s: missing and wrong', (_name, key) => {
    expect(refusal(key)).toMatch(/^passphrase: .*protected by a passphrase/);
    for (const wrong of ['wrong', `${PASSPHRASE} `, PASSPHRASE.toUpperCase()])
      expect(refusal(key, wrong)).toMatch(/^passphrase: .*does not open/);
    expect(openPrivateKey(Buffer.from(key), Buffer.from(PASSPHRASE)).pkcs8.length).toBeGreaterThan(40);
  });

  test('a thousand wrong ones: none of them is ever called anything else', () => {
    for (const key of [forms[1]?.[1] ?? '', forms[3]?.[1] ?? ''])
      for (let number = 0; number < 1000; number += 1)
        expect(refusal(key, `wrong ${number}`)).toMatch(/^passphrase: .*does not open/);
  });

  test.each([
    ['DEK-Info with DES', ['rsa', '-traditional', '-des']],
    ['PKCS#8 with DES', ['pkcs8', '-topk8', '-v1', 'PBE-MD5-DES']],
    ['PKCS#8 with RC2', ['pkcs8', '-topk8', '-v2', 'rc2']],
    ['PKCS#8 with RC4', ['pkcs8', '-topk8', '-v1', 'PBE-SHA1-RC4-128']],
  ])('an encryption of long ago: %s', (_name, [command = '', ...options]) => {
    const providers = ['-provider', 'legacy', '-provider', 'default'];
    const file = make.openssl(
      command,
      ...options,
      '-in',
      rsaFile,
      '-passout',
      `pass:${PASSPHRASE}`,
      ...providers,
    );
    expect(refusal(contentOfFile(file), PASSPHRASE)).toMatch(
      /encryption that is not supported.*ssh-keygen -p/,
    );
  });

  test('one for a key that has none is accepted; one that is too long is refused', () => {
    expect(openPrivateKey(Buffer.from(ed), Buffer.from('needless')).facts.type).toBe('ssh-ed25519');
    expect(refusal(encrypted, 'x'.repeat(1025))).toMatch(/^passphrase: .*too long/);
  });
});
