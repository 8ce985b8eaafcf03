/** What a workspace holds: SSH keys and compute environments. */
import * as computeEnvs from '#contract/compute-envs.ts';
import * as credentials from '#contract/credentials.ts';
import type { Actions } from '../actions.ts';
import { type Binding, bind } from '../exchange.ts';
import {
  wireComputeEnv,
  wireComputeEnvRow,
  wireCredential,
  wireIdentityAsCredential,
} from '../wire/clusters.ts';

export const workspaceHandlers = ({
  credentials: keys,
  computeEnvs: environments,
  labels: labelled,
}: Actions): Binding[] => [
  bind(credentials.listCredentials, async ({ caller, scope, query }) => {
    const found = await keys.list(caller, scope, query);
    const rows = [
      ...found.identities.map(wireIdentityAsCredential),
      ...found.credentials.map(wireCredential),
    ];
    return { credentials: rows };
  }),
  bind(credentials.createCredentials, async ({ caller, scope, body }) => ({
    credentialsId: (await keys.create(caller, scope, body)).id,
  })),
  bind(credentials.validateCredentialsName, ({ caller, scope, query }) =>
    keys.validateName(caller, scope, query.name ?? ''),
  ),
  bind(credentials.describeCredentials, async ({ caller, scope, params }) => {
    const found = await keys.describe(caller, scope, params.credentialsId);
    return { credentials: { ...wireCredential(found), keys: { discriminator: 'ssh' as const } } };
  }),
  bind(credentials.updateCredentials, ({ caller, scope, params, body }) =>
    keys.update(caller, scope, params.credentialsId, body),
  ),
  bind(credentials.deleteCredentials, ({ caller, scope, params, query }) =>
    keys.remove(caller, scope, params.credentialsId, { checked: query.checked ?? false }),
  ),
  bind(credentials.validateCredentials, ({ caller, scope, params }) =>
    keys.validate(caller, scope, params.credentialsId),
  ),
  bind(credentials.encryptedCredentials, ({ caller, scope, params }) =>
    keys.encryptedKeys(caller, scope, params.credentialsId),
  ),

  bind(computeEnvs.listComputeEnvs, async ({ caller, scope, query }) => {
    const status = query.status?.toUpperCase();
    const found = await environments.list(caller, scope, status === undefined ? {} : { status });
    const labels = await labelled.of(
      'compute-env',
      found.map(({ id }) => id),
    );
    return {
      computeEnvs: found.map((row) => wireComputeEnvRow(row, scope.workspaceName, labels.get(row.id))),
    };
  }),
  bind(computeEnvs.createComputeEnv, async ({ caller, scope, body }) => ({
    computeEnvId: (await environments.create(caller, scope, body)).id,
  })),
  bind(computeEnvs.validateComputeEnvName, ({ caller, scope, query }) =>
    environments.validateName(caller, scope, query.name ?? ''),
  ),
  bind(computeEnvs.describeComputeEnv, async ({ caller, scope, params }) => {
    const found = await environments.describe(caller, scope, params.computeEnvId);
    const labels = await labelled.of('compute-env', [found.id]);
    return { computeEnv: wireComputeEnv(found, labels.get(found.id)) };
  }),
  bind(computeEnvs.updateComputeEnv, ({ caller, scope, params, body }) =>
    environments.update(caller, scope, params.computeEnvId, body),
  ),
  bind(computeEnvs.deleteComputeEnv, ({ caller, scope, params, query }) =>
    environments.remove(caller, scope, params.computeEnvId, { force: query.force ?? false }),
  ),
  bind(computeEnvs.validateComputeEnv, ({ caller, scope, params }) =>
    environments.validate(caller, scope, params.computeEnvId),
  ),
  bind(computeEnvs.setPrimaryComputeEnv, ({ caller, scope, params }) =>
    environments.setPrimary(caller, scope, params.computeEnvId),
  ),
  bind(computeEnvs.enableComputeEnv, ({ caller, scope, params }) =>
    environments.setEnabled(caller, scope, params.computeEnvId, true),
  ),
  bind(computeEnvs.disableComputeEnv, ({ caller, scope, params }) =>
    environments.setEnabled(caller, scope, params.computeEnvId, false),
  ),
];
