/** The few data types of the SSH protocol (RFC 4251 section 5) that the agent has to read and write. */

export class WireError extends Error {}

export interface WireReader {
  byte(): number;
  flag(): boolean;
  uint32(): number;
  /** A `string`: length and bytes. */
  bytes(): Buffer;
  text(): string;
  /** @throws WireError when something is left over */
  end(): void;
}

/** @throws WireError from every method when the bytes run out */
export const wireReader = (data: Uint8Array): WireReader => {
  const buffer = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  let at = 0;
  const take = (count: number): Buffer => {
    if (at + count > buffer.length) throw new WireError('truncated');
    at += count;
    return buffer.subarray(at - count, at);
  };
  const bytes = (): Buffer => take(take(4).readUInt32BE());
  return {
    byte: () => take(1).readUInt8(),
    flag: () => take(1).readUInt8() !== 0,
    uint32: () => take(4).readUInt32BE(),
    bytes,
    text: () => bytes().toString('latin1'),
    end() {
      if (at !== buffer.length) throw new WireError('trailing bytes');
    },
  };
};

export const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

export const wireString = (content: Uint8Array | string): Buffer => {
  const bytes = Buffer.from(content);
  return Buffer.concat([uint32(bytes.length), bytes]);
};
