/** The pieces that requests and answers are made of, each with its limit and its sentence. */

import { z } from 'zod';
import { isName, isPathWithin } from '#core/names.ts';

export const kilobyte = 1024;
/** Scripts, configurations, parameters. */
export const maxScript = 256 * kilobyte;
/** Ids are numbers that JSON, SQLite and PostgreSQL all hold. */
const maxId = Number.MAX_SAFE_INTEGER;

/** Absent fields stay absent: blanks have gone before a schema looks. */
export const optional = z.exactOptional;

export const text = (max: number) => z.string().max(max);

/** One line without control characters. */
export const line = (max: number) =>
  text(max).refine(
    (value) => !/[\p{Cc}\u2028\u2029]/u.test(value),
    'must be one line without control characters',
  );

/** Of a file within a repository. */
export const pathWithin = (max: number) =>
  text(max).refine(isPathWithin, 'must be a path within the repository: relative, without ".."');

/** One word that no command can take for an option. */
export const word = (max: number) =>
  text(max).regex(/^[^\s\p{Cc}-][^\s\p{Cc}]*$/u, 'must be one word that does not begin with a dash');

export const script = text(maxScript);

export const name = (max: number) =>
  text(max).refine(
    isName,
    'use 1 to 100 letters, digits, dashes and underscores, beginning and ending with a letter or digit',
  );

/** Digits alone: `true`, `[5]`, `0x10` and `1e3` are numbers too for a language that coerces, and nobody means them. */
const numberOf = (given: unknown): unknown =>
  typeof given === 'string' && /^-?\d+$/.test(given) ? Number(given) : given;

/** Numbers arrive as text from forms, queries and some clients. */
export const whole = (min: number, max: number): z.ZodType<number, number | string> => {
  const wanted = `must be a whole number from ${min} to ${max}`;
  return z.preprocess<unknown, z.ZodNumber, number | string>(
    numberOf,
    z.number(wanted).int(wanted).min(min, wanted).max(max, wanted),
  );
};

export const id = whole(1, maxId);
/** 0 means absent for some clients. */
export const idOrZero = whole(0, maxId);

export const flag = z.union(
  [z.boolean(), z.stringbool({ truthy: ['true', '1'], falsy: ['false', '0'] })],
  'must be true or false',
);

/** An id that is text; some clients send digits as a number. */
export const textId = z.union([text(64), z.number()], 'must be an id').transform(String);

export const paging = {
  max: optional(whole(0, 1000)),
  offset: optional(whole(0, maxId)),
};
export const search = optional(text(200));

/** A page as the store wants it; 20 rows unless asked for more. */
export const pageOf = (query: { max?: number; offset?: number }): { max: number; offset: number } => ({
  max: query.max ?? 20,
  offset: query.offset ?? 0,
});

/** A moment in a request, as epoch milliseconds. A time of day needs its offset from UTC: guessing it would be wrong for most. */
export const time = z
  .union(
    [z.iso.datetime({ offset: true }), z.iso.date()],
    'must be a date, or a time with its offset from UTC, such as 2026-03-01T10:00:00Z',
  )
  .transform((given) => Date.parse(given));

/** A moment in an answer: always with `Z`. */
export const moment = z.iso.datetime();
export const number = z.int();

/** `attributes=labels`, several times or with commas: what is to be shown beyond the usual. Unknown ones change nothing. */
export const attributes = optional(
  z
    .union(
      [text(500), z.array(text(500)).max(20)],
      'must be words with commas between them, at most 20 times',
    )
    .transform((given) => [given].flat().flatMap((one) => one.split(','))),
);
