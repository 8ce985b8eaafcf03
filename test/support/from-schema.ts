/** Bodies and queries made from a route's own schema: near enough to be taken, with something odd in it now and then. */
import fc from 'fast-check';
import { z } from 'zod';

interface Schema {
  type?: string | string[];
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  enum?: unknown[];
  const?: unknown;
  minimum?: number;
  maximum?: number;
  maxLength?: number;
  pattern?: string;
  format?: string;
}

type Any = fc.Arbitrary<unknown>;

/** What breaks parsers, databases and shells. */
export const hostileWord: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    '',
    '0',
    '-1',
    '1e400',
    '99999999999999999999',
    '../..',
    '%00',
    '\0',
    "'; drop table users;--",
    '\ud800',
    '$(id)',
    '=1+1',
    'x'.repeat(70_000),
  ),
);

export const hostile: Any = fc.oneof(
  { depthSize: 'small' },
  hostileWord,
  fc.integer(),
  fc.double(),
  fc.constantFrom(null, true, [], {}, [null], { __proto__: null }, 2 ** 53, -0),
  fc.array(hostileWord, { maxLength: 3 }),
);

/** By the name of a field: what people would write there. */
export type Sensible = Record<string, readonly unknown[]>;

const matching = (pattern: string): Any => {
  try {
    return fc.stringMatching(new RegExp(pattern, 'u'), { size: 'small' });
  } catch {
    return fc.string({ maxLength: 20 });
  }
};

const textOf = ({ pattern, format, maxLength = 40 }: Schema): Any => {
  if (format === 'date-time') return fc.constantFrom('2026-01-01T00:00:00Z', '2026-01-01T00:00:00+02:00');
  if (format === 'date') return fc.constant('2026-01-01');
  if (pattern !== undefined) return matching(pattern);
  return fc.oneof(
    fc.string({ maxLength: Math.min(maxLength, 30) }),
    fc.constantFrom('a', 'main', 'x'.repeat(Math.min(maxLength, 300))),
  );
};

const build = (schema: Schema, sensible: Sensible, key: string, depth: number): Any => {
  const known = sensible[key];
  const plain = plainOf(schema, sensible, key, depth);
  const likely = known ? fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...known) }, plain) : plain;
  return fc.oneof({ weight: 24, arbitrary: likely }, { weight: 1, arbitrary: hostile });
};

const objectOf = (schema: Schema, sensible: Sensible, depth: number): Any => {
  const { properties = {}, required = [] } = schema;
  const fields = Object.entries(properties).map(([name, field]) => {
    const value = build(field, sensible, name, depth + 1);
    // Mostly there when it must be, and otherwise every other time.
    const chance = required.includes(name) ? 15 : 1;
    return fc.oneof(
      { weight: chance, arbitrary: value.map((given) => [name, given] as const) },
      { weight: 1, arbitrary: fc.constant(undefined) },
    );
  });
  const extra = fc.oneof(
    { weight: 12, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.tuple(hostileWord, hostile) },
  );
  return fc
    .tuple(...fields, extra)
    .map((entries) =>
      Object.fromEntries(entries.filter((entry): entry is readonly [string, unknown] => entry !== undefined)),
    );
};

const plainOf = (schema: Schema, sensible: Sensible, key: string, depth: number): Any => {
  if (depth > 8) return fc.constant(null);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices?.length) return fc.oneof(...choices.map((one) => build(one, sensible, key, depth + 1)));
  if (schema.allOf?.length)
    return fc
      .tuple(...schema.allOf.map((one) => plainOf(one, sensible, key, depth + 1)))
      .map((parts) => Object.assign({}, ...(parts as object[])) as unknown);
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum?.length) return fc.constantFrom(...schema.enum);
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  switch (type) {
    case 'string':
      return textOf(schema);
    case 'integer':
    case 'number': {
      const min = Math.max(schema.minimum ?? 0, -1_000);
      return fc.integer({ min, max: Math.max(min, Math.min(schema.maximum ?? 100, min + 1_000)) });
    }
    case 'boolean':
      return fc.boolean();
    case 'array':
      return fc.array(build(schema.items ?? {}, sensible, key, depth + 1), { maxLength: 4 });
    case 'object':
      return schema.properties
        ? objectOf(schema, sensible, depth)
        : fc.dictionary(fc.string({ maxLength: 8 }), hostile, { maxKeys: 3 });
    default:
      return hostile;
  }
};

/** What a schema takes as input, mostly. */
export const fromSchema = (schema: z.ZodType, sensible: Sensible): Any => {
  const json = z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    target: 'openapi-3.0',
    reused: 'inline',
  }) as Schema;
  return build(json, sensible, '', 0);
};
