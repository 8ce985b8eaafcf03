/** What clients write in many ways and mean in one: nulls and empty texts are absent, before any schema looks. */
import { badRequest } from '#core/errors.ts';

const maxDepth = 32;
/** More than any request means. */
const maxValues = 50_000;

/** What no database and no shell can carry. undefined: nothing of it. */
export const unfitIn = (typed: string): string | undefined => {
  if (typed.includes('\0')) return 'NUL characters are not allowed';
  return typed.isWellFormed() ? undefined : 'holds half of a character: text must be whole Unicode';
};

/** Names of fields, however deep, whose blanks say something. */
export interface Blanks {
  /** Null means "take it away", and so does an empty text. */
  clearable?: readonly string[] | undefined;
  /** An empty text is given back as it came: clients compare. */
  verbatim?: readonly string[] | undefined;
}

/**
 * Drops `null` and `''` from objects, however deep, but for the fields named. Lists keep their elements.
 * @throws AppError 400 for texts that are none
 */
export const withoutBlanks = (
  value: unknown,
  telling: Blanks = {},
  path: readonly string[] = [],
  budget = { left: maxValues },
): unknown => {
  budget.left -= 1;
  if (budget.left < 0) throw badRequest(`request: holds more than ${maxValues} values`);
  const unfit = typeof value === 'string' ? unfitIn(value) : undefined;
  if (unfit !== undefined) throw badRequest(`${path.join('.') || 'request'}: ${unfit}`);
  if (typeof value !== 'object' || value === null) return value;
  if (path.length > maxDepth) throw badRequest(`${path.slice(0, 3).join('.')}…: nested too deep`);
  if (Array.isArray(value))
    return value.map((element, index) => withoutBlanks(element, telling, [...path, `${index}`], budget));
  const kept: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(value)) {
    const blank = field === null || field === '' || field === undefined;
    if (field === '' && telling.verbatim?.includes(key)) kept[key] = field;
    else if (blank && telling.clearable?.includes(key)) kept[key] = null;
    else if (!blank) kept[key] = withoutBlanks(field, telling, [...path, key], budget);
  }
  return kept;
};
