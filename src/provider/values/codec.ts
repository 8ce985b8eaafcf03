/** Values on the wire: MessagePack with an extension for what is unknown, or JSON as state files hold it. */
import { Decoder, Encoder, ExtensionCodec } from '@msgpack/msgpack';
import { unknownValue, type Value, type ValueMap } from './value.ts';

export interface DynamicValue {
  msgpack?: Uint8Array;
  json?: Uint8Array;
}

/** Unknown; 12 is unknown too, with hints that may be left aside. */
const unknownTypes = [0, 12];

const extensionCodec = new ExtensionCodec();
for (const type of unknownTypes)
  extensionCodec.register({
    type,
    encode: (value: unknown) => (value === unknownValue && type === 0 ? new Uint8Array([0]) : null),
    decode: () => unknownValue,
  });
const encoder = new Encoder({ extensionCodec });
const decoder = new Decoder({ extensionCodec });

/** As Terraform wants to have it back. */
export const encodeValue = (value: Value): DynamicValue => ({ msgpack: encoder.encode(value) });

const decodeValue = (encoded: DynamicValue | null | undefined): Value => {
  if (encoded?.msgpack?.length) return decoder.decode(encoded.msgpack) as Value;
  if (encoded?.json?.length) return JSON.parse(Buffer.from(encoded.json).toString('utf8')) as Value;
  return null;
};

/** An object, or null where there is none: no state, nothing planned. */
export const decodeMap = (encoded: DynamicValue | null | undefined): ValueMap | null =>
  decodeValue(encoded) as ValueMap | null;
