/** Every text that a request may carry has a longest length: what has none could be sent for ever. */
import { expect, test } from 'vitest';
import { z } from 'zod';
import { routes } from './routes.ts';

interface Schema {
  type?: string;
  maxLength?: number;
  maximum?: number;
  enum?: unknown[];
  const?: unknown;
  format?: string;
  properties?: Record<string, Schema>;
  items?: Schema;
  maxItems?: number;
  anyOf?: Schema[];
  allOf?: Schema[];
}

const unlimited = (schema: Schema, path: string): string[] => {
  const inner = [
    ...Object.entries(schema.properties ?? {}).flatMap(([name, field]) =>
      unlimited(field, `${path}.${name}`),
    ),
    ...(schema.items ? unlimited(schema.items, `${path}[]`) : []),
    ...[...(schema.anyOf ?? []), ...(schema.allOf ?? [])].flatMap((one) => unlimited(one, path)),
  ];
  const fixed = schema.enum !== undefined || schema.const !== undefined || schema.format !== undefined;
  if (schema.type === 'string' && schema.maxLength === undefined && !fixed)
    return [`${path}: text`, ...inner];
  if (schema.type === 'array' && schema.maxItems === undefined) return [`${path}: list`, ...inner];
  return inner;
};

/** Nextflow's reports are cut to their limits, not refused: a refused one would be lost for good. */
const refusing = routes.filter(({ path }) => !path.startsWith('/trace/'));

test('every text and every list of a request has a limit', () => {
  const found = refusing.flatMap((route) =>
    (['params', 'query', 'body'] as const).flatMap((part) => {
      const schema = route[part];
      if (!schema) return [];
      const json = z.toJSONSchema(schema, {
        io: 'input',
        unrepresentable: 'any',
        reused: 'inline',
      }) as Schema;
      return unlimited(json, `${route.operationId} ${part}`);
    }),
  );
  expect(found).toEqual([]);
});
