/** Names of versions. */
import { expect, test } from 'vitest';
import { checkVersionName, nextVersionName } from './pipelines.ts';

test('the next version counts on from the one that was changed', () => {
  expect(nextVersionName('rnaseq', new Set())).toBe('rnaseq-2');
  expect(nextVersionName('rnaseq-1', new Set())).toBe('rnaseq-2');
  expect(nextVersionName('rnaseq-9', new Set(['rnaseq-10', 'rnaseq-11']))).toBe('rnaseq-12');
  expect(nextVersionName('v1.2', new Set())).toBe('v1.2-2');
  expect(nextVersionName('x'.repeat(100), new Set())).toHaveLength(94);
});

test('a version is called by one word', () => {
  expect(checkVersionName('name', 'v1.2_b-3')).toBe('v1.2_b-3');
  for (const name of ['', '.a', 'a b', 'a/b', 'x'.repeat(101)])
    expect(() => checkVersionName('version.name', name), name).toThrow(/^version\.name: use 1 to 100/);
});
