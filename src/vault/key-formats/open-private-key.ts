/** The one way in for private keys: pasted text → canonical form and facts, or a sentence. Pure; runs in the worker. */
import type { KeyFacts } from '#core/ports/vault.ts';
import { blocksOf, contentOf, normalise } from './armour.ts';
import { acceptKey } from './check-key.ts';
import { readOpenssh } from './openssh.ts';
import { readLegacyPem, readPem } from './pem.ts';
import { readPpk } from './ppk.ts';
import { whatElse } from './recognise.ts';
import { badKey, damaged, dsaKey, truncated, unusable } from './unusable.ts';

/** An RSA key of 16384 bits with both halves has about 13 KB. */
export const MAX_PASTED_BYTES = 64 * 1024;
/** OpenSSL's limit. */
export const MAX_PASSPHRASE_BYTES = 1024;

export interface OpenedKey {
  /** PKCS#8 DER; whoever gets it wipes it. */
  pkcs8: Buffer;
  facts: KeyFacts;
}

const openBlock = (label: string, inner: string, passphrase: Buffer): OpenedKey => {
  if (label === 'SSH2 ENCRYPTED PRIVATE KEY')
    throw badKey(
      'This key is in the format of ssh.com. Open it in PuTTYgen, export it as OpenSSH key and paste that.',
    );
  if (label.includes('PGP'))
    throw badKey('This is a PGP key, not a key for SSH. Make one with ssh-keygen -t ed25519.');
  if (label === 'DSA PRIVATE KEY') throw dsaKey();
  const { dek, body } = contentOf(inner);
  if (body === undefined) throw damaged();
  if (body.length === 0) throw truncated();
  try {
    if (dek !== undefined) return acceptKey(readLegacyPem(label, dek, body, passphrase));
    if (label !== 'OPENSSH PRIVATE KEY') return acceptKey(readPem(body, passphrase));
    const { key, publicBlob } = readOpenssh(body, passphrase);
    return acceptKey(key, publicBlob);
  } finally {
    body.fill(0);
  }
};

/**
 * Opens what somebody pasted as a private key; `passphrase` is empty where none was given, and ignored where the
 * key has none. May take seconds (bcrypt, argon2): never call it on the main thread.
 * @throws AppError `key_unusable` (400), its `details.field` being `privateKey` or `passphrase`
 */
export const openPrivateKey = (pasted: Buffer, passphrase: Buffer): OpenedKey => {
  if (pasted.length > MAX_PASTED_BYTES)
    throw badKey('This is far too long for a private key (over 64 KB). Paste the content of one key file.');
  if (passphrase.length > MAX_PASSPHRASE_BYTES)
    throw unusable('passphrase', 'This passphrase is too long (over 1024 bytes). Check what was pasted.');
  const text = normalise(pasted.toString('utf8'));
  const putty = text.search(/PuTTY-User-Key-File-\d+:/);
  if (putty !== -1) {
    const { key, publicBlob } = readPpk(text.slice(putty), passphrase);
    return acceptKey(key, publicBlob);
  }
  const [block, ...more] = blocksOf(text).filter(
    ({ label, ended }) => ended && label.includes('PRIVATE KEY'),
  );
  if (more.length > 0) throw badKey('These are several private keys. Paste only the one to be used here.');
  if (block === undefined) throw whatElse(text);
  return openBlock(block.label, block.inner, passphrase);
};
