/** The vault as the rest of the house sees it: keys of every type go in, signatures come out, keys never do. */
import { createPublicKey, randomBytes, verify } from 'node:crypto';
import { afterAll, describe, expect, test } from 'vitest';
import { isAppError } from '#core/errors.ts';
import type { SealedPlace } from '#core/ports/vault.ts';
import { contentOfFile, createKeyMaker } from './key-formats/make-keys.ts';
import { readWire } from './ssh-wire.ts';
import { createVault } from './vault.ts';

const make = createKeyMaker();
const vault = createVault({ rootKey: randomBytes(32) });
afterAll(async () => {
  await vault.close();
  make.remove();
});

const place: SealedPlace = {
  organisationId: 1,
  table: 'credentials',
  record: '5',
  field: 'private_key',
  owner: 'identity 3, user 9',
  version: 1,
};
const data = Buffer.from('what an SSH server asks to have signed');

/** The public key as ssh-keygen wrote it, read by node:crypto from that tool's own PEM. */
const publicKeyOf = (file: string) => {
  const blob = readWire(Buffer.from(contentOfFile(`${file}.pub`).split(' ')[1] ?? '', 'base64'));
  const type = blob.text();
  const url = (bytes: Buffer): string => bytes.toString('base64url');
  if (type === 'ssh-ed25519')
    return createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x: url(blob.bytes()) } });
  if (type === 'ssh-rsa') {
    const e = blob.bytes();
    return createPublicKey({ format: 'jwk', key: { kty: 'RSA', e: url(e), n: url(blob.bytes()) } });
  }
  const crv = blob.text().replace('nistp', 'P-');
  const point = blob.bytes().subarray(1);
  const half = point.length / 2;
  return createPublicKey({
    format: 'jwk',
    key: { kty: 'EC', crv, x: url(point.subarray(0, half)), y: url(point.subarray(half)) },
  });
};

const pad = (number: Buffer, length: number): Buffer => {
  const digits = number[0] === 0 ? number.subarray(1) : number;
  return Buffer.concat([Buffer.alloc(length - digits.length), digits]);
};

describe('signatures verify against the public half that ssh-keygen wrote', () => {
  test.each<[string, string[], number, string, string | null, number]>([
    ['Ed25519', ['-t', 'ed25519'], 0, 'ssh-ed25519', null, 0],
    ['RSA with SHA-256', ['-t', 'rsa', '-b', '2048'], 2, 'rsa-sha2-256', 'sha256', 0],
    ['RSA with SHA-512', ['-t', 'rsa', '-b', '3072'], 4, 'rsa-sha2-512', 'sha512', 0],
    ['P-256', ['-t', 'ecdsa', '-b', '256'], 0, 'ecdsa-sha2-nistp256', 'sha256', 32],
    ['P-384', ['-t', 'ecdsa', '-b', '384'], 0, 'ecdsa-sha2-nistp384', 'sha384', 48],
    ['P-521', ['-t', 'ecdsa', '-b', '521'], 0, 'ecdsa-sha2-nistp521', 'sha512', 66],
  ])('%s', async (_name, options, flags, algorithm, digest, half) => {
    const file = make.sshKeygen(...options);
    const { sealed, facts } = await vault.sealPrivateKey(place, contentOfFile(file));
    expect(contentOfFile(`${file}.pub`)).toContain(facts.publicKey);
    const signer = vault.signer(place, sealed, facts);
    expect(Buffer.from(signer.publicBlob).toString('base64')).toBe(facts.publicKey.split(' ')[1]);
    // Many, so that numbers with leading zeros and with the top bit set are among them.
    for (let round = 0; round < (half === 0 ? 2 : 40); round += 1) {
      const blob = readWire(await signer.sign(data, flags));
      expect(blob.text()).toBe(algorithm);
      const signature = blob.bytes();
      expect(blob.rest()).toHaveLength(0);
      const pair = half === 0 ? undefined : readWire(signature);
      const raw =
        pair === undefined ? signature : Buffer.concat([pad(pair.bytes(), half), pad(pair.bytes(), half)]);
      const key = { key: publicKeyOf(file), dsaEncoding: 'ieee-p1363' as const };
      expect(verify(digest, data, key, raw)).toBe(true);
      expect(verify(digest, Buffer.from('something else'), key, raw)).toBe(false);
    }
  });

  test('RSA with SHA-1 is refused, and says what to do', async () => {
    const { sealed, facts } = await vault.sealPrivateKey(
      place,
      contentOfFile(make.sshKeygen('-t', 'rsa', '-b', '2048')),
    );
    await expect(vault.signer(place, sealed, facts).sign(data, 0)).rejects.toThrow(/SHA-1.*Ed25519/);
  });
});

describe('what is sealed', () => {
  const file = make.sshKeygen('-t', 'ed25519', '-N', 'canary passphrase', '-a', '1');
  const pasted = contentOfFile(file);

  test('promise 11: no call of the vault returns a private key', async () => {
    const { sealed } = await vault.sealPrivateKey(place, pasted, 'canary passphrase');
    expect(() => vault.openText(place, sealed)).toThrow(/cannot be opened/);
    expect(Object.keys(vault).toSorted()).toEqual([
      'close',
      'generateKey',
      'openText',
      'reseal',
      'sealPrivateKey',
      'sealText',
      'signer',
    ]);
  });

  test('promise 3: a key moved elsewhere does not sign, nor with a public half that is not its own', async () => {
    const { sealed, facts } = await vault.sealPrivateKey(place, pasted, 'canary passphrase');
    const moved = vault.signer({ ...place, record: '6' }, sealed, facts);
    await expect(moved.sign(data, 0)).rejects.toThrow('credentials 6 (private_key) cannot be opened');
    const other = await vault.sealPrivateKey(place, contentOfFile(make.sshKeygen('-t', 'ed25519')));
    await expect(vault.signer(place, sealed, other.facts).sign(data, 0)).rejects.toSatisfy((error) =>
      isAppError(error, 'sealed_value_broken'),
    );
  });

  test('a resealed key signs at its new place alone, under a data key of its own, and stays in its organisation', async () => {
    const { sealed, facts } = await vault.sealPrivateKey(place, pasted, 'canary passphrase');
    const to = { ...place, record: '77', version: 2 };
    const moved = vault.reseal(place, sealed, to);
    expect((await vault.signer(to, moved, facts).sign(data, 0)).length).toBeGreaterThan(64);
    await expect(vault.signer(place, moved, facts).sign(data, 0)).rejects.toThrow(/cannot be opened/);
    for (const part of ['wrappedKey', 'ciphertext'] as const) expect(moved[part]).not.toBe(sealed[part]);
    for (const from of [
      { ...place, record: '6' },
      { ...place, organisationId: 2 },
    ])
      expect(() => vault.reseal(from, sealed, { ...from, record: '77' })).toThrow(/cannot be opened/);
    expect(() => vault.reseal(place, sealed, { ...to, organisationId: 2 })).toThrow(/never moves to another/);
    const text = vault.sealText(place, 'a text');
    expect(() => vault.reseal(place, text, to)).toThrow(/cannot be opened/);
  });

  test('texts come back, at their own place', () => {
    const sealed = vault.sealText(place, 'NXF_TOKEN=Grüße 🧬');
    expect(vault.openText(place, sealed)).toBe('NXF_TOKEN=Grüße 🧬');
    expect(() => vault.openText({ ...place, version: 2 }, sealed)).toThrow(/cannot be opened/);
  });

  test('after closing nothing opens, signs or is sealed', async () => {
    const short = createVault({ rootKey: randomBytes(32) });
    const sealed = short.sealText(place, 'text');
    await short.close();
    expect(() => short.openText(place, sealed)).toThrow(/cannot be opened/);
    expect(() => short.sealText(place, 'text')).toThrow(/no current root key/);
    await expect(short.sealPrivateKey(place, pasted)).rejects.toThrow(/shutting down/);
  });
});

test('a key that is made here signs like any other, and its public half is what OpenSSH reads', async () => {
  const { sealed, facts } = vault.generateKey(place);
  const again = vault.generateKey(place);
  expect(JSON.stringify({ sealed, facts })).not.toContain('PRIVATE');
  expect(again.facts.publicKey).not.toBe(facts.publicKey);
  expect(make.fingerprintOf(facts.publicKey)).toBe(`256 ${facts.fingerprint}`);
  const signature = readWire(await vault.signer(place, sealed, facts).sign(data, 0));
  expect(signature.text()).toBe('ssh-ed25519');
  const blob = readWire(Buffer.from(facts.publicKey.split(' ')[1] ?? '', 'base64'));
  blob.text();
  const x = blob.bytes().toString('base64url');
  const key = createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x } });
  expect(verify(null, data, key, signature.bytes())).toBe(true);
  await expect(vault.signer({ ...place, record: '6' }, sealed, facts).sign(data, 0)).rejects.toThrow();
});
