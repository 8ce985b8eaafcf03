/** Port: sealing secrets and signing with them. `src/vault` implements it; nothing else ever sees a key in clear. */
import type { Signer } from './signer.ts';

/** Where a sealed value lives. Bound to it as associated data: a value moved elsewhere does not open (promise 3). */
export interface SealedPlace {
  organisationId: number;
  table: string;
  record: string;
  field: string;
  /** Whose it is, as the record says: a record that is handed to somebody else no longer opens it. */
  owner: string;
  /** Version of the value itself (counts up with each replacement). */
  version: number;
}

/** One sealed value as it is stored. Opaque outside the vault; all parts are base64 text. */
export interface SealedValue {
  /** Id of the root key that wraps the data key. */
  rootKeyId: string;
  /** The record's own data key, wrapped: nonce, ciphertext and tag. */
  wrappedKey: string;
  /** The value under the data key: nonce, ciphertext and tag. */
  ciphertext: string;
}

/** What is kept beside a sealed key in clear. */
export interface KeyFacts {
  /** `ssh-ed25519`, `ssh-rsa`, `ecdsa-sha2-nistp256` … */
  type: string;
  bits: number;
  /** `SHA256:…` */
  fingerprint: string;
  /** `type base64`, without comment. */
  publicKey: string;
}

export interface Vault {
  /**
   * Reads what somebody pasted as a private key, checks it and seals it in one canonical form.
   * The passphrase is used once and not kept. Runs in a worker: bcrypt never blocks the event loop.
   * @throws AppError `key_unusable` (400) with a sentence that says what was pasted and what to do.
   */
  sealPrivateKey(
    place: SealedPlace,
    pasted: string,
    passphrase?: string,
  ): Promise<{ sealed: SealedValue; facts: KeyFacts }>;
  /** Makes a new Ed25519 key and seals it: nobody has ever seen it, and nobody will. */
  generateKey(place: SealedPlace): { sealed: SealedValue; facts: KeyFacts };
  /**
   * The same private key sealed anew for another place: a candidate that has proved itself moves in under its record's
   * number. Both places must name one organisation. @throws AppError `sealed_value_broken`
   */
  reseal(from: SealedPlace, sealed: SealedValue, to: SealedPlace): SealedValue;
  /** A signer that opens the key for each signature and forgets it again. @throws AppError `sealed_value_broken` on use */
  signer(place: SealedPlace, sealed: SealedValue, facts: Pick<KeyFacts, 'publicKey'>): Signer;
  /** Seals a short text (pipeline secrets, run tokens). */
  sealText(place: SealedPlace, text: string): SealedValue;
  /** @throws AppError `sealed_value_broken` naming the record, never its content */
  openText(place: SealedPlace, sealed: SealedValue): string;
}
