/** What people write behind `terraform import`: a JSON object, or its values in order with slashes between. */
import { AtPlace } from './diagnostics.ts';
import type { ImportKey } from './resource.ts';
import type { ValueMap } from './values/value.ts';

const describe = (keys: readonly ImportKey[]): string => {
  const shown = keys.map(({ name, kind, required }) => {
    const sample = kind === 'number' ? `"${name}": 0` : `"${name}": "…"`;
    return required ? sample : `[${sample}]`;
  });
  return `{${shown.join(', ')}}`;
};

const numberOf = (value: unknown): number | undefined => {
  const found = typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : value;
  return typeof found === 'number' && Number.isSafeInteger(found) && found > 0 ? found : undefined;
};

/** Not given: also as a part between slashes that is empty, and as the zero that the documentation has for any number. */
const isAbsent = ({ kind, required }: ImportKey, value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === '' ||
  (kind === 'number' && !required && (value === 0 || value === '0'));

const valueOf = ({ kind }: ImportKey, value: unknown): string | number | undefined => {
  if (kind === 'number') return numberOf(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
};

const fieldsOf = (id: string, keys: readonly ImportKey[]): Record<string, unknown> => {
  if (!id.trimStart().startsWith('{')) {
    const parts = id.split('/');
    return Object.fromEntries(parts.map((part, index) => [keys[index]?.name ?? `part ${index + 1}`, part]));
  }
  try {
    return JSON.parse(id) as Record<string, unknown>;
  } catch {
    throw new AtPlace([], `The import id is not valid JSON. Write ${describe(keys)}`);
  }
};

/** @throws AtPlace that says how the id is written */
export const parseImportId = (id: string, keys: readonly ImportKey[]): ValueMap => {
  const given = fieldsOf(id, keys);
  const strange = Object.keys(given).find((name) => !keys.some((key) => key.name === name));
  if (strange !== undefined)
    throw new AtPlace([], `The import id has nothing named "${strange}". Write ${describe(keys)}`);
  return Object.fromEntries(
    keys.flatMap((key): [string, string | number][] => {
      const present = given[key.name];
      if (isAbsent(key, present)) {
        if (!key.required) return [];
        throw new AtPlace([], `The import id lacks "${key.name}". Write ${describe(keys)}`);
      }
      const value = valueOf(key, present);
      if (value === undefined)
        throw new AtPlace(
          [],
          `"${key.name}" in the import id must be a ${key.kind === 'number' ? 'number above 0' : 'text'}. Write ${describe(keys)}`,
        );
      return [[key.name, value]];
    }),
  );
};
