/** Runs every benchmark, or those named on the command line: `npm run bench -- channel --command "squeue --me"`. */
import { readdir } from 'node:fs/promises';

const suffix = '.bench.ts';
const here = new URL('./', import.meta.url);
const all = (await readdir(here))
  .filter((name) => name.endsWith(suffix))
  .map((name) => name.slice(0, -suffix.length));
const words = process.argv.slice(2);
const named = words.filter((word) => all.includes(word));

for (const name of (named.length > 0 ? named : all).toSorted()) {
  const bench: { run(words: readonly string[]): Promise<void> } = await import(
    new URL(`${name}${suffix}`, here).href
  );
  await bench.run(words.filter((word) => word !== name));
}
