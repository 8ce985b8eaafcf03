/** Reading what there is: states, imports, states of older versions and of other providers, data sources. */
import { dataSources, resources } from '../catalogue.ts';
import { AtPlace } from '../diagnostics.ts';
import { parseImportId } from '../import-id.ts';
import type { Handlers } from '../messages.ts';
import type { House } from '../provider.ts';
import type { Resource } from '../resource.ts';
import type { Attributes, Values } from '../schema/attribute.ts';
import { completed } from '../schema/plan.ts';
import { decodeMap, encodeValue } from '../values/codec.ts';
import type { ValueMap } from '../values/value.ts';
import { attempt, collect, definitionOf } from './common.ts';

type Known = Values<Attributes>;

/** A stored state as this version writes it; what it does not know goes, what is new is told by the next refresh. */
const upgraded = (resource: Resource, json: Uint8Array | null | undefined, version = 0): ValueMap => {
  const stored = JSON.parse(Buffer.from(json ?? []).toString('utf8') || '{}') as ValueMap;
  const current = version < resource.version ? (resource.upgrade?.(stored, version) ?? stored) : stored;
  return completed(resource.attributes, current);
};

/** `registry.terraform.io/seqeralabs/seqera` and `seqera_managed_credentials`: the noun behind the provider's name. */
const foreignNoun = (typeName: string): string => typeName.slice(typeName.indexOf('_') + 1);
const moveable = /(^|\/)(seqera|latchkey)$/;

type StateCalls = Pick<
  Handlers,
  'UpgradeResourceState' | 'MoveResourceState' | 'ReadResource' | 'ImportResourceState' | 'ReadDataSource'
>;

/** @returns handlers that read, import, and take over what others have stored */
export const createStateCalls = (house: House): StateCalls => {
  const { log } = house.options;
  const resourceOf = (typeName: string) => definitionOf(resources, house.nounOf(typeName));

  return {
    UpgradeResourceState: async ({ type_name, version, raw_state }) => {
      const resource = resourceOf(type_name);
      const said = collect();
      const work = () => upgraded(resource, raw_state?.json, version);
      const state = await attempt(`upgrade the state of ${resource.noun}`, resource, said, log, work, null);
      return { upgraded_state: encodeValue(state), diagnostics: said.encoded() };
    },

    MoveResourceState: async (request) => {
      const resource = resourceOf(request.target_type_name);
      const said = collect();
      const work = () => {
        const from = foreignNoun(request.source_type_name);
        const { source_provider_address: provider, source_type_name: type } = request;
        if (!moveable.test(provider) || ![resource.noun, ...(resource.movesFrom ?? [])].includes(from))
          throw new AtPlace([], `A ${type} of ${provider} cannot become a ${request.target_type_name}`);
        return upgraded(resource, request.source_state?.json, request.source_schema_version);
      };
      const state = await attempt(`move ${resource.noun}`, resource, said, log, work, null);
      return { target_state: encodeValue(state), diagnostics: said.encoded() };
    },

    ReadResource: async ({ type_name, current_state, private: kept }) => {
      const resource = resourceOf(type_name);
      const said = collect();
      const current = decodeMap(current_state) ?? {};
      const work = async () => {
        const found = await resource.read(house.context(said.say), current as Known);
        if (!found) log('info', 'gone', { type: type_name });
        return found && completed(resource.attributes, found);
      };
      const state = await attempt(`read ${resource.noun}`, resource, said, log, work, current);
      return { new_state: encodeValue(state), private: kept, diagnostics: said.encoded() };
    },

    ImportResourceState: async ({ type_name, id = '' }) => {
      const resource = resourceOf(type_name);
      const said = collect();
      const work = async () => {
        const keys = parseImportId(id, resource.importKeys);
        const state = completed(
          resource.attributes,
          (await resource.imported(keys, house.context(said.say))) as ValueMap,
        );
        return [{ type_name, state: encodeValue(state) }];
      };
      const imported = await attempt(`import ${resource.noun}`, resource, said, log, work, []);
      return { imported_resources: imported, diagnostics: said.encoded() };
    },

    ReadDataSource: async ({ type_name, config }) => {
      const source = definitionOf(dataSources, house.nounOf(type_name));
      const said = collect();
      const given = decodeMap(config) ?? {};
      const work = async () =>
        completed(source.attributes, await source.read(house.context(said.say), given as Known));
      const state = await attempt(`read ${source.noun}`, source, said, log, work, null);
      return { state: encodeValue(state), diagnostics: said.encoded() };
    },
  };
};
