/** What can be said about a configuration before anything is asked of a server. */
import type { Diagnostic, Path } from '../diagnostics.ts';
import { isMap, type Value, type ValueMap } from '../values/value.ts';
import { type Attribute, type Attributes, isNested } from './attribute.ts';

const isKnown = (value: Value): boolean =>
  typeof value !== 'symbol' && value !== null && !(Array.isArray(value) && !value.every(isKnown));

const wrong = (path: Path, detail: string): Diagnostic => ({
  severity: 'ERROR',
  summary: 'Invalid value',
  detail: `${path.findLast((step) => typeof step === 'string')}: ${detail}`,
  path,
});

const checkOne = (attribute: Attribute, value: Value, path: Path): Diagnostic[] => {
  if (isNested(attribute)) {
    if (!Array.isArray(value)) return [];
    return value.flatMap((element, index) =>
      isMap(element) ? checkConfig(attribute.attributes, element, [...path, index]) : [],
    );
  }
  if (!attribute.check || !isKnown(value)) return [];
  if (Array.isArray(value))
    return value.flatMap((element, index) => {
      const problem = attribute.check?.(element as never);
      return problem === undefined ? [] : [wrong([...path, index], problem)];
    });
  // The value is of the attribute's kind: Terraform has seen to that.
  const problem = attribute.check(value as never);
  return problem === undefined ? [] : [wrong(path, problem)];
};

/** Every value that is known already against its attribute's own rule. */
export const checkConfig = (attributes: Attributes, config: ValueMap, outer: Path = []): Diagnostic[] =>
  Object.entries(attributes).flatMap(([name, attribute]) =>
    checkOne(attribute, config[name] ?? null, [...outer, name]),
  );
