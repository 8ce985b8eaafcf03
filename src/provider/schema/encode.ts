/** Attributes as the protocol wants to hear them. */
import { type Attribute, type Attributes, isComputed, isNested } from './attribute.ts';

const types = {
  text: 'string',
  number: 'number',
  flag: 'bool',
  texts: ['list', 'string'],
} as const;

const encodeAttribute = ([name, attribute]: [string, Attribute]): object => ({
  name,
  description: attribute.description,
  description_kind: 'MARKDOWN',
  required: attribute.required ?? false,
  optional: attribute.optional ?? false,
  computed: isComputed(attribute),
  sensitive: attribute.sensitive ?? attribute.writeOnly ?? false,
  write_only: attribute.writeOnly ?? false,
  ...(isNested(attribute)
    ? {
        nested_type: {
          attributes: Object.entries(attribute.attributes).map(encodeAttribute),
          nesting: 'LIST',
        },
      }
    : { type: Buffer.from(JSON.stringify(types[attribute.kind])) }),
});

/** One schema of the provider. */
export const encodeSchema = (version: number, description: string, attributes: Attributes): object => ({
  version,
  block: {
    version,
    description,
    description_kind: 'MARKDOWN',
    attributes: Object.entries(attributes).map(encodeAttribute),
  },
});
