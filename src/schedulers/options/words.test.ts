import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { shellQuote } from '#core/quote.ts';
import { splitWords } from './words.ts';

describe('splitWords', () => {
  test.each([
    ['', []],
    ['  -n 4\t--time=1:00\n', ['-n', '4', '--time=1:00']],
    [`--comment="a b" 'c d'e f\\ g`, ['--comment=a b', 'c de', 'f g']],
    [`"say \\"hi\\" \\$x" ''`, ['say "hi" \\$x', '']],
    ['$HOME `id` * ; & | <x #y', ['$HOME', '`id`', '*', ';', '&', '|', '<x', '#y']],
    ['a\\\r\nb', ['ab']],
    ['größe 😀', ['größe', '😀']],
  ])('%j', (typed, words) => expect(splitWords(typed)).toEqual(words));

  test.each([`--a='x`, '"', 'a\0b', 'a\x1bb', `'a\nb'`])('refuses %j', (typed) =>
    expect(() => splitWords(typed)).toThrow(/headJobOptions: /),
  );

  test('gives back every word that was quoted for a shell', () => {
    const word = fc.string({ unit: 'grapheme' }).filter((each) => !/\p{Cc}/u.test(each));
    fc.assert(
      fc.property(fc.array(word), (words) => {
        expect(splitWords(words.map(shellQuote).join(' '))).toEqual(words);
      }),
    );
  });

  test('promise 19: parts words as a real shell does', () => {
    const typed = fc.string({ unit: fc.constantFrom('a', ' ', "'", '"', '\\', 'ü', '=', '-') });
    fc.assert(
      fc.property(typed, (text) => {
        let words: string[];
        try {
          words = splitWords(text);
        } catch {
          return;
        }
        fc.pre(!text.endsWith('\\'));
        const script = `printf '%s\\0' x ${text}`;
        const said = execFileSync('/bin/sh', ['-c', script], { stdio: 'pipe' }).toString();
        expect(words).toEqual(said.split('\0').slice(1, -1));
      }),
      { numRuns: 150 },
    );
  });
});
