/** OpenBSD's bcrypt_pbkdf, in plain JavaScript. */
import library from 'bcrypt-pbkdf';
import { damaged } from './unusable.ts';

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
