/** Port: passwords, and random secrets of which only a hash is kept (promise 25). `src/vault` implements it. */

export interface PasswordHashing {
  /** @returns a PHC string. @throws RangeError for a password that is too long */
  hashPassword(password: string): Promise<string>;
  /** Does the same work for `undefined` (unknown user, no password), so that time does not tell who exists. */
  verifyPassword(password: string, stored: string | undefined): Promise<boolean>;
}

export interface TokenSecrets {
  /** A fresh random secret as base64url text. */
  newSecret(bytes?: number): string;
  /** What is stored. */
  hashSecret(secret: string): string;
  /** Constant time. */
  equalSecret(one: string, other: string): boolean;
}
