/** A file on its way in or out: read once, piece by piece, never held as a whole. */
export interface FileStream {
  /** On its way out: the name to save it under. */
  fileName: string;
  contentType: string;
  stream: AsyncIterable<Uint8Array>;
}
