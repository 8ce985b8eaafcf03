/** The list of breaks stays in step with the code: each still has its place and its test. `npm run breaks` runs them. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { allBreaks, root } from './all.ts';

test('every break has exactly one place in the code, and a test', async () => {
  const stale: string[] = [];
  for (const { keeps, file, from, to, test: by } of await allBreaks()) {
    const text = await readFile(join(root, file), 'utf8').catch(() => '');
    const times = text.split(from).length - 1;
    if (times !== 1) stale.push(`${keeps}: its text stands ${times} times in ${file}`);
    if (from === to) stale.push(`${keeps}: changes nothing`);
    if (!existsSync(join(root, by))) stale.push(`${keeps}: there is no ${by}`);
  }
  expect(stale).toEqual([]);
});

/** Promises that are kept, not those that are planned. */
const kept = async (): Promise<number[]> => {
  const text = await readFile(join(root, 'SECURITY.md'), 'utf8');
  return [...text.matchAll(/^(\d+)\. (?!\*Planned)/gm)].map(([, number]) => Number(number));
};
/** `promise 16: …`, `promises 1, 3, 8: …` */
const numbersIn = (text: string): number[] =>
  [...text.matchAll(/\bpromises? (\d+(?:(?:,| and) \d+)*)/g)].flatMap(([, list = '']) =>
    list.split(/,| and/).map(Number),
  );

test('every promise has a test of its number, and a break that such a test is to turn red for', async () => {
  const without: string[] = [];
  const named = new Map<string, Set<number>>();
  const broken = new Set<number>();
  for (const { keeps, test: by } of await allBreaks()) {
    if (!named.has(by)) named.set(by, new Set(numbersIn(await readFile(join(root, by), 'utf8'))));
    for (const number of numbersIn(keeps)) if (named.get(by)?.has(number)) broken.add(number);
  }
  const promises = await kept();
  expect(promises.length).toBeGreaterThan(20);
  for (const number of promises) if (!broken.has(number)) without.push(`promise ${number}`);
  expect(without).toEqual([]);
});
