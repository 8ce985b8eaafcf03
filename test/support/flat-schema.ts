/** JSON schemas as flat lists of fields with types, so that two of them can be compared line by line. */

export interface JsonSchema {
  $ref?: string;
  type?: string;
  nullable?: boolean;
  properties?: Record<string, JsonSchema>;
  items?: JsonSchema;
  oneOf?: JsonSchema[];
  anyOf?: JsonSchema[];
  allOf?: JsonSchema[];
  enum?: unknown[];
  const?: unknown;
}

/** `a.b[].c` → `string`, `integer?` (null allowed), `integer|string` (several) … */
export type FlatSchema = Record<string, string>;

const typeOfValue = (value: unknown): string => (value === null ? 'null' : typeof value);

/** @param resolve what a reference names; undefined: leave that variant out */
export const flatten = (
  schema: JsonSchema,
  resolve: (reference: string) => JsonSchema | undefined = () => undefined,
): FlatSchema => {
  const found = new Map<string, Set<string>>();
  const note = (path: string, type: string) => found.set(path, (found.get(path) ?? new Set()).add(type));

  const visit = (part: JsonSchema, path: string, nullable: boolean, seen: readonly string[]): void => {
    if (part.$ref !== undefined) {
      if (seen.includes(part.$ref)) return;
      const target = resolve(part.$ref);
      if (target) visit(target, path, nullable, [...seen, part.$ref]);
      return;
    }
    const orNull = nullable || part.nullable === true;
    const variants = [...(part.oneOf ?? []), ...(part.anyOf ?? []), ...(part.allOf ?? [])];
    for (const variant of variants) visit(variant, path, orNull, seen);
    if (variants.length > 0 && !part.properties) return;
    const type = part.type ?? (part.properties ? 'object' : typeOfValue(part.const ?? part.enum?.[0] ?? {}));
    if (path !== '' && type !== 'null') note(path, type);
    if (path !== '' && (orNull || type === 'null')) note(path, '?');
    if (part.items) visit(part.items, `${path}[]`, false, seen);
    for (const [name, child] of Object.entries(part.properties ?? {}))
      visit(child, path === '' ? name : `${path}.${name}`, false, seen);
  };
  visit(schema, '', false, []);
  const named = (types: Set<string>) =>
    [...types]
      .filter((type) => type !== '?')
      .sort()
      .join('|') + (types.has('?') ? '?' : '');
  return Object.fromEntries(
    [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([path, types]) => [path, named(types)]),
  );
};
