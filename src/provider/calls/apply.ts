/** Applying a planned change. What fails leaves the state as it was, or says what there is now. */
import { resources } from '../catalogue.ts';
import type { Handlers } from '../messages.ts';
import type { House } from '../provider.ts';
import type { Context, Resource } from '../resource.ts';
import type { Attributes, Values } from '../schema/attribute.ts';
import { completed } from '../schema/plan.ts';
import { decodeMap, encodeValue } from '../values/codec.ts';
import { type ValueMap, withoutUnknown } from '../values/value.ts';
import { attempt, collect, definitionOf } from './common.ts';

type Known = Values<Attributes>;
const known = (values: ValueMap): Known => withoutUnknown(values) as Known;

const perform = async (
  resource: Resource,
  context: Context,
  prior: ValueMap | null,
  planned: ValueMap | null,
  config: ValueMap,
): Promise<Known | null> => {
  if (!planned) {
    if (prior) await resource.remove(context, known(prior));
    return null;
  }
  const change = { config: known(config), planned: known(planned) };
  if (!prior) return resource.create(context, change);
  return resource.update(context, { ...change, prior: known(prior) });
};

/** @returns the handler that creates, changes or deletes one thing */
export const createApply =
  (house: House): Handlers['ApplyResourceChange'] =>
  async (request) => {
    const resource = definitionOf(resources, house.nounOf(request.type_name));
    const prior = decodeMap(request.prior_state);
    const planned = decodeMap(request.planned_state);
    const config = decodeMap(request.config) ?? {};
    const said = collect();
    const verb = planned === null ? 'delete' : prior === null ? 'create' : 'update';
    const state = await attempt(
      `${verb} ${resource.noun}`,
      resource,
      said,
      house.options.log,
      async () => {
        const done = await perform(resource, house.context(said.say), prior, planned, config);
        return done && completed(resource.attributes, done);
      },
      prior,
      config,
    );
    return {
      new_state: encodeValue(state),
      private: request.planned_private,
      diagnostics: said.encoded(),
    };
  };
