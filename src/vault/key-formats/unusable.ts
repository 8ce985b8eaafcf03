/** The refusal of something pasted as a key. Sentences are fixed text: nothing of what was pasted goes into them. */
import { AppError } from '#core/errors.ts';

export type KeyField = 'privateKey' | 'passphrase';

export const unusable = (field: KeyField, sentence: string): AppError =>
  new AppError('key_unusable', 400, `${field}: ${sentence}`, { details: { field } });

export const badKey = (sentence: string): AppError => unusable('privateKey', sentence);

export const truncated = (): AppError =>
  badKey(
    'This private key is cut off: part of it is missing. Copy the whole file, from its BEGIN to its END line.',
  );

export const damaged = (): AppError =>
  badKey(
    'This private key is damaged: its content does not make a key. Copy the file again, without editing it.',
  );

export const passphraseMissing = (): AppError =>
  unusable(
    'passphrase',
    'This private key is protected by a passphrase. Enter the passphrase too; it is used once.',
  );

export const passphraseWrong = (): AppError =>
  unusable(
    'passphrase',
    'This passphrase does not open the private key. Check it, and that the key is the one meant.',
  );

export const tooCostly = (): AppError =>
  badKey(
    'The passphrase protection of this key takes too much time or memory to open. ' +
      'Save a copy with the usual settings (ssh-keygen -p, or PuTTYgen) and paste that.',
  );

export const securityKey = (): AppError =>
  badKey(
    'This key belongs to a hardware security key (FIDO), which must be touched at each use. ' +
      'Make a separate key with ssh-keygen -t ed25519 and add its public half on the cluster.',
  );

export const dsaKey = (): AppError =>
  badKey('This is a DSA key, which SSH servers no longer accept. Make a new key with ssh-keygen -t ed25519.');

export const unsupportedType = (): AppError =>
  badKey(
    'This kind of key is not supported; RSA (from 2048 bits), ECDSA (NIST P-256, P-384, P-521) and Ed25519 are. ' +
      'Make a new key with ssh-keygen -t ed25519.',
  );

export const unsupportedCipher = (): AppError =>
  badKey(
    'This key is protected by an encryption that is not supported. ' +
      'Save it anew with ssh-keygen -p -f on the key file and paste the result.',
  );
