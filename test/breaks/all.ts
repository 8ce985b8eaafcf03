/** Every break, from the files beside this one that export `breaks`. */
import { readdir } from 'node:fs/promises';
import type { Break } from './break.ts';

const parts = ['all.ts', 'break.ts', 'breaks.test.ts', 'run.ts', 'copy.ts'];

export const root = new URL('../../', import.meta.url).pathname;

export const allBreaks = async (): Promise<Break[]> => {
  const here = new URL('./', import.meta.url);
  const names = (await readdir(here)).filter((name) => name.endsWith('.ts') && !parts.includes(name));
  const lists = await Promise.all(
    names.toSorted().map(async (name) => {
      const list: { breaks: readonly Break[] } = await import(new URL(name, here).href);
      return list.breaks;
    }),
  );
  return lists.flat();
};
