/** What Terraform does with a provider, for one run: configure, refresh, plan, apply, each resource in its turn. */

import type { Method } from '#provider/messages.ts';
import { type DynamicValue, decodeMap, encodeValue } from '#provider/values/codec.ts';
import { same, unknownValue, type Value, type ValueMap } from '#provider/values/value.ts';
import type { Plugin } from './plugin.ts';
import {
  configOf,
  planProblems,
  resultProblems,
  type SchemaAttribute,
  type TypeSchema,
  typesOf,
} from './schema.ts';

export interface Kept {
  type: string;
  version: number;
  values: ValueMap;
  tainted: boolean;
}

export type Action = 'none' | 'create' | 'update' | 'replace';
export interface Planned {
  action: Action;
  values: ValueMap;
}

export class Refused extends Error {}

/** Printed as Terraform prints them, more or less: the attribute with an equals sign behind. */
const printed = (diagnostic: Record<string, unknown>, address: string): string => {
  const { severity, summary, detail, attribute } = diagnostic as Record<string, string> & {
    attribute?: { steps?: { attribute_name?: string; element_key_int?: number }[] };
  };
  const path = attribute?.steps?.map((step) => step.attribute_name ?? `[${step.element_key_int}]`).join('.');
  return `${severity === 'WARNING' ? 'Warning' : 'Error'}: ${summary}\n  with ${address}${path ? `,\n  on ${path} = …` : ''}\n\n${detail}\n`;
};

export const openCore = async (plugin: Plugin, name: string, say: (text: string) => void) => {
  const ask = async (method: Method, request: object, address: string): Promise<Record<string, unknown>> => {
    const answer = await plugin.call(method, request);
    const diagnostics = (answer['diagnostics'] ?? []) as Record<string, unknown>[];
    for (const diagnostic of diagnostics) say(printed(diagnostic, address));
    return { ...answer, failed: diagnostics.some(({ severity }) => severity === 'ERROR') };
  };
  const must = async (method: Method, request: object, address: string) => {
    const answer = await ask(method, request, address);
    if (answer['failed']) throw new Refused(address);
    return answer;
  };
  const schemas = await ask('GetProviderSchema', {}, `provider.${name}`);
  const kinds = {
    resource: typesOf(schemas['resource_schemas']),
    data: typesOf(schemas['data_source_schemas']),
    ephemeral: typesOf(schemas['ephemeral_resource_schemas']),
  };
  const provider = (schemas['provider'] as { block: { attributes: SchemaAttribute[] } }).block.attributes;
  const schemaOf = (kind: keyof typeof kinds, type: string): TypeSchema => {
    const found = kinds[kind].get(type);
    if (!found) throw new Error(`The provider has no ${kind} ${type}`);
    return found;
  };
  const state = (answer: Record<string, unknown>, field: string) => decodeMap(answer[field] as DynamicValue);

  const propose = ({ attributes }: TypeSchema, config: ValueMap, prior: ValueMap | null): ValueMap =>
    Object.fromEntries(
      attributes.map(({ name: one, computed }): [string, Value] => {
        const written: Value = config[one] ?? null;
        if (written !== null || !computed) return [one, written];
        return [one, prior ? (prior[one] ?? null) : unknownValue];
      }),
    );

  const planFrom = async (type: string, address: string, config: ValueMap, prior: ValueMap | null) => {
    const schema = schemaOf('resource', type);
    const answer = await must(
      'PlanResourceChange',
      {
        type_name: type,
        prior_state: encodeValue(prior),
        config: encodeValue(config),
        proposed_new_state: encodeValue(propose(schema, config, prior)),
      },
      address,
    );
    const planned = state(answer, 'planned_state') ?? {};
    const wrong = planProblems(schema.attributes, config, planned, prior);
    if (wrong.length > 0)
      throw new Error(`Provider produced invalid plan for ${address}: ${wrong.join('; ')}`);
    const replaces = ((answer['requires_replace'] as unknown[] | undefined) ?? []).length > 0;
    return { planned, replaces };
  };

  return {
    configure: async (written: ValueMap): Promise<void> => {
      const config = encodeValue(configOf(provider, written));
      await must('ValidateProviderConfig', { config }, `provider.${name}`);
      await must('ConfigureProvider', { terraform_version: '1.11.0', config }, `provider.${name}`);
    },

    configFor: (kind: keyof typeof kinds, type: string, written: ValueMap): ValueMap =>
      configOf(schemaOf(kind, type).attributes, written),

    validate: async (kind: keyof typeof kinds, type: string, address: string, config: ValueMap) => {
      const methods = {
        resource: 'ValidateResourceConfig',
        data: 'ValidateDataResourceConfig',
        ephemeral: 'ValidateEphemeralResourceConfig',
      } as const;
      await must(methods[kind], { type_name: type, config: encodeValue(config) }, address);
    },

    upgrade: async (address: string, kept: Kept): Promise<Kept> => {
      const { version } = schemaOf('resource', kept.type);
      const raw_state = { json: Buffer.from(JSON.stringify(kept.values)) };
      const request = { type_name: kept.type, version: kept.version, raw_state };
      const answer = await must('UpgradeResourceState', request, address);
      return { ...kept, version, values: state(answer, 'upgraded_state') ?? {} };
    },

    move: async (kept: Kept, type: string, address: string): Promise<Kept> => {
      const answer = await must(
        'MoveResourceState',
        {
          source_provider_address: 'registry.terraform.io/seqeralabs/seqera',
          source_type_name: kept.type,
          source_schema_version: kept.version,
          source_state: { json: Buffer.from(JSON.stringify(kept.values)) },
          target_type_name: type,
        },
        address,
      );
      const { version } = schemaOf('resource', type);
      return { ...kept, type, version, values: state(answer, 'target_state') ?? {} };
    },

    refresh: async (address: string, kept: Kept): Promise<Kept | undefined> => {
      const request = { type_name: kept.type, current_state: encodeValue(kept.values) };
      const values = state(await must('ReadResource', request, address), 'new_state');
      return values ? { ...kept, values } : undefined;
    },

    plan: async (
      type: string,
      address: string,
      config: ValueMap,
      kept: Kept | undefined,
    ): Promise<Planned> => {
      if (kept && !kept.tainted) {
        const { planned, replaces } = await planFrom(type, address, config, kept.values);
        if (!replaces) return { action: same(planned, kept.values) ? 'none' : 'update', values: planned };
      }
      const { planned } = await planFrom(type, address, config, null);
      return { action: kept ? 'replace' : 'create', values: planned };
    },

    /** What there is afterwards; `failed` when something went wrong on the way. */
    apply: async (
      type: string,
      address: string,
      config: ValueMap | null,
      planned: ValueMap | null,
      kept: Kept | undefined,
    ): Promise<{ failed: boolean; kept: Kept | undefined }> => {
      const answer = await ask(
        'ApplyResourceChange',
        {
          type_name: type,
          prior_state: encodeValue(kept?.values ?? null),
          planned_state: encodeValue(planned),
          config: encodeValue(config),
        },
        address,
      );
      const values = state(answer, 'new_state');
      const failed = answer['failed'] === true;
      if (!failed && planned) {
        const wrong = resultProblems(planned, values);
        if (wrong.length > 0)
          throw new Error(`Provider produced inconsistent result for ${address}: ${wrong.join('; ')}`);
      }
      const { version } = schemaOf('resource', type);
      const tainted = failed && !kept;
      return {
        failed,
        kept: values ? { type, version, values, tainted: tainted || (kept?.tainted ?? false) } : undefined,
      };
    },

    import: async (type: string, address: string, id: string): Promise<Kept> => {
      const answer = await must('ImportResourceState', { type_name: type, id }, address);
      const [first] = answer['imported_resources'] as { state: DynamicValue }[];
      const values = decodeMap(first?.state) ?? {};
      return { type, version: schemaOf('resource', type).version, values, tainted: false };
    },

    readData: async (type: string, address: string, config: ValueMap): Promise<ValueMap> =>
      state(
        await must('ReadDataSource', { type_name: type, config: encodeValue(config) }, address),
        'state',
      ) ?? {},

    open: async (type: string, address: string, config: ValueMap) => {
      const answer = await must(
        'OpenEphemeralResource',
        { type_name: type, config: encodeValue(config) },
        address,
      );
      const close = () =>
        ask('CloseEphemeralResource', { type_name: type, private: answer['private'] }, address);
      return { values: state(answer, 'result') ?? {}, close };
    },

    unknownOf: (kind: keyof typeof kinds, type: string): ValueMap =>
      Object.fromEntries(
        schemaOf(kind, type).attributes.map(({ name: one }): [string, Value] => [one, unknownValue]),
      ),
  };
};

export type Core = Awaited<ReturnType<typeof openCore>>;
