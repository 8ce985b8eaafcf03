/** Values as they go over the wire, by the bytes that Terraform's own MessagePack has for them. */
import { encode } from '@msgpack/msgpack';
import { describe, expect, test } from 'vitest';
import { decodeMap, encodeValue } from './codec.ts';
import { hasUnknown, same, unknownValue, type Value, type ValueMap, withoutUnknown } from './value.ts';

const bytes = (...given: number[]) => ({ msgpack: Uint8Array.from(given) });
const there = (value: Value): Value => decodeMap(encodeValue(value));

describe('on the wire', () => {
  test('what is unknown is extension 0; a refined unknown (12) is unknown as well', () => {
    // {"a": <unknown>}: a map of one, a text of one, a fixed extension of one byte.
    expect(encodeValue({ a: unknownValue }).msgpack).toEqual(
      Uint8Array.from([0x81, 0xa1, 0x61, 0xd4, 0x00, 0x00]),
    );
    expect(decodeMap(bytes(0x81, 0xa1, 0x61, 0xd4, 0x00, 0x00))).toEqual({ a: unknownValue });
    // Terraform promises more of it: not null, a prefix.
    expect(decodeMap(bytes(0x81, 0xa1, 0x61, 0xc7, 0x03, 0x0c, 0x81, 0x01, 0xc2))).toEqual({
      a: unknownValue,
    });
  });

  test('nulls, texts, numbers, flags, lists and maps come back as they went', () => {
    const value: ValueMap = {
      nothing: null,
      empty: '',
      text: 'ä\n"\u0000',
      zero: 0,
      negative: -7,
      fraction: 0.5,
      large: Number.MAX_SAFE_INTEGER,
      yes: true,
      no: false,
      list: ['a', null, unknownValue],
      none: [],
      maps: [{ a: 1, b: unknownValue, c: null }, {}],
    };
    expect(there(value)).toEqual(value);
  });

  test('no state is null, whether it is said or left out', () => {
    expect(encodeValue(null).msgpack).toEqual(Uint8Array.from([0xc0]));
    expect(decodeMap(bytes(0xc0))).toBeNull();
    for (const absent of [undefined, null, {}, { msgpack: new Uint8Array() }])
      expect(decodeMap(absent)).toBeNull();
  });

  test('values may come as JSON, as state files hold them', () => {
    expect(decodeMap({ json: Buffer.from('{"a":{"b":[1,null]}}') })).toEqual({ a: { b: [1, null] } });
  });

  test('a number that is no whole one of 64 bits comes as a text, and is not taken for one', () => {
    // What Terraform sends for 0.1, which no floating point number is.
    expect(decodeMap({ msgpack: encode({ port: '0.1' }) })).toEqual({ port: '0.1' });
  });

  test('only our own symbol is unknown: a text that looks like it is a text', () => {
    expect(there({ a: 'Symbol(unknown)', b: '74D93920-ED26-11E3-AC10-0800200C9A66' })).toEqual({
      a: 'Symbol(unknown)',
      b: '74D93920-ED26-11E3-AC10-0800200C9A66',
    });
  });
});

describe('values', () => {
  test('an unknown one is found however deep it lies', () => {
    expect(hasUnknown({ a: [{ b: unknownValue }] })).toBe(true);
    expect(hasUnknown([null, [unknownValue]])).toBe(true);
    expect(hasUnknown({ a: [{ b: null }], c: 'x', d: 0 })).toBe(false);
    expect(hasUnknown(null)).toBe(false);
  });

  test('sameness goes by content; absent and null are the same, unknown is like unknown alone', () => {
    expect(same({ a: [1, { b: 'x' }] }, { a: [1, { b: 'x' }] })).toBe(true);
    expect(same({ a: null }, {})).toBe(true);
    expect(same({}, { a: null })).toBe(true);
    expect(same([1, 2], [2, 1])).toBe(false);
    expect(same([1], [1, null])).toBe(false);
    expect(same(unknownValue, unknownValue)).toBe(true);
    expect(same({ a: unknownValue }, { a: 'x' })).toBe(false);
    expect(same({ a: unknownValue }, { a: null })).toBe(false);
    expect(same([], {})).toBe(false);
    expect(same('1', 1)).toBe(false);
  });

  test('for handlers what is unknown is not given', () => {
    expect(withoutUnknown({ a: unknownValue, b: [unknownValue, 1], c: { d: unknownValue } })).toEqual({
      a: null,
      b: [null, 1],
      c: { d: null },
    });
  });
});
