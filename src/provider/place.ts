/** Finds the attribute that a server's sentence is about: they begin with the field that they name. */
import type { ClientProblem } from '#client/problem.ts';
import type { Path } from './diagnostics.ts';
import { type Attributes, isNested } from './schema/attribute.ts';
import type { ValueMap } from './values/value.ts';

export interface Placed {
  attributes: Attributes;
  places?: Readonly<Record<string, Path>>;
  scope?: readonly Path[];
}

const snake = (field: string): string =>
  field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`).replace(/^_/, '');

/** Who or what is unknown or in the way is told by its kind. */
const kinds: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^Unknown organisation:/, ['org_id']],
  [/^Unknown workspace:/, ['workspace_id']],
  [/^Unknown managed identity:/, ['managed_identity_id']],
  [/^Unknown (member|user):/, ['user_id', 'managed_credentials_id', 'user', 'member_id']],
  [/^Unknown team:/, ['team_id']],
  // What the cluster says of a key begins with the host.
  [/ Nothing was stored\.$/, ['private_key_wo', 'linux_user_name']],
  [/ already$/, ['user', 'member_id', 'team_id']],
  [/^Unknown managed credentials:/, ['managed_credentials_id']],
  [/^Unknown credentials:/, ['credentials_id']],
];

const fieldOf = (message: string): string | undefined => /^([A-Za-z][\w.[\]-]{0,80}): /.exec(message)?.[1];

/** `config.environment.3.name`: of the third variable, not of the whole. */
const insideList = (attributes: Attributes, parts: readonly string[]): Path | undefined => {
  const at = parts.findIndex((part) => {
    const attribute = Object.hasOwn(attributes, snake(part)) ? attributes[snake(part)] : undefined;
    return attribute !== undefined && isNested(attribute);
  });
  const [list, index, field] = parts.slice(at, at + 3);
  if (at < 0 || list === undefined) return undefined;
  return [
    snake(list),
    ...(index === undefined ? [] : [Number(index)]),
    ...(field === undefined ? [] : [snake(field)]),
  ];
};

/** Undefined: about the whole of it. Of several that may be meant, the one that is written. */
export const placeOf = (
  { attributes, places = {}, scope }: Placed,
  { message, status }: ClientProblem,
  config: ValueMap = {},
): Path | undefined => {
  const written = (paths: readonly Path[]): Path | undefined =>
    paths.find(([name]) => (config[String(name)] ?? null) !== null) ?? paths[0];
  const field = fieldOf(message);
  if (field !== undefined) {
    const parts = field.split('.');
    const last = parts.findLast((part) => !/^\d+$/.test(part)) ?? field;
    const found =
      insideList(attributes, parts) ??
      places[last] ??
      (Object.hasOwn(attributes, snake(last)) ? [snake(last)] : undefined);
    if (found) return found;
  }
  const named = kinds.find(([pattern]) => pattern.test(message))?.[1];
  if (named) return written(named.flatMap((name) => (Object.hasOwn(attributes, name) ? [[name]] : [])));
  if (status !== 403) return undefined;
  const usual = ['org_id', 'workspace_id'].filter((name) => Object.hasOwn(attributes, name));
  return written(scope ?? usual.map((name) => [name]));
};
