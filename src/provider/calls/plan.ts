/** Planning a change of one resource. */
import { resources } from '../catalogue.ts';
import { encodePath } from '../diagnostics.ts';
import type { Handlers } from '../messages.ts';
import type { House } from '../provider.ts';
import { changedNames, openFollowers, planState, replacingPaths } from '../schema/plan.ts';
import { decodeMap, encodeValue } from '../values/codec.ts';
import { attempt, collect, definitionOf } from './common.ts';

/** @returns the handler that says what an apply would do to one thing */
export const createPlan =
  (house: House): Handlers['PlanResourceChange'] =>
  async (request) => {
    const resource = definitionOf(resources, house.nounOf(request.type_name));
    const { attributes } = resource;
    const prior = decodeMap(request.prior_state);
    const config = decodeMap(request.config);
    const said = collect();
    // To be destroyed: nothing to decide.
    if (!config || decodeMap(request.proposed_new_state) === null)
      return { planned_state: encodeValue(null), planned_private: request.prior_private };
    const planned = await attempt(
      `plan ${resource.noun}`,
      resource,
      said,
      house.options.log,
      () => {
        const draft = { config, planned: planState(attributes, config, prior), prior };
        resource.plan?.(draft, house.me()?.());
        if (!prior) return draft.planned;
        return openFollowers(attributes, config, draft.planned, changedNames(draft.planned, prior));
      },
      prior,
      config,
    );
    return {
      planned_state: encodeValue(planned),
      planned_private: request.prior_private,
      requires_replace: prior && planned ? replacingPaths(attributes, planned, prior).map(encodePath) : [],
      diagnostics: said.encoded(),
    };
  };
