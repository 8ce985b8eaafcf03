/** The commands that the page for cluster administrators states, each as the pattern of a call. */
import { readFile } from 'node:fs/promises';

const page = new URL('../../docs/for-cluster-admins.md', import.meta.url);

export interface StatedCalls {
  /** Calls, as `PROGRAM WORDS…`, that the page does not state. */
  unstated(called: readonly string[]): string[];
  /** Lines of the page that no call was made by. */
  uncalled(called: readonly string[]): string[];
}

const patternOf = (line: string): RegExp => {
  const words = line
    .replaceAll('"', '')
    .split(' ')
    .map((word) =>
      word === '…'
        ? '(?: .*)?'
        : ` ${word.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll(/[A-Z]{2,}/g, '[^\\s-]\\S*')}`,
    );
  return new RegExp(`^${words.join('')}$`);
};

/** @param first how the block begins that is meant */
export const statedCalls = async (first: string): Promise<StatedCalls> => {
  const blocks = (await readFile(page, 'utf8')).split(/^```\n/m);
  const block = blocks.find((text) => text.startsWith(first));
  if (block === undefined) throw new Error(`the page states no calls that begin with ${first}`);
  const stated = block
    .trim()
    .split('\n')
    .map((line) => [line, patternOf(line)] as const);
  return {
    unstated: (called) => called.filter((call) => !stated.some(([, pattern]) => pattern.test(` ${call}`))),
    uncalled: (called) =>
      stated.flatMap(([line, pattern]) => (called.some((call) => pattern.test(` ${call}`)) ? [] : [line])),
  };
};
