import fc from 'fast-check';
import { expect, test } from 'vitest';
import { groovyQuote } from './groovy.ts';

/** What Groovy makes of a single-quoted string: backslash escapes and nothing else. */
const read = (literal: string): string => {
  expect(literal).toMatch(/^'(?:[^'\\\n\r]|\\[\\'nrt]|\\u[0-9a-f]{4})*'$/);
  return literal
    .slice(1, -1)
    .replaceAll(/\\(?:u([0-9a-f]{4})|(.))/g, (_, hex: string | undefined, plain: string) =>
      hex ? String.fromCharCode(Number.parseInt(hex, 16)) : ({ n: '\n', r: '\r', t: '\t' }[plain] ?? plain),
    );
};

test.each([
  ['plain', "'plain'"],
  [`it's $HOME \${x} \\ "`, `'it\\'s $HOME \${x} \\\\ "'`],
  ['two\r\nlines\t', "'two\\r\\nlines\\t'"],
  ['ü😀\u001f', "'\\u00fc\\ud83d\\ude00\\u001f'"],
])('%j', (value, literal) => expect(groovyQuote(value)).toBe(literal));

test('reads back as it was, whatever it is, in ASCII on one line', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (value) => {
      const literal = groovyQuote(value);
      expect(literal).toMatch(/^[ -~]*$/);
      expect(read(literal)).toBe(value);
    }),
  );
});
