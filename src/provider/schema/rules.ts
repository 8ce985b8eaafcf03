/** Rules that values must follow, so that a plan says what the server would say at the apply. */
import type { z } from 'zod';
import { problemWith } from '#contract/problems.ts';
import { isName } from '#core/names.ts';
import type { Check } from './attribute.ts';

/** The server's own rule, from its contract. */
export const asContract =
  (schema: z.ZodType) =>
  (value: unknown): string | undefined =>
    problemWith(schema, value);

const empty = 'must not be empty: leave it out instead';

/** What comes back from the server as nothing must not be written as an empty text. */
export const said =
  (rule?: Check<string>): Check<string> =>
  (value) =>
    value === '' ? empty : rule?.(value);

export const name: Check<string> = (value) =>
  isName(value)
    ? undefined
    : 'use 1 to 100 letters, digits, dashes and underscores, beginning and ending with a letter or digit';

export const positive: Check<number> = (value) =>
  Number.isSafeInteger(value) && value > 0 ? undefined : 'must be a whole number above 0';
