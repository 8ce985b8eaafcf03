/** Validation: before anything is planned, without a server. */
import { dataSources, ephemerals, resources } from '../catalogue.ts';
import { type Diagnostic, encodeDiagnostic } from '../diagnostics.ts';
import type { Handlers } from '../messages.ts';
import type { House } from '../provider.ts';
import type { Attributes } from '../schema/attribute.ts';
import { checkConfig } from '../schema/check.ts';
import { settingsAttributes } from '../settings.ts';
import { type DynamicValue, decodeMap } from '../values/codec.ts';
import type { ValueMap } from '../values/value.ts';
import { definitionOf } from './common.ts';

interface Checked {
  attributes: Attributes;
  check?(config: ValueMap): Diagnostic[];
}

const validate = ({ attributes, check }: Checked, encoded: DynamicValue) => {
  const config = decodeMap(encoded) ?? {};
  const found = [...checkConfig(attributes, config), ...(check?.(config) ?? [])];
  return { diagnostics: found.map(encodeDiagnostic) };
};

type Validation = Pick<
  Handlers,
  | 'ValidateProviderConfig'
  | 'ValidateResourceConfig'
  | 'ValidateDataResourceConfig'
  | 'ValidateEphemeralResourceConfig'
>;

/** @returns handlers that judge what is written, without a server */
export const createValidation = ({ nounOf }: House): Validation => {
  const of =
    (all: ReadonlyMap<string, Checked>) =>
    ({ type_name, config }: { type_name: string; config: DynamicValue }) =>
      validate(definitionOf(all, nounOf(type_name)), config);
  return {
    ValidateProviderConfig: ({ config }) => validate({ attributes: settingsAttributes }, config),
    ValidateResourceConfig: of(resources),
    ValidateDataResourceConfig: of(dataSources),
    ValidateEphemeralResourceConfig: of(ephemerals),
  };
};
