/**
 * Writes test/fixtures/contract-subset.json: the operations of the public contract, each field on a line of its own with
 * its type, so that changes show in diffs. Usage: node scripts/contract-extract.ts <openapi.yaml>
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { parse } from 'yaml';
import { flatten, type JsonSchema } from '#test/support/flat-schema.ts';

interface Operation {
  operationId: string;
  parameters?: { name: string; in: string; schema: JsonSchema }[];
  requestBody?: { content: Record<string, { schema: JsonSchema }> };
  responses: Record<string, { content?: Record<string, { schema: JsonSchema }> }>;
}

const [, , file] = process.argv;
if (file === undefined) throw new Error('usage: node scripts/contract-extract.ts <openapi.yaml>');
const contract = parse(readFileSync(file, 'utf8')) as {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, JsonSchema> };
};

/** Of the many forms of a key or a configuration, those of the platforms and keys that are kept here. */
const foreign = /^(Agent|GitHub|GitLab|BitBucket|Gitea|ContainerRegistry)/;
const resolve = (reference: string): JsonSchema | undefined => {
  const named = reference.split('/').at(-1) ?? '';
  return foreign.test(named) ? undefined : contract.components.schemas[named];
};
const bodyOf = (content: Record<string, { schema: JsonSchema }> | undefined) => {
  const schema = content?.['application/json']?.schema;
  return schema ? flatten(schema, resolve) : {};
};

const extract = Object.entries(contract.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => {
    const status = Object.keys(operation.responses).find((code) => code.startsWith('2')) ?? '';
    const query = (operation.parameters ?? []).filter((parameter) => parameter.in === 'query');
    return {
      operationId: operation.operationId,
      method: method.toUpperCase(),
      path,
      query: query.map((parameter) => parameter.name),
      request: bodyOf(operation.requestBody?.content),
      status: Number(status),
      response: bodyOf(operation.responses[status]?.content),
    };
  }),
);
writeFileSync(
  new URL('../test/fixtures/contract-subset.json', import.meta.url),
  `${JSON.stringify(extract, null, 1)}\n`,
);
