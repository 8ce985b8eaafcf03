/** Envelope encryption: every sealed value has a data key of its own, wrapped by the root key. See INVARIANTS.md. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { AppError } from '#core/errors.ts';
import type { SealedPlace, SealedValue } from '#core/ports/vault.ts';
import { rootKeyId, wrapKeyOf } from './root-key.ts';
import { wireString } from './ssh-wire.ts';

const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Part of the associated data: a private key can never be opened as a text and handed out. */
export type SealedKind = 'private key' | 'text';

/** Wrap keys by root key id; new values are sealed under the current one. */
export interface KeyRing {
  readonly currentId: string;
  readonly wrapKeys: ReadonlyMap<string, Buffer>;
  /** Wipes the keys; the ring opens and seals nothing after it. */
  wipe(): void;
}

/** A ring of one current and any number of older root keys. Keeps derived wrap keys, not the root keys. */
export const createKeyRing = (current: Uint8Array, older: readonly Uint8Array[] = []): KeyRing => {
  const wrapKeys = new Map([current, ...older].map((key) => [rootKeyId(key), wrapKeyOf(key)]));
  return {
    currentId: rootKeyId(current),
    wrapKeys,
    wipe: () => {
      for (const key of wrapKeys.values()) key.fill(0);
      wrapKeys.clear();
    },
  };
};

export const newNonce = (): Buffer => randomBytes(NONCE_BYTES);

const text = (value: string): Buffer => {
  // A lone surrogate would become U+FFFD, and two different places one.
  if (!value.isWellFormed()) throw new TypeError('the place of a sealed value is not well-formed text');
  return wireString(value);
};

const whole = (value: number): Buffer => {
  if (!Number.isSafeInteger(value) || value < 0)
    throw new TypeError('the place of a sealed value needs whole, non-negative numbers');
  return wireString(String(value));
};

/** Each part is preceded by its length, so two different places never give the same bytes. */
const associatedData = (purpose: string, place: SealedPlace, ...more: string[]): Buffer =>
  Buffer.concat([
    text(`latchkey ${purpose} v2`),
    whole(place.organisationId),
    text(place.table),
    text(place.record),
    text(place.field),
    text(place.owner),
    whole(place.version),
    ...more.map(text),
  ]);

const encrypt = (key: Uint8Array, plain: Uint8Array, aad: Uint8Array): string => {
  const nonce = newNonce();
  const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES }).setAAD(aad);
  const body = [cipher.update(plain), cipher.final()];
  return Buffer.concat([nonce, ...body, cipher.getAuthTag()]).toString('base64');
};

const decrypt = (key: Uint8Array, stored: string, aad: Uint8Array): Buffer => {
  const bytes = Buffer.from(stored, 'base64');
  // Node reads base64 leniently; a changed character must not pass as the same bytes.
  if (bytes.toString('base64') !== stored || bytes.length < NONCE_BYTES + TAG_BYTES)
    throw new Error('malformed');
  const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(aad).setAuthTag(bytes.subarray(-TAG_BYTES));
  const plain = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES));
  try {
    decipher.final();
    return plain;
  } catch (error) {
    plain.fill(0);
    throw error;
  }
};

const valueData = (kind: SealedKind, place: SealedPlace): Buffer => associatedData(`value: ${kind}`, place);
const wrapData = (kind: SealedKind, place: SealedPlace, keyId: string): Buffer =>
  associatedData(`data key: ${kind}`, place, keyId);

/** Seals bytes for one place. The caller keeps (and wipes) `plain`. @throws TypeError on an impossible place */
export const seal = (ring: KeyRing, kind: SealedKind, place: SealedPlace, plain: Uint8Array): SealedValue => {
  const keyId = ring.currentId;
  const wrapKey = ring.wrapKeys.get(keyId);
  if (wrapKey === undefined) throw new Error('the key ring has no current root key');
  const dataKey = randomBytes(KEY_BYTES);
  try {
    return {
      rootKeyId: keyId,
      wrappedKey: encrypt(wrapKey, dataKey, wrapData(kind, place, keyId)),
      ciphertext: encrypt(dataKey, plain, valueData(kind, place)),
    };
  } finally {
    dataKey.fill(0);
  }
};

/** The refusal for a stored value that does not open: says where it lies, never what it holds. */
export const sealedValueBroken = (place: SealedPlace, why: string): AppError =>
  new AppError(
    'sealed_value_broken',
    500,
    `The sealed value in ${place.table} ${place.record} (${place.field}) cannot be opened: ${why}`,
    { details: { table: place.table, record: place.record, field: place.field } },
  );

/**
 * Opens a sealed value; the caller wipes what it gets.
 * @throws AppError `sealed_value_broken` when anything differs from what was sealed: place, kind, any bit, root key
 */
export const open = (ring: KeyRing, kind: SealedKind, place: SealedPlace, sealed: SealedValue): Buffer => {
  const wrapKey = ring.wrapKeys.get(sealed.rootKeyId);
  if (wrapKey === undefined)
    throw sealedValueBroken(place, 'it was sealed under a root key that this server does not have.');
  let dataKey: Buffer | undefined;
  try {
    dataKey = decrypt(wrapKey, sealed.wrappedKey, wrapData(kind, place, sealed.rootKeyId));
    return decrypt(dataKey, sealed.ciphertext, valueData(kind, place));
  } catch {
    throw sealedValueBroken(
      place,
      'it was changed or moved since it was stored. Restore it from a backup, or enter it anew.',
    );
  } finally {
    dataKey?.fill(0);
  }
};
