/** A provider's schema as its caller reads it, and the rules that callers hold plans and results to. */
import { isMap, same, unknownValue, type Value, type ValueMap } from '#provider/values/value.ts';

export interface SchemaAttribute {
  name: string;
  required?: boolean;
  optional?: boolean;
  computed?: boolean;
  write_only?: boolean;
  nested_type?: { attributes: SchemaAttribute[]; nesting: string };
}

export interface TypeSchema {
  version: number;
  attributes: SchemaAttribute[];
}

export const typesOf = (schemas: unknown): Map<string, TypeSchema> =>
  new Map(
    Object.entries(
      (schemas ?? {}) as Record<string, { version?: number; block: { attributes: SchemaAttribute[] } }>,
    ).map(([name, { version = 0, block }]) => [name, { version, attributes: block.attributes }]),
  );

/** Every attribute there, null where nothing is written. @throws Error for what the schema does not know or lacks */
export const configOf = (attributes: readonly SchemaAttribute[], written: ValueMap): ValueMap => {
  const strange = Object.keys(written).find((name) => !attributes.some((one) => one.name === name));
  if (strange !== undefined) throw new Error(`Unsupported argument: ${strange}`);
  return Object.fromEntries(
    attributes.map(({ name, required, nested_type: nested }): [string, Value] => {
      const value = written[name] ?? null;
      if (required && value === null) throw new Error(`Missing required argument: ${name}`);
      if (!nested) return [name, value];
      if (Array.isArray(value))
        return [name, value.map((one) => (isMap(one) ? configOf(nested.attributes, one) : one))];
      return [name, isMap(value) ? configOf(nested.attributes, value) : value];
    }),
  );
};

/** What Terraform refuses as "invalid plan". */
export const planProblems = (
  attributes: readonly SchemaAttribute[],
  config: ValueMap,
  planned: ValueMap,
  prior: ValueMap | null,
): string[] =>
  attributes.flatMap(({ name, computed, write_only: writeOnly, nested_type: nested }) => {
    const written: Value = config[name] ?? null;
    const now: Value = planned[name] ?? null;
    const before: Value = prior?.[name] ?? null;
    if (writeOnly) return now === null ? [] : [`${name} is write-only and planned`];
    if (written === null) return computed || now === null ? [] : [`${name} is planned without being written`];
    if (nested && Array.isArray(written) && Array.isArray(now))
      return written.flatMap((one, index) => {
        const other: Value = now[index] ?? null;
        const old: Value = Array.isArray(before) ? (before[index] ?? null) : null;
        return isMap(one) && isMap(other)
          ? planProblems(nested.attributes, one, other, isMap(old) ? old : null)
          : [];
      });
    return same(written, now) || (before !== null && same(before, now))
      ? []
      : [`${name} is planned as something else`];
  });

/** What Terraform refuses as "inconsistent result after apply". */
export const resultProblems = (planned: Value, result: Value, at = ''): string[] => {
  if (result === unknownValue) return [`${at} is still unknown`];
  if (planned === unknownValue || same(planned, result)) return [];
  if (isMap(planned) && isMap(result))
    return Object.keys(planned).flatMap((name) =>
      resultProblems(planned[name] ?? null, result[name] ?? null, `${at}.${name}`),
    );
  if (Array.isArray(planned) && Array.isArray(result) && planned.length === result.length)
    return planned.flatMap((one, index) => resultProblems(one, result[index] ?? null, `${at}[${index}]`));
  return [`${at} came out as something else`];
};
