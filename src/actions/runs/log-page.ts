/** Pure: cutting a growing file of lines into pages that a client can walk forwards and backwards. */
import { badRequest } from '#core/errors.ts';

const defaultBytes = 64 * 1024;
const mostBytes = 1024 * 1024;

/** A stretch of the file: forwards from `from`, or backwards so that it ends before `to`. */
export type PageStart = { from: number } | { to: number };

/**
 * Tokens are the next byte to read, or, after `-`, the byte that the page before ends at.
 * @throws AppError 400 for anything else
 */
export const parsePageToken = (token: string | undefined): PageStart => {
  if (token === undefined || token === '') return { from: 0 };
  const [, back, digits] = /^(-?)(\d{1,15})$/.exec(token) ?? [];
  if (digits === undefined)
    throw badRequest('next: give a token of the page before, or leave it out', { field: 'next' });
  return back ? { to: Number(digits) } : { from: Number(digits) };
};

export const pageBytes = (maxLength: number | undefined): number =>
  Math.min(Math.max(maxLength ?? defaultBytes, 1), mostBytes);

/** First byte and length to read for a page. */
export const pageRange = (start: PageStart, maxBytes: number): { offset: number; maxBytes: number } =>
  'from' in start
    ? { offset: start.from, maxBytes }
    : { offset: Math.max(0, start.to - maxBytes), maxBytes: Math.min(start.to, maxBytes) };

/** Length of `bytes` without a character that was cut in its middle. */
const wholeCharacters = (bytes: Uint8Array): number => {
  let back = 0;
  while (back < 3 && back < bytes.length && ((bytes[bytes.length - 1 - back] ?? 0) & 0xc0) === 0x80)
    back += 1;
  const lead = bytes[bytes.length - 1 - back] ?? 0;
  const wanted = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
  return wanted > back + 1 ? bytes.length - back - 1 : bytes.length;
};

export interface LogPage {
  entries: string[];
  forwardToken: string | null;
  rewindToken: string | null;
  truncated: boolean;
}

/**
 * @param live the file may still grow: its last line, without an end, waits for the next page
 * @param size of the whole file, in bytes
 */
export const cutPage = (
  start: PageStart,
  { offset, bytes, size, live }: { offset: number; bytes: Uint8Array; size: number; live: boolean },
): LogPage => {
  // A page that ends before `to` begins somewhere within a line: that line belongs to the page before.
  const skipped = 'to' in start && offset > 0 ? bytes.indexOf(0x0a) + 1 : 0;
  const atEnd = offset + bytes.length >= size;
  const lastLine = bytes.lastIndexOf(0x0a) + 1;
  const keepRest = ('to' in start || atEnd) && !live;
  const end = keepRest
    ? bytes.length
    : lastLine > skipped
      ? lastLine
      : atEnd
        ? skipped
        : wholeCharacters(bytes);
  const text = new TextDecoder().decode(bytes.subarray(skipped, end));
  const next = offset + end;
  const more = next < size;
  return {
    entries: text === '' ? [] : text.replace(/\n$/, '').split('\n'),
    forwardToken: more || live ? String(next) : null,
    rewindToken: offset + skipped > 0 ? `-${offset + skipped}` : null,
    truncated: more,
  };
};
