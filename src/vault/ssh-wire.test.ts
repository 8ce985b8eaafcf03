import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { readWire, uint32, wireMpint, wireString } from './ssh-wire.ts';

test('strings and numbers come back as they went in', () => {
  fc.assert(
    fc.property(
      fc.uint8Array(),
      fc.nat(0xffff_ffff),
      fc.string({ unit: 'grapheme' }),
      (bytes, number, text) => {
        const read = readWire(Buffer.concat([wireString(bytes), uint32(number), wireString(text), bytes]));
        expect(read.bytes().equals(bytes)).toBe(true);
        expect([read.uint32(), read.text()]).toEqual([number, text]);
        expect(read.rest().equals(bytes)).toBe(true);
      },
    ),
  );
});

test('the examples of RFC 4251 for mpint', () => {
  const hex = (digits: string): string => wireMpint(Buffer.from(digits, 'hex')).toString('hex');
  expect(hex('00')).toBe('00000000');
  expect(hex('09a378f9b2e332a7')).toBe('0000000809a378f9b2e332a7');
  expect(hex('80')).toBe('000000020080');
  expect(hex('000000ff')).toBe('0000000200ff');
});

test('what ends too early is refused, also with an absurd length', () => {
  const whole = wireString('twelve bytes');
  for (let length = 0; length < whole.length; length += 1)
    expect(() => readWire(whole.subarray(0, length)).bytes()).toThrow(RangeError);
  expect(() => readWire(uint32(0xffff_ffff)).bytes()).toThrow(RangeError);
});
