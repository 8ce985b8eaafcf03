/** OpenBSD's bcrypt_pbkdf, from the package that ssh2 brings along (plain JavaScript). */
import { createRequire } from 'node:module';
import { damaged } from './unusable.ts';

interface BcryptPbkdf {
  pbkdf(
    pass: Uint8Array,
    passLength: number,
    salt: Uint8Array,
    saltLength: number,
    key: Uint8Array,
    keyLength: number,
    rounds: number,
  ): number;
}

const fromHere = createRequire(import.meta.url);
const library = createRequire(fromHere.resolve('ssh2'))('bcrypt-pbkdf') as BcryptPbkdf;

/** Derives `bytes` bytes; costs about 20 ms per round and 32 bytes. @throws AppError `key_unusable` on bad parameters */
export const bcryptPbkdf = (
  passphrase: Uint8Array,
  salt: Uint8Array,
  bytes: number,
  rounds: number,
): Buffer => {
  const key = Buffer.alloc(bytes);
  if (library.pbkdf(passphrase, passphrase.length, salt, salt.length, key, bytes, rounds) !== 0)
    throw damaged();
  return key;
};
