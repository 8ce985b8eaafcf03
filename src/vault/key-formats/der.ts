/** The small part of DER that private keys need: walking one to judge it before OpenSSL reads it, and building one. */
import { positive } from '../ssh-wire.ts';

export const INTEGER = 0x02;
export const BIT_STRING = 0x03;
export const OCTET_STRING = 0x04;
export const OBJECT_ID = 0x06;
export const SEQUENCE = 0x30;

export interface DerNode {
  tag: number;
  content: Buffer;
}

/** Reads the elements that follow each other in `bytes`. @throws RangeError when the last one is cut off */
export const readDer = (bytes: Buffer): DerNode[] => {
  const nodes: DerNode[] = [];
  let at = 0;
  const byte = (): number => {
    const value = bytes[at];
    if (value === undefined) throw new RangeError('DER ends early');
    at += 1;
    return value;
  };
  while (at < bytes.length) {
    const tag = byte();
    let length = byte();
    if (length >= 0x80) {
      const digits = length & 0x7f;
      if (digits === 0 || digits > 4) throw new TypeError('not DER');
      length = 0;
      for (let digit = 0; digit < digits; digit += 1) length = length * 256 + byte();
    }
    if (length > bytes.length - at) throw new RangeError('DER ends early');
    nodes.push({ tag, content: bytes.subarray(at, at + length) });
    at += length;
  }
  return nodes;
};

/** Value of an INTEGER; `Infinity` where it is too large to matter exactly. */
export const smallInteger = (node: DerNode): number =>
  node.content.length > 6
    ? Number.POSITIVE_INFINITY
    : Number.parseInt(node.content.toString('hex') || '0', 16);

export const der = (tag: number, ...parts: Uint8Array[]): Buffer => {
  const content = Buffer.concat(parts);
  const length = positive(Buffer.from(content.length.toString(16).padStart(8, '0'), 'hex'));
  const digits = length.length > 1 && length[0] === 0 ? length.subarray(1) : length;
  const short = content.length < 0x80;
  return Buffer.concat([
    Buffer.from(short ? [tag, content.length] : [tag, 0x80 | digits.length]),
    ...(short ? [] : [digits]),
    content,
  ]);
};

/** INTEGER of an unsigned number. */
export const derUnsigned = (magnitude: Uint8Array): Buffer => {
  const digits = positive(magnitude);
  return der(INTEGER, digits.length === 0 ? Buffer.alloc(1) : digits);
};
