/**
 * Reports are taken as far as they make sense: a client drops for good what is refused, so a value of another type, too
 * long or unknown is left out or cut, and never the whole report with it.
 */
import { z } from 'zod';
import { cutText } from '#core/reports.ts';

/** What a field should hold, for whoever reads the description: anything may come. */
export const told = {
  text: z.unknown().meta({ type: 'string' }).optional(),
  moment: z.unknown().meta({ type: 'string', format: 'date-time' }).optional(),
  whole: z.unknown().meta({ type: 'integer' }).optional(),
  real: z.unknown().meta({ type: 'number' }).optional(),
  flag: z.unknown().meta({ type: 'boolean' }).optional(),
  texts: z
    .unknown()
    .meta({ type: 'array', items: { type: 'string' } })
    .optional(),
  object: z.unknown().meta({ type: 'object' }).optional(),
};
type Told = typeof told.text;

/** Several fields of one kind. */
export const allTold = <const Name extends string>(names: readonly Name[], as: Told): Record<Name, Told> =>
  Object.fromEntries(names.map((name) => [name, as])) as Record<Name, Told>;

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Lists of objects; what is none is left out. */
export const objectsOf = (value: unknown, max: number): Record<string, unknown>[] =>
  Array.isArray(value) ? value.slice(0, max).filter(isObject) : [];

export const numberOf = (value: unknown): number | null =>
  typeof value === 'number' && Number.isFinite(value) ? value : null;

export const wholeOf = (value: unknown): number | null => {
  const number = numberOf(value);
  return number !== null && Number.isSafeInteger(Math.round(number)) ? Math.round(number) : null;
};

/** Counters are never negative. */
export const countOf = (value: unknown): number => Math.max(0, wholeOf(value) ?? 0);

export const flagOf = (value: unknown): boolean | null => (typeof value === 'boolean' ? value : null);

/** ISO text, with as many digits of a second as they like, or epoch milliseconds. */
export const momentOf = (value: unknown): number | null => {
  const time = typeof value === 'string' && value.length <= 40 ? Date.parse(value) : wholeOf(value);
  // As far as a date can be written.
  return time !== null && Math.abs(time) <= 8.64e15 ? time : null;
};

export const textsOf = (value: unknown, max: number, each: number): string[] | null =>
  Array.isArray(value) ? value.slice(0, max).flatMap((one) => cutText(one, each) ?? []) : null;

const maxDepth = 20;

/** Any JSON, cut where it is too deep or too much. */
export const jsonOf = (value: unknown, budget = { left: 5_000 }, depth = 0): unknown => {
  budget.left -= 1;
  if (budget.left < 0 || depth > maxDepth) return null;
  if (typeof value === 'string') return value.slice(0, 10_000);
  if (Array.isArray(value))
    return value.slice(0, budget.left + 1).map((one: unknown) => jsonOf(one, budget, depth + 1));
  if (!isObject(value)) return value;
  const kept: Record<string, unknown> = {};
  for (const [name, one] of Object.entries(value).slice(0, budget.left + 1))
    kept[name.slice(0, 255)] = jsonOf(one, budget, depth + 1);
  return kept;
};
