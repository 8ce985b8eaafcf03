/** Everything that Terraform may ask of us, as functions on decoded messages; `protocol/` brings them to it. */
import { isProblem } from '#client/problem.ts';
import { createApply } from './calls/apply.ts';
import { createEphemeralCalls } from './calls/ephemeral.ts';
import { createPlan } from './calls/plan.ts';
import { createStateCalls } from './calls/state.ts';
import { createValidation } from './calls/validate.ts';
import { dataSources, ephemerals, resources } from './catalogue.ts';
import { AtPlace, type Diagnostic, encodeDiagnostic, explain } from './diagnostics.ts';
import type { Log } from './log.ts';
import type { Handlers } from './messages.ts';
import type { Context } from './resource.ts';
import type { Values } from './schema/attribute.ts';
import { encodeSchema } from './schema/encode.ts';
import { openSession, type Session } from './session.ts';
import { readSettings, settingsAttributes } from './settings.ts';
import { decodeMap } from './values/codec.ts';
import { hasUnknown } from './values/value.ts';

export interface ProviderOptions {
  /** `latchkey` or `seqera`: what all type names begin with. */
  name: string;
  version: string;
  log: Log;
  environment?: NodeJS.ProcessEnv;
}

/** What the calls need of the provider. */
export interface House {
  options: ProviderOptions;
  /** The noun of a type name. */
  nounOf(typeName: string): string;
  /** @throws AtPlace when the provider is not configured yet */
  context(say: Context['say']): Context;
  /** Whose token it is, when that is known. */
  me(): Session['me'] | undefined;
}

const providerDescription =
  'Registers HPC clusters with a Latchkey server, and gives each member of an organisation their own SSH key there: no secret is kept in state, plan or log.';

/** @returns handlers for every call of the protocol */
export const createProvider = (options: ProviderOptions): Handlers => {
  const { name, version, log } = options;
  let session: Session | undefined;

  const house: House = {
    options,
    nounOf: (typeName) => typeName.slice(name.length + 1),
    me: () => session?.me,
    context: (say) => {
      if (!session)
        throw new AtPlace(
          [],
          'The provider is not configured: its server_url or token is known only after an apply. Apply what they come from first (-target).',
        );
      const { call, me, pause } = session;
      // What was made and is not told to Terraform would be nobody's: stopping comes before a change, not behind it.
      let finishing = false;
      return {
        call: async (route, input) => {
          const answer = await call(route, input, { finishing });
          finishing ||= route.method !== 'GET';
          return answer;
        },
        me,
        pause,
        say,
      };
    },
  };

  const configure: Handlers['ConfigureProvider'] = async (request) => {
    const config = decodeMap(request.config) ?? {};
    // Comes from something that is made in the same run: the call with the real values follows.
    if (hasUnknown(config)) return { diagnostics: [] };
    try {
      const settings = readSettings(config as Values<typeof settingsAttributes>, options.environment);
      const userAgent = `terraform-provider-${name}/${version} terraform/${request.terraform_version ?? ''}`;
      session = await openSession(settings, { userAgent, log });
      return { diagnostics: [] };
    } catch (error) {
      const diagnostic: Diagnostic = explain(error, 'use the server', ({ kind, status }) => {
        if (kind === 'untrusted' && typeof config['ca_certificate'] === 'string') return ['ca_certificate'];
        return kind === 'refused' && status === 401 ? ['token'] : ['server_url'];
      });
      if (!isProblem(error) && !(error instanceof AtPlace)) log('error', 'cannot be configured');
      return { diagnostics: [encodeDiagnostic(diagnostic)] };
    }
  };

  const schemas = <Kind extends { noun: string; description: string }>(
    all: ReadonlyMap<string, Kind & { version?: number; attributes: Parameters<typeof encodeSchema>[2] }>,
  ) =>
    Object.fromEntries(
      [...all.values()].map(({ noun, version: number = 0, description, attributes }) => [
        `${name}_${noun}`,
        encodeSchema(number, description, attributes),
      ]),
    );

  return {
    GetProviderSchema: () => ({
      provider: encodeSchema(0, providerDescription, settingsAttributes),
      resource_schemas: schemas(resources),
      data_source_schemas: schemas(dataSources),
      ephemeral_resource_schemas: schemas(ephemerals),
      server_capabilities: { get_provider_schema_optional: true, move_resource_state: true },
      diagnostics: [],
    }),
    ConfigureProvider: configure,
    StopProvider: () => {
      log('info', 'asked to stop');
      session?.stop();
      return {};
    },
    ...createValidation(house),
    ...createStateCalls(house),
    PlanResourceChange: createPlan(house),
    ApplyResourceChange: createApply(house),
    ...createEphemeralCalls(house),
  };
};
