/** What keeps everybody waiting is refused before it is parsed. */
import { expect, test } from 'vitest';
import { checkShape } from './json-bodies.ts';

const megabyte = 1024 * 1024;
const filler = `"${'x'.repeat(megabyte)}"`;

test('nesting and the number of values have an end', () => {
  const deep = (levels: number) => `{"f":${filler},"a":${'['.repeat(levels)}${']'.repeat(levels)}}`;
  expect(() => checkShape(deep(63))).not.toThrow();
  expect(() => checkShape(deep(64))).toThrow('body: nested too deep: at most 64 levels');
  expect(() => checkShape('['.repeat(megabyte))).toThrow('nested too deep');
  expect(() => checkShape(`[${'[],'.repeat(megabyte)}[]]`)).toThrow('body: holds more than 200000 values');
  expect(() => checkShape(`[${'{},'.repeat(90_000)}${filler}]`)).not.toThrow();
  expect(() => checkShape(`[${'1,'.repeat(300_000)}1]`)).toThrow('more than 200000 values');
});

test('what stands within texts does not count, wherever they end', () => {
  for (const text of ['[{'.repeat(megabyte), '\\"['.repeat(megabyte), '\\', '"[', ',\\\\"'.repeat(megabyte)])
    expect(() => checkShape(JSON.stringify({ text, more: text, filler }))).not.toThrow();
  expect(() => checkShape(`{"a":"\\\\","b":${'['.repeat(megabyte)}`)).toThrow('nested too deep');
});

test('small bodies are not looked at twice', () => {
  expect(() => checkShape('['.repeat(10_000))).not.toThrow();
});
