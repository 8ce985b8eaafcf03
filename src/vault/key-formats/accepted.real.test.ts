/** Every format that people's tools write is read, checked against those tools' own idea of the public half. */
import { createPrivateKey, sign, verify } from 'node:crypto';
import { afterAll, describe, expect, test } from 'vitest';
import { contentOfFile, createKeyMaker, run } from './make-keys.ts';
import { openPrivateKey } from './open-private-key.ts';

const PASSPHRASE = 'korrekt Pferd Bätterie';
const make = createKeyMaker();
afterAll(() => make.remove());

const open = (pasted: string, passphrase = '') =>
  openPrivateKey(Buffer.from(pasted), Buffer.from(passphrase));

const ssh = (...options: string[]) => contentOfFile(make.sshKeygen(...options));
const ssl = (command: string, ...options: string[]) => contentOfFile(make.openssl(command, ...options));
const putty = (passphrase: string, ...options: string[]) =>
  contentOfFile(make.puttygen(passphrase, ...options));

/** `type base64` as ssh-keygen sees it. */
const publicHalf = (file: string, passphrase = ''): string =>
  run('ssh-keygen', '-y', '-P', passphrase, '-f', file).split(' ', 2).join(' ').trim();

const types: [string, string[], number][] = [
  ['ssh-ed25519', ['-t', 'ed25519'], 256],
  ['ssh-rsa', ['-t', 'rsa', '-b', '2048'], 2048],
  ['ssh-rsa', ['-t', 'rsa', '-b', '3072'], 3072],
  ['ecdsa-sha2-nistp256', ['-t', 'ecdsa', '-b', '256'], 256],
  ['ecdsa-sha2-nistp384', ['-t', 'ecdsa', '-b', '384'], 384],
  ['ecdsa-sha2-nistp521', ['-t', 'ecdsa', '-b', '521'], 521],
];

describe.each(types)('%s (%s)', (type, options, bits) => {
  test('OpenSSH format, plain and encrypted, gives the same key and facts', () => {
    const file = make.sshKeygen(...options);
    const plain = open(contentOfFile(file));
    const line = contentOfFile(`${file}.pub`).split(' ').slice(0, 2).join(' ');
    const fingerprint = run('ssh-keygen', '-l', '-f', file).split(' ')[1];
    expect(plain.facts).toEqual({ type, bits, fingerprint, publicKey: line });
    run('ssh-keygen', '-q', '-p', '-P', '', '-N', PASSPHRASE, '-a', '2', '-f', file);
    expect(open(contentOfFile(file), PASSPHRASE)).toEqual(plain);
    expect(createPrivateKey({ key: plain.pkcs8, format: 'der', type: 'pkcs8' }).type).toBe('private');
  });

  test.each([
    ['2', ''],
    ['2', PASSPHRASE],
    ['3', ''],
    ['3', PASSPHRASE],
  ])('PuTTY version %s, passphrase "%s"', (version, passphrase) => {
    const file = make.sshKeygen(...options);
    const pasted = putty(passphrase, file, '-O', 'private', '--ppk-param', `version=${version}`);
    expect(pasted).toMatch(`PuTTY-User-Key-File-${version}`);
    expect(open(pasted, passphrase)).toEqual(open(contentOfFile(file)));
  });
});

/** ssh-keygen writes Ed25519 in its own format alone. */
const pemTypes = types.filter(([type]) => type !== 'ssh-ed25519');

test.each(pemTypes.flatMap(([, options]) => ['PEM', 'PKCS8'].map((format) => ({ options, format }))))(
  '$format as ssh-keygen writes it with $options',
  ({ options, format }) => {
    const file = make.sshKeygen(...options, '-m', format);
    expect(open(contentOfFile(file)).facts.publicKey).toBe(publicHalf(file));
    const encrypted = make.sshKeygen(...options, '-m', format, '-N', PASSPHRASE);
    expect(open(contentOfFile(encrypted), PASSPHRASE).facts.publicKey).toBe(
      publicHalf(encrypted, PASSPHRASE),
    );
  },
);

const ciphers = run('ssh', '-Q', 'cipher').trim().split('\n');

test.each(ciphers)('OpenSSH format with %s', (cipher) => {
  const file = make.sshKeygen('-t', 'ed25519', '-N', PASSPHRASE, '-Z', cipher, '-a', '1');
  const { facts, pkcs8 } = open(contentOfFile(file), PASSPHRASE);
  expect(facts.publicKey).toBe(publicHalf(file, PASSPHRASE));
  const key = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  expect(verify(null, pkcs8, key, sign(null, pkcs8, key))).toBe(true);
  expect(() => open(contentOfFile(file), 'wrong')).toThrow(/^passphrase: .*does not open/);
});

test.each(['argon2id', 'argon2i', 'argon2d'])('PuTTY version 3 with %s', (kdf) => {
  const file = make.sshKeygen('-t', 'ecdsa');
  const pasted = putty(
    PASSPHRASE,
    file,
    '-O',
    'private',
    '--ppk-param',
    `kdf=${kdf},memory=64,passes=3,parallelism=2`,
  );
  expect(open(pasted, PASSPHRASE).facts.publicKey).toBe(publicHalf(file));
});

test('PuTTY files with a comment beyond ASCII, with backslashes, or with none', () => {
  for (const comment of ['Schlüssel von Jörg', 'C:\\new\\rsa', '']) {
    const file = make.sshKeygen('-t', 'ed25519', '-C', comment);
    const pasted = putty('', file, '-O', 'private', '-C', comment);
    expect(pasted).toContain(`Comment: ${comment}\n`);
    expect(open(pasted).facts.publicKey).toBe(publicHalf(file));
  }
});

describe('openssl', () => {
  const rsa = make.openssl('genrsa', '-traditional', '2048');
  const ec = make.openssl('ecparam', '-name', 'secp384r1', '-genkey');
  const ed = make.openssl('genpkey', '-algorithm', 'ed25519');
  const expected = () => open(contentOfFile(rsa));

  test('PKCS#1, and SEC1 after a block of parameters', () => {
    expect(contentOfFile(rsa)).toMatch(/BEGIN RSA PRIVATE KEY/);
    expect(expected().facts.publicKey).toBe(publicHalf(rsa));
    expect(contentOfFile(ec)).toMatch(/BEGIN EC PARAMETERS[^]*BEGIN EC PRIVATE KEY/);
    expect(open(contentOfFile(ec)).facts.type).toBe('ecdsa-sha2-nistp384');
  });

  test('PKCS#8, also for Ed25519', () => {
    expect(open(ssl('pkcs8', '-topk8', '-nocrypt', '-in', rsa))).toEqual(expected());
    expect(open(contentOfFile(ed)).facts.bits).toBe(256);
  });

  test.each(['-aes128', '-aes192', '-aes256', '-des3', '-camellia256'])(
    'legacy DEK-Info with %s',
    (cipher) => {
      const pasted = ssl('rsa', '-traditional', cipher, '-in', rsa, '-passout', `pass:${PASSPHRASE}`);
      expect(pasted).toMatch(/DEK-Info/);
      expect(open(pasted, PASSPHRASE)).toEqual(expected());
      expect(() => open(pasted)).toThrow(/^passphrase: .*protected by a passphrase/);
    },
  );

  test.each([
    ['-v2', 'aes-256-cbc', '-v2prf', 'hmacWithSHA512', '-iter', '100000'],
    ['-v2', 'des3'],
    ['-scrypt'],
    ['-v1', 'PBE-SHA1-3DES'],
    ['-v1', 'PBE-SHA1-2DES'],
  ])('encrypted PKCS#8 with %s %s', (...how) => {
    for (const source of [rsa, ec, ed]) {
      const pasted = ssl('pkcs8', '-topk8', ...how, '-in', source, '-passout', `pass:${PASSPHRASE}`);
      expect(pasted).toMatch(/BEGIN ENCRYPTED PRIVATE KEY/);
      expect(open(pasted, PASSPHRASE)).toEqual(open(contentOfFile(source)));
    }
  });
});

describe('what clipboards, editors and JSON do to a key', () => {
  const sources = {
    openssh: ssh('-t', 'ed25519'),
    pkcs1: ssh('-t', 'rsa', '-b', '2048', '-m', 'PEM'),
    'DEK-Info': ssh('-t', 'ecdsa', '-m', 'PEM', '-N', PASSPHRASE),
    putty: putty(PASSPHRASE, '-t', 'ed25519', '-O', 'private'),
  };
  const change: Record<string, (key: string) => string> = {
    'line ends of Windows': (key) => key.replaceAll('\n', '\r\n'),
    'line ends of old Macs': (key) => key.replaceAll('\n', '\r'),
    'byte order mark': (key) => `\uFEFF${key}`,
    'invisible characters': (key) => key.replaceAll('\n', '\u200B\n'),
    'blanks and blank lines around': (key) => `\n  \n\t${key}\n\n  `,
    'blank line after every line': (key) => key.replaceAll('\n', '\n\n'),
    'indented lines': (key) => key.replaceAll(/^/gm, '    \t'),
    'trailing blanks': (key) => key.replaceAll('\n', '  \t\n'),
    'no-break spaces': (key) => `\u00A0${key.replaceAll('\n', '\u00A0\n')}`,
    'no final line end': (key) => key.trimEnd(),
    'line ends written out': (key) => key.replaceAll('\n', '\\n'),
    'line ends of Windows written out': (key) => key.replaceAll('\n', '\\r\\n'),
    'a JSON string': (key) => JSON.stringify(key),
    'JSON with escaped slashes': (key) => `{"key": ${JSON.stringify(key).replaceAll('/', '\\/')}}`,
    'text before and after': (key) => `Hello, here is my key:\n\n${key}\nBest wishes\n`,
  };
  const armouredOnly: Record<string, (key: string) => string> = {
    'line ends turned into blanks': (key) => key.replaceAll('\n', ' '),
    'dashes made pretty': (key) => key.replaceAll('-----', '—–-'),
    'its certificate pasted along': (key) =>
      `${key}-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n`,
  };

  describe.each(Object.entries(sources))('%s', (name, key) => {
    const changes = name === 'putty' ? change : { ...change, ...armouredOnly };
    test.each(Object.entries(changes))('%s', (_name, alter) => {
      expect(open(alter(key), PASSPHRASE)).toEqual(open(key, PASSPHRASE));
    });
  });
});
