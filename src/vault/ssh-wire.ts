/** SSH wire encoding (RFC 4251 section 5): the few pieces that keys and signatures are made of. */

/** Big-endian 32-bit number. */
export const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

/** `string`: length, then bytes. */
export const wireString = (value: string | Uint8Array): Buffer => {
  const bytes = typeof value === 'string' ? Buffer.from(value, 'utf8') : value;
  return Buffer.concat([uint32(bytes.length), bytes]);
};

/** Unsigned big-endian number without superfluous zeros, with the one zero that keeps it positive. */
export const positive = (magnitude: Uint8Array): Buffer => {
  let start = 0;
  while (start < magnitude.length && magnitude[start] === 0) start += 1;
  const digits = magnitude.subarray(start);
  const needsZero = digits.length > 0 && (digits[0] ?? 0) >= 0x80;
  return Buffer.concat(needsZero ? [Buffer.alloc(1), digits] : [digits]);
};

/** `mpint` of an unsigned number. */
export const wireMpint = (magnitude: Uint8Array): Buffer => wireString(positive(magnitude));

export interface WireReader {
  uint32(): number;
  /** Next `string`, as a view on the data (not a copy). */
  bytes(): Buffer;
  text(): string;
  /** Next `length` raw bytes. */
  take(length: number): Buffer;
  rest(): Buffer;
}

/** Reads wire data from the front. @throws RangeError when the data ends too early */
export const readWire = (data: Uint8Array): WireReader => {
  const buffer = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  let at = 0;
  const take = (length: number): Buffer => {
    if (length > buffer.length - at) throw new RangeError('wire data ends early');
    at += length;
    return buffer.subarray(at - length, at);
  };
  const number = (): number => take(4).readUInt32BE();
  const bytes = (): Buffer => take(number());
  return {
    uint32: number,
    bytes,
    text: () => bytes().toString('utf8'),
    take,
    rest: () => take(buffer.length - at),
  };
};
