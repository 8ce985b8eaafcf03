import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cutPage, pageBytes, pageRange, parsePageToken } from './log-page.ts';

/** Reads a whole file page by page, as a client does. */
const walk = (file: Buffer, maxBytes: number, token?: string): { entries: string[]; pages: number } => {
  const entries: string[] = [];
  let next: string | undefined = token;
  for (let pages = 1; pages < 10_000; pages += 1) {
    const start = parsePageToken(next);
    const range = pageRange(start, maxBytes);
    const bytes = file.subarray(range.offset, range.offset + range.maxBytes);
    const page = cutPage(start, { offset: range.offset, bytes, size: file.length, live: false });
    entries.push(...page.entries);
    if (page.forwardToken === null) return { entries, pages };
    next = page.forwardToken;
  }
  throw new Error('never ends');
};

describe('log pages', () => {
  test('walking forwards gives every line once, however small the pages', () => {
    const lines = Array.from({ length: 200 }, (_, index) => `line ${index} ${'x'.repeat(index % 17)}`);
    const file = Buffer.from(`${lines.join('\n')}\n`);
    for (const size of [40, 100, 1_000, 100_000]) expect(walk(file, size).entries).toEqual(lines);
  });

  test('a line longer than a page is cut between characters, never within one', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }),
        fc.integer({ min: 4, max: 9 }),
        (text, size) => {
          const line = text.replaceAll('\n', ' ');
          expect(walk(Buffer.from(line), size).entries.join('')).toBe(Buffer.from(line).toString());
        },
      ),
    );
  });

  test('the page before ends where this one begins, at the start of a line', () => {
    const file = Buffer.from('one\ntwo\nthree\nfour\n');
    const start = parsePageToken('-14');
    const range = pageRange(start, 8);
    const bytes = file.subarray(range.offset, range.offset + range.maxBytes);
    const page = cutPage(start, { offset: range.offset, bytes, size: file.length, live: true });
    expect(page).toEqual({ entries: ['three'], forwardToken: '14', rewindToken: '-8', truncated: true });
  });

  test('while a run lives, half a line waits and there is always a next page', () => {
    const bytes = Buffer.from('whole\nhal');
    expect(cutPage({ from: 0 }, { offset: 0, bytes, size: 9, live: true })).toMatchObject({
      entries: ['whole'],
      forwardToken: '6',
    });
    expect(cutPage({ from: 0 }, { offset: 0, bytes, size: 9, live: false })).toMatchObject({
      entries: ['whole', 'hal'],
      forwardToken: null,
    });
    expect(cutPage({ from: 9 }, { offset: 9, bytes: Buffer.alloc(0), size: 9, live: true })).toMatchObject({
      entries: [],
      forwardToken: '9',
    });
  });

  test('a page has at most 1 MB, whatever is asked for', () => {
    expect([undefined, 0, 200, 1e12].map(pageBytes)).toEqual([65_536, 1, 200, 1_048_576]);
  });

  test('a token that is none is refused', () => {
    for (const token of ['x', '1.5', '--1', '1e9', '99999999999999999'])
      expect(() => parsePageToken(token)).toThrow('next');
  });
});
