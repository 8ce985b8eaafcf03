/** What other rooms may do with a private key: know its public half and have bytes signed. Never read it. */
export interface Signer {
  /** Public key as an SSH wire blob (RFC 4253 section 6.6). */
  readonly publicBlob: Uint8Array;
  /**
   * Signs `data` and returns an SSH signature blob (algorithm name, signature).
   * `flags` as in the agent protocol: 0 (Ed25519, ECDSA), 2 (rsa-sha2-256), 4 (rsa-sha2-512).
   */
  sign(data: Uint8Array, flags: number): Promise<Uint8Array>;
}
