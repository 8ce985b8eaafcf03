/** Values as Terraform knows them: what is written, what is null, and what is not known before it is done. */

/** What only an apply will tell. Compare with `===`. */
export const unknownValue: unique symbol = Symbol('unknown');
export type Unknown = typeof unknownValue;

export type Value = null | Unknown | string | number | boolean | Value[] | ValueMap;
export interface ValueMap {
  [name: string]: Value;
}

/** Whether it is an object: one of a nested list, or a whole state. */
export const isMap = (value: Value | undefined): value is ValueMap =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Whether it is written at all, be it with what is not known yet. */
export const isGiven = (value: Value | undefined): boolean => (value ?? null) !== null;

/** Whether anything in it is unknown. */
export const hasUnknown = (value: Value): boolean => {
  if (value === unknownValue) return true;
  if (Array.isArray(value)) return value.some(hasUnknown);
  return isMap(value) && Object.values(value).some(hasUnknown);
};

/** Same value, however deep; an unknown one is like nothing but another unknown one. */
export const same = (a: Value, b: Value): boolean => {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((element, index) => same(element, b[index] ?? null));
  if (!isMap(a) || !isMap(b)) return false;
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every((name) => same(a[name] ?? null, b[name] ?? null));
};

/** The same with null for what is unknown: for handlers, to whom both mean "not given". */
export const withoutUnknown = (value: Value): Value => {
  if (value === unknownValue) return null;
  if (Array.isArray(value)) return value.map(withoutUnknown);
  if (!isMap(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, withoutUnknown(field)]));
};
