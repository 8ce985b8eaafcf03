/** What is lent for the time of one command and kept in no file. */
import { ephemerals } from '../catalogue.ts';
import type { Handlers } from '../messages.ts';
import type { House } from '../provider.ts';
import type { Attributes, Values } from '../schema/attribute.ts';
import { completed } from '../schema/plan.ts';
import { decodeMap, encodeValue } from '../values/codec.ts';
import { attempt, collect, definitionOf } from './common.ts';

/** @returns handlers that lend and take back */
export const createEphemeralCalls = (
  house: House,
): Pick<Handlers, 'OpenEphemeralResource' | 'CloseEphemeralResource'> => {
  const { log } = house.options;
  return {
    OpenEphemeralResource: async ({ type_name, config }) => {
      const ephemeral = definitionOf(ephemerals, house.nounOf(type_name));
      const said = collect();
      const given = (decodeMap(config) ?? {}) as Values<Attributes>;
      const work = () => ephemeral.open(house.context(said.say), given);
      const opened = await attempt(`open ${ephemeral.noun}`, ephemeral, said, log, work, null);
      if (!opened) return { diagnostics: said.encoded() };
      return {
        result: encodeValue(completed(ephemeral.attributes, opened.result)),
        private: Buffer.from(opened.held),
        diagnostics: said.encoded(),
      };
    },

    CloseEphemeralResource: async ({ type_name, private: held }) => {
      const ephemeral = definitionOf(ephemerals, house.nounOf(type_name));
      const said = collect();
      const work = () => ephemeral.close(house.context(said.say), Buffer.from(held ?? []).toString('utf8'));
      await attempt(`close ${ephemeral.noun}`, ephemeral, said, log, work, undefined);
      return { diagnostics: said.encoded() };
    },
  };
};
