/**
 * `npm run breaks [-- WORD…]`: takes each promise out of a copy of the code, one at a time, and asks whether its test turns red.
 * Words choose: those breaks whose claim, file or test holds one of them. A green test is a failure here.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { allBreaks, root } from './all.ts';
import type { Break } from './break.ts';
import { copyOf } from './copy.ts';

const words = process.argv.slice(2);
const chosen = (await allBreaks()).filter(
  ({ keeps, file, test }) =>
    words.length === 0 || words.some((word) => [keeps, file, test].some((text) => text.includes(word))),
);
if (chosen.length === 0) {
  console.error(`No break has ${words.join(' or ')} in its claim, file or test`);
  process.exit(2);
}

const copy = await copyOf(root);
process.once('SIGINT', () => void copy.remove().finally(() => process.exit(130)));

/** Per file of tests, those that ran on unbroken code and no break has turned red yet. */
const neverRed = new Map<string, Set<string>>();
const leftIn = (test: string): Set<string> => {
  const left = neverRed.get(test) ?? new Set();
  neverRed.set(test, left);
  return left;
};
const seenRed = new Set<string>();

/** What a test says of unbroken code: red there proves nothing. */
const whole = new Map<string, string | null>();
const unbroken = async ({ test, named }: Break): Promise<string | null> => {
  const key = `${test} ${named ?? ''}`;
  const known = whole.get(key);
  if (known !== undefined) return known;
  const { green, red, nothing } = await copy.test(test, named);
  for (const name of green) if (!seenRed.has(`${test} ${name}`)) leftIn(test).add(name);
  const said = nothing ?? (red.length > 0 ? `red on unbroken code already: ${red.join('; ')}` : null);
  whole.set(key, said);
  return said;
};

/** @returns why the break proves nothing, or null where its test turned red */
const prove = async (broken: Break): Promise<string | null> => {
  const before = await unbroken(broken);
  if (before !== null) return before;
  const path = join(copy.dir, broken.file);
  const sound = await readFile(path, 'utf8');
  await writeFile(
    path,
    sound.replace(broken.from, () => broken.to),
  );
  const { red, green: passed, nothing } = await copy.test(broken.test, broken.named);
  await writeFile(path, sound);
  for (const name of red) {
    seenRed.add(`${broken.test} ${name}`);
    leftIn(broken.test).delete(name);
  }
  if (nothing !== null) return `no test ran: ${nothing}`;
  return red.length > 0 ? null : `GREEN: all ${passed.length} tests pass without it`;
};

let green = 0;
try {
  for (const broken of chosen.toSorted((a, b) => a.test.localeCompare(b.test))) {
    const start = performance.now();
    const problem = await prove(broken);
    const seconds = ((performance.now() - start) / 1_000).toFixed(1);
    if (problem !== null) green += 1;
    console.log(
      `${problem === null ? 'red ' : 'BAD '} ${broken.keeps} [${broken.file}, ${broken.test}, ${seconds} s]${problem === null ? '' : `\n     ${problem}`}`,
    );
  }
} finally {
  await copy.remove();
}
for (const [test, names] of neverRed)
  if (names.size > 0) console.log(`never red here, in ${test}:\n     ${[...names].join('\n     ')}`);
console.log(`${chosen.length - green} turned red, ${green} did not`);
process.exit(green > 0 ? 1 : 0);
