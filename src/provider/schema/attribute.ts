/** What a resource is made of: one word per attribute, from which schema, plan, checks and documentation follow. */
import type { Value, ValueMap } from '../values/value.ts';

/** Given as a sentence that says what to do; undefined when all is well. */
export type Check<Held> = (value: Held) => string | undefined;

export interface Traits {
  /** One or two sentences of Markdown. */
  description: string;
  /** Must be given, may be given, or (neither) is told by the server. */
  required?: true;
  optional?: true;
  /** Told by the server or filled in by us where it is not given. */
  computed?: true;
  /** Comes in with each apply and is kept nowhere. Always sensitive. */
  writeOnly?: true;
  sensitive?: true;
  /** Another value is another thing: the old one goes, a new one comes. */
  replaces?: true;
  /** Filled in where it is not given; may depend on what is given beside it. */
  default?: Value | ((beside: ValueMap) => Value);
  /** Computed, and told anew after a change of any of these, or of anything. */
  follows?: readonly string[] | 'everything';
}

type Native = { text: string; number: number; flag: boolean; texts: string[] };

interface Simple<Kind extends keyof Native> extends Traits {
  kind: Kind;
  /** Of lists each element. */
  check?(value: Native[Kind] extends readonly (infer Element)[] ? Element : Native[Kind]): string | undefined;
  /** For the documentation. */
  oneOf?: readonly string[];
}

export interface Nested<Fields extends Attributes = Attributes> extends Traits {
  kind: 'objects';
  attributes: Fields;
}

export type Attribute = { [Kind in keyof Native]: Simple<Kind> }[keyof Native] | Nested;
export interface Attributes {
  readonly [name: string]: Attribute;
}

/** What an attribute holds once everything is known. */
type HeldBy<A extends Attribute> =
  A extends Nested<infer Fields> ? Values<Fields>[] : A extends Simple<infer Kind> ? Native[Kind] : never;

/** All attributes of a resource; what is not given or not known is null. */
export type Values<Fields extends Attributes> = { [Name in keyof Fields]: HeldBy<Fields[Name]> | null };

type Given<Kind extends keyof Native> = Omit<Simple<Kind>, 'kind'>;

/** Strings. */
export const text = <const T extends Given<'text'>>(traits: T): T & { kind: 'text' } => ({
  kind: 'text',
  ...traits,
});
/** Numbers. */
export const number = <const T extends Given<'number'>>(traits: T): T & { kind: 'number' } => ({
  kind: 'number',
  ...traits,
});
/** Booleans. */
export const flag = <const T extends Given<'flag'>>(traits: T): T & { kind: 'flag' } => ({
  kind: 'flag',
  ...traits,
});
/** Lists of strings. */
export const texts = <const T extends Given<'texts'>>(traits: T): T & { kind: 'texts' } => ({
  kind: 'texts',
  ...traits,
});

/** One of a few words. */
export const choice = <const T extends Given<'text'>>(
  words: readonly string[],
  traits: T,
): T & { kind: 'text' } =>
  text({
    oneOf: words,
    check: (value: string) =>
      words.includes(value) ? undefined : `must be one of ${words.map((word) => `"${word}"`).join(', ')}`,
    ...traits,
  });

/** Lists of what has attributes of its own. */
export const objects = <Fields extends Attributes, const T extends Traits>(
  traits: T & { attributes: Fields },
): T & { kind: 'objects'; attributes: Fields } => ({ kind: 'objects', ...traits });

/** Whether it has attributes of its own. */
export const isNested = (attribute: Attribute): attribute is Nested => 'attributes' in attribute;

/** Whether the server, or we, may fill it in. */
export const isComputed = (attribute: Attribute): boolean =>
  attribute.computed === true || (attribute.required !== true && attribute.optional !== true);
