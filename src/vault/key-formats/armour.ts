/** From pasted text to blocks: undoes what clipboards, editors, mail programs and JSON do to a key. */
import type { DekInfo } from './pem.ts';

/** One `-----BEGIN label-----` … `-----END label-----`; `ended` is false where the END line is missing. */
export interface Block {
  label: string;
  inner: string;
  ended: boolean;
}

/** Bounded, like every repetition below that could start anywhere: hostile text must not cost quadratic time. */
const DASHES = '[-\\u2010-\\u2015\\u2212]{2,8}';
const BEGIN = new RegExp(`${DASHES} ?BEGIN ([A-Z0-9 ]{3,40}?) ?${DASHES}`, 'g');
const END = new RegExp(`${DASHES} ?END ([A-Z0-9 ]{3,40}?) ?${DASHES}`);

/**
 * One trimmed line per line, joined by `\n`: no CR, byte order mark, invisible characters, indentation, blank lines.
 * A `\n` written out (a key copied out of JSON or an environment file) becomes a line end.
 */
export const normalise = (pasted: string): string => {
  const text = pasted.replace(/[\uFEFF\u200B-\u200D\u2060]/g, '').replace(/[\u00A0\u2007\u202F]/g, ' ');
  // In a PuTTY file that has its lines, a backslash belongs to the comment, over which the file's MAC goes.
  const keepBackslashes = /^\s*PuTTY-User-Key-File-\d: .*[\r\n]/.test(text);
  const unescaped = keepBackslashes
    ? text
    : text.replace(/(?:\\{1,4}r)?\\{1,4}n|\\{1,4}r/g, '\n').replace(/\\\//g, '/');
  return unescaped
    .split(/\r\n|[\r\n\u2028\u2029]/)
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join('\n');
};

/** All armoured blocks of a normalised text, in order. */
export const blocksOf = (text: string): Block[] =>
  [...text.matchAll(BEGIN)].map((begin, index, all) => {
    const label = begin[1] ?? '';
    const rest = text.slice(begin.index + begin[0].length, all[index + 1]?.index);
    const end = END.exec(rest);
    const ended = end !== null && end[1] === label;
    return { label, inner: ended ? rest.slice(0, end.index) : rest, ended };
  });

/** Label of the first END line, if any. */
export const endLabelOf = (text: string): string | undefined => END.exec(text)?.[1];

export interface BlockContent {
  dek: DekInfo | undefined;
  /** `undefined` where something other than base64 stands in the block. */
  body: Buffer | undefined;
}

const HEADERS = /Proc-Type:\s*4\s*,\s*ENCRYPTED\s+DEK-Info:\s*([A-Z0-9-]+)\s*,\s*([0-9A-Fa-f]+)(?=\s)/;

/** Decodes a block's inside; line ends may be missing altogether. */
export const contentOf = (inner: string): BlockContent => {
  const headers = HEADERS.exec(inner);
  const dek = headers === null ? undefined : { cipher: headers[1] ?? '', iv: headers[2] ?? '' };
  const base64 = (headers === null ? inner : inner.slice(headers.index + headers[0].length)).replace(
    /\s/g,
    '',
  );
  return { dek, body: /^[A-Za-z0-9+/]*={0,2}$/.test(base64) ? Buffer.from(base64, 'base64') : undefined };
};
