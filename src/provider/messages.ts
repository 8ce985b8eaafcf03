/**
 * Messages of the protocol as far as our code touches them. Names are those of `protocol/tfplugin6.proto`. A zero and an
 * empty text are not sent at all: such a field is absent.
 */
import type { DynamicValue } from './values/codec.ts';

interface OfType {
  type_name: string;
}

interface RawState {
  json?: Uint8Array | null;
}

export interface Requests {
  GetProviderSchema: object;
  ValidateProviderConfig: { config: DynamicValue };
  ValidateResourceConfig: OfType & { config: DynamicValue };
  ValidateDataResourceConfig: OfType & { config: DynamicValue };
  ValidateEphemeralResourceConfig: OfType & { config: DynamicValue };
  UpgradeResourceState: OfType & { version?: number; raw_state: RawState | null };
  ConfigureProvider: { terraform_version?: string; config: DynamicValue };
  ReadResource: OfType & { current_state: DynamicValue; private?: Uint8Array };
  PlanResourceChange: OfType & {
    prior_state: DynamicValue;
    config: DynamicValue;
    proposed_new_state: DynamicValue;
    prior_private?: Uint8Array;
  };
  ApplyResourceChange: OfType & {
    prior_state: DynamicValue;
    planned_state: DynamicValue;
    config: DynamicValue;
    planned_private?: Uint8Array;
  };
  ImportResourceState: OfType & { id?: string };
  MoveResourceState: {
    source_provider_address: string;
    source_type_name: string;
    source_schema_version?: number;
    source_state: RawState | null;
    target_type_name: string;
  };
  ReadDataSource: OfType & { config: DynamicValue };
  OpenEphemeralResource: OfType & { config: DynamicValue };
  CloseEphemeralResource: OfType & { private?: Uint8Array };
  StopProvider: object;
}

export type Method = keyof Requests;
export type Handlers = { [M in Method]: (request: Requests[M]) => Promise<object> | object };
