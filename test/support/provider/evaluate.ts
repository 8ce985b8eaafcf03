/** What expressions come to, in a scope of values that are known, or will be. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMap, unknownValue, type Value } from '#provider/values/value.ts';
import type { Expression } from './hcl.ts';

export interface Scope {
  /** Folder that `path.module` and `file()` start from. */
  dir: string;
  /** `var.x`, `local.x`, `latchkey_thing.name`, `data.latchkey_thing.name`, … */
  values: Map<string, Value>;
}

/** As a template writes it. */
const textOf = (value: Value | undefined): string =>
  typeof value === 'string' ? value : JSON.stringify(value ?? null);

const functions: Record<string, (scope: Scope, ...given: Value[]) => Value> = {
  file: ({ dir }, path) => {
    const at = textOf(path);
    return readFileSync(at.startsWith('/') ? at : join(dir, at), 'utf8');
  },
  trimspace: (_, text) => textOf(text).trim(),
  jsonencode: (_, value) => JSON.stringify(value),
};

const inside = (value: Value | undefined, path: readonly (string | number)[]): Value => {
  if (value === undefined) throw new Error(`nothing is named so: ${path.join('.')}`);
  if (path.length === 0 || value === unknownValue || value === null) return value;
  const [step, ...rest] = path;
  if (Array.isArray(value)) return inside(value[Number(step)], rest);
  return isMap(value) ? inside(value[String(step)] ?? null, rest) : value;
};

const lookUp = ({ values, dir }: Scope, path: readonly (string | number)[]): Value => {
  if (path.join('.') === 'path.module') return dir;
  for (const length of [3, 2]) {
    const found = values.get(path.slice(0, length).join('.'));
    if (found !== undefined) return inside(found, path.slice(length));
  }
  throw new Error(`nothing is named ${path.join('.')}`);
};

export const evaluate = (expression: Expression, scope: Scope): Value => {
  switch (expression.kind) {
    case 'literal':
      return expression.value;
    case 'list':
      return expression.elements.map((element) => evaluate(element, scope));
    case 'object':
      return Object.fromEntries(
        expression.fields.map(([name, value]): [string, Value] => [name, evaluate(value, scope)]),
      );
    case 'reference':
      return lookUp(scope, expression.path);
    case 'template': {
      const parts = expression.parts.map((part) => evaluate(part, scope));
      return parts.includes(unknownValue) ? unknownValue : parts.map((part) => textOf(part)).join('');
    }
    case 'call': {
      const given = expression.given.map((one) => evaluate(one, scope));
      if (given.includes(unknownValue)) return unknownValue;
      const call = functions[expression.name];
      if (!call) throw new Error(`no function ${expression.name}`);
      return call(scope, ...given);
    }
  }
};
