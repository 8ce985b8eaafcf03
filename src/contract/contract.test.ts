/** One way only: what the public contract has, we have, or `deviations.ts` says why not. More is allowed. */
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import extract from '#test/fixtures/contract-subset.json' with { type: 'json' };
import { type FlatSchema, flatten, type JsonSchema } from '#test/support/flat-schema.ts';
import type { Deviation } from './deviations/deviation.ts';
import { deviations } from './deviations.ts';
import { type Route, successOf } from './route.ts';
import { routes } from './routes.ts';

interface Operation {
  operationId: string;
  method: string;
  path: string;
  query: string[];
  request: FlatSchema;
  status: number;
  response: FlatSchema;
}

const json = (schema: z.ZodType, io: 'input' | 'output') =>
  flatten(
    z.toJSONSchema(schema, {
      io,
      unrepresentable: 'any',
      target: 'openapi-3.0',
      reused: 'inline',
    }) as JsonSchema,
  );

const deviates = (
  deviation: Deviation,
  operationId: string,
  part: Deviation['part'],
  field: string,
): boolean =>
  deviation.part === part &&
  (deviation.operations === undefined || deviation.operations.includes(operationId)) &&
  deviation.fields.some((known) => `.${field.replaceAll('[]', '')}.`.includes(`.${known}.`));

const used = new Set<Deviation>();
const excused = (operationId: string, part: Deviation['part'], field: string): boolean => {
  const found = deviations.filter((deviation) => deviates(deviation, operationId, part, field));
  for (const deviation of found) used.add(deviation);
  return found.length > 0;
};

/** Requests: their type must be among ours. Answers: ours must be theirs, and null only where they allow it. */
const fits = (part: Deviation['part'], theirs: string, ours: string): boolean => {
  const bare = (type: string) => type.replace('?', '').split('|');
  const [their, our] = [bare(theirs), bare(ours)];
  if (part === 'request') return their.every((type) => our.includes(type) || our.includes(''));
  const narrower = our.every(
    (type) => their.includes(type) || (type === 'integer' && their.includes('number')),
  );
  return narrower && (!ours.endsWith('?') || theirs.endsWith('?'));
};

const differences = (operation: Operation, route: Route): string[] => {
  const answer = successOf(route).answer;
  const ours = {
    request: route.body ? json(route.body, 'input') : {},
    response: answer && answer !== 'bytes' ? json(answer, 'output') : {},
  };
  return (['request', 'response'] as const).flatMap((part) =>
    Object.entries(operation[part]).flatMap(([field, type]) => {
      const own = ours[part][field];
      const problem =
        own === undefined ? 'missing' : fits(part, type, own) ? undefined : `is ${own} instead of ${type}`;
      if (problem === undefined || excused(operation.operationId, part, field)) return [];
      return [`${part} ${field}: ${problem}`];
    }),
  );
};

describe('the public contract', () => {
  const operations = extract as Operation[];

  test('knows every route that is not ours alone', () => {
    const known = new Set(operations.map(({ operationId }) => operationId));
    expect(routes.filter((route) => !route.extension && !known.has(route.operationId))).toEqual([]);
    expect(operations.length).toBeGreaterThan(138);
  });

  test.each(operations.map((operation) => [operation.operationId, operation] as const))(
    '%s',
    (id, operation) => {
      const route = routes.find(({ operationId }) => operationId === id);
      if (!route) throw new Error('this operation is missing');
      expect([route.method, route.path]).toEqual([operation.method, operation.path]);
      expect(successOf(route).status).toBe(operation.status);
      expect(differences(operation, route)).toEqual([]);
      const query = route.query ? Object.keys(json(route.query, 'input')) : [];
      const unread = operation.query.filter((name) => !query.includes(name) && !excused(id, 'query', name));
      expect(unread).toEqual([]);
    },
  );

  test('every deviation is still one', () => {
    expect(deviations.filter((deviation) => !used.has(deviation))).toEqual([]);
  });
});
