/** Pipeline secrets. */
import * as secrets from '#contract/pipeline-secrets.ts';
import type { AnswerBody } from '#contract/route.ts';
import type { PipelineSecret } from '#core/pipeline-secrets.ts';
import type { Actions } from '../actions.ts';
import { type Binding, bind } from '../exchange.ts';
import { iso, isoOrAbsent } from '../wire/dates.ts';

type WireSecret = AnswerBody<typeof secrets.describePipelineSecret>['pipelineSecret'];

const wireSecret = ({ id, name, createdAt, updatedAt, lastUsedAt }: PipelineSecret): WireSecret => ({
  id,
  name,
  dateCreated: iso(createdAt),
  lastUpdated: iso(updatedAt),
  lastUsed: isoOrAbsent(lastUsedAt),
});

export const pipelineSecretHandlers = ({ pipelineSecrets: actions }: Actions): Binding[] => [
  bind(secrets.listPipelineSecrets, async ({ caller, scope }) => {
    const rows = await actions.list(caller, scope);
    return { pipelineSecrets: rows.map(wireSecret), totalSize: rows.length };
  }),
  bind(secrets.createPipelineSecret, async ({ caller, scope, body }) => ({
    secretId: (await actions.create(caller, scope, body)).id,
  })),
  bind(secrets.validatePipelineSecretName, ({ caller, scope, query }) =>
    actions.validateName(caller, scope, query.name ?? ''),
  ),
  bind(secrets.describePipelineSecret, async ({ caller, scope, params }) => ({
    pipelineSecret: wireSecret(await actions.describe(caller, scope, params.secretId)),
  })),
  bind(secrets.updatePipelineSecret, ({ caller, scope, params, body }) =>
    actions.update(caller, scope, params.secretId, body.value),
  ),
  bind(secrets.deletePipelineSecret, ({ caller, scope, params }) =>
    actions.remove(caller, scope, params.secretId),
  ),
];
