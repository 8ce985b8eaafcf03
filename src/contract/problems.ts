/** Parsing a request by its route, and saying what is wrong with it: field first, then the cure. */

import type { z } from 'zod';
import { badRequest } from '#core/errors.ts';
import { type Blanks, withoutBlanks } from './normalise.ts';

type Issue = z.core.$ZodIssue;

const expectedNames: Record<string, string> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
};

/** The schemas' own sentences go before ours; zod's do not. */
const isOurs = ({ message }: Issue): boolean => !/^(Invalid|Too|Unrecognized)/.test(message);

const sentence = (issue: Issue): string => {
  if (issue.input === undefined && issue.code !== 'custom') return 'is missing';
  if (isOurs(issue)) return issue.message;
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${expectedNames[issue.expected] ?? issue.expected}`;
    case 'too_big':
      if (issue.origin === 'string') return `is too long: at most ${issue.maximum} characters`;
      if (issue.origin === 'array') return `holds too many: at most ${issue.maximum}`;
      return `must be at most ${issue.maximum}`;
    case 'too_small':
      if (issue.origin === 'string') return `is too short: at least ${issue.minimum} characters`;
      if (issue.origin === 'array') return `holds too few: at least ${issue.minimum}`;
      return `must be at least ${issue.minimum}`;
    case 'invalid_value':
      return `must be one of ${issue.values.map(String).join(', ')}`;
    case 'invalid_union':
      return 'has a form that is not understood';
    default:
      return issue.message;
  }
};

/** One sentence for a person, naming up to three fields, each once: `computeEnv.config.port: must be at most 65535`. */
const explain = (issues: readonly Issue[]): string => {
  const said = new Map<string, string>();
  for (const issue of issues) {
    const field = issue.path.map(String).join('.') || 'body';
    if (!said.has(field)) said.set(field, `${field}: ${sentence(issue)}`);
  }
  return [...said.values()].slice(0, 3).join('; ');
};

/** What is wrong with a single value, as the server would say it; undefined when nothing is. */
export const problemWith = (schema: z.ZodType, value: unknown): string | undefined => {
  const result = schema.safeParse(value, { reportInput: true });
  const [issue] = result.error?.issues ?? [];
  return issue && sentence(issue);
};

/** What a request part means. @throws AppError 400 that names the field; never shows the value */
export const parse = <Schema extends z.ZodType>(
  schema: Schema,
  raw: unknown,
  telling?: Blanks,
): z.output<Schema> => parseUntouched(schema, withoutBlanks(raw ?? {}, telling));

/** The same, blanks and all. @throws AppError 400 that names the field */
export const parseUntouched = <Schema extends z.ZodType>(schema: Schema, raw: unknown): z.output<Schema> => {
  const result = schema.safeParse(raw ?? {}, { reportInput: true });
  if (result.success) return result.data;
  const field = result.error.issues[0]?.path.map(String).join('.');
  throw badRequest(explain(result.error.issues), field ? { field } : undefined);
};
