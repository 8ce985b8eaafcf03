/**
 * What an apply will do, from what is written and what there is. The rules are Terraform's: what is written stays as it
 * is written, what is not is kept, filled in, or left open until it is done.
 */
import type { Path } from '../diagnostics.ts';
import { isMap, same, unknownValue, type Value, type ValueMap } from '../values/value.ts';
import { type Attribute, type Attributes, isComputed, isNested } from './attribute.ts';

const filledIn = (attribute: Attribute, config: ValueMap, prior: Value | undefined): Value => {
  const { default: given } = attribute;
  if (given !== undefined) return typeof given === 'function' ? given(config) : given;
  if (!isComputed(attribute)) return null;
  return prior === undefined ? unknownValue : prior;
};

const planOne = (name: string, attribute: Attribute, config: ValueMap, prior: ValueMap | null): Value => {
  if (attribute.writeOnly) return null;
  const written = config[name] ?? null;
  const before = prior ? (prior[name] ?? null) : undefined;
  if (written === null) return filledIn(attribute, config, before);
  if (!isNested(attribute) || !Array.isArray(written)) return written;
  return written.map((element, index) => {
    const old = Array.isArray(before) ? before[index] : undefined;
    return isMap(element) ? planState(attribute.attributes, element, isMap(old) ? old : null) : element;
  });
};

/** The planned state, before a resource has its say. `prior` null: something new. */
export const planState = (attributes: Attributes, config: ValueMap, prior: ValueMap | null): ValueMap =>
  Object.fromEntries(
    Object.entries(attributes).map(([name, attribute]) => [name, planOne(name, attribute, config, prior)]),
  );

/** Names of the outermost attributes that are to change. */
export const changedNames = (planned: ValueMap, prior: ValueMap): Set<string> =>
  new Set(Object.keys(planned).filter((name) => !same(planned[name] ?? null, prior[name] ?? null)));

/** Whether a computed attribute is to be told anew. */
const isStale = ({ follows }: Attribute, changed: ReadonlySet<string>): boolean =>
  follows === 'everything' || (follows?.some((name) => changed.has(name)) ?? false);

/** Leaves open what may come out differently because of the change. */
export const openFollowers = (
  attributes: Attributes,
  config: ValueMap,
  planned: ValueMap,
  changed: ReadonlySet<string>,
): ValueMap => {
  const stale = (name: string, attribute: Attribute) =>
    isComputed(attribute) && (config[name] ?? null) === null && isStale(attribute, changed);
  return Object.fromEntries(
    Object.entries(planned).map(([name, value]) => {
      const attribute = attributes[name];
      return [name, changed.size > 0 && attribute && stale(name, attribute) ? unknownValue : value];
    }),
  );
};

/** Where a change makes another thing of it. */
export const replacingPaths = (attributes: Attributes, planned: ValueMap, prior: ValueMap): Path[] =>
  Object.entries(attributes).flatMap(([name, { replaces }]): Path[] =>
    replaces && !same(planned[name] ?? null, prior[name] ?? null) ? [[name]] : [],
  );

/** Every attribute there, null where nothing was said, and nothing of what is kept nowhere. */
export const completed = (attributes: Attributes, values: ValueMap): ValueMap =>
  Object.fromEntries(
    Object.entries(attributes).map(([name, attribute]) => {
      const value = values[name] ?? null;
      if (attribute.writeOnly) return [name, null];
      if (!isNested(attribute) || !Array.isArray(value)) return [name, value];
      const fields = attribute.attributes;
      return [name, value.map((element) => (isMap(element) ? completed(fields, element) : element))];
    }),
  );
