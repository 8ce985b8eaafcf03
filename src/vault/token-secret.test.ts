import { expect, test } from 'vitest';
import { equalSecret, hashSecret, newSecret } from './token-secret.ts';

test('secrets are random, long enough and safe in a URL', () => {
  const made = Array.from({ length: 1000 }, () => newSecret(24));
  expect(new Set(made).size).toBe(1000);
  for (const secret of made) expect(secret).toMatch(/^[A-Za-z0-9_-]{32}$/);
  expect(newSecret()).toHaveLength(43);
  expect(() => newSecret(15)).toThrow(RangeError);
});

test('promise 25: what is stored is a hash, compared whatever its length', () => {
  expect(hashSecret('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  const secret = newSecret();
  expect(equalSecret(hashSecret(secret), hashSecret(secret))).toBe(true);
  for (const other of [
    hashSecret(newSecret()),
    hashSecret(secret).slice(1),
    '',
    hashSecret(secret).toUpperCase(),
  ])
    expect(equalSecret(hashSecret(secret), other)).toBe(false);
});
