/** Types of a package that brings none. */
declare module 'bcrypt-pbkdf' {
  const library: {
    /** @returns 0 when the key was derived */
    pbkdf(
      pass: Uint8Array,
      passLength: number,
      salt: Uint8Array,
      saltLength: number,
      key: Uint8Array,
      keyLength: number,
      rounds: number,
    ): number;
  };
  export default library;
}
