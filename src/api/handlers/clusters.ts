/** Managed identities, members' keys for them, host keys. */
import { pageOf } from '#contract/fields.ts';
import * as hostKeys from '#contract/host-keys.ts';
import * as identities from '#contract/identities.ts';
import * as credentials from '#contract/managed-credentials.ts';
import { badRequest } from '#core/errors.ts';
import { isPlatform, type Platform } from '#core/platforms.ts';
import { parseSearch } from '#core/search.ts';
import type { Actions } from '../actions.ts';
import { type Binding, bind } from '../exchange.ts';
import {
  wireActivity,
  wireCredentialRow,
  wireHostKeys,
  wireIdentity,
  wireIdentityRow,
  wireSavedCredential,
} from '../wire/clusters.ts';

/** `slurm` or `slurm-platform`. */
const platformOf = (named: string): Platform => {
  const platform = named.toLowerCase().endsWith('-platform')
    ? named.toLowerCase()
    : `${named.toLowerCase()}-platform`;
  if (isPlatform(platform)) return platform;
  throw badRequest(`search: "platform:${named}" is not a platform; use slurm, lsf, uge, altair or moab`);
};

const identitySearch = (search: string | undefined): { search?: string; platform?: Platform } => {
  const { text, keywords } = parseSearch(search, ['platform']);
  const [named] = keywords.get('platform') ?? [];
  return {
    ...(text !== undefined && { search: text }),
    ...(named !== undefined && { platform: platformOf(named) }),
  };
};

/** Both or neither of `is:missing` and `is:added`: all. */
const credentialSearch = (search: string | undefined): { search?: string; state?: 'missing' | 'added' } => {
  const { text, keywords } = parseSearch(search, ['is']);
  const is = keywords.get('is') ?? [];
  const asked = (['missing', 'added'] as const).filter((state) => is.includes(state));
  const [state] = asked.length === 1 ? asked : [];
  return { ...(text !== undefined && { search: text }), ...(state && { state }) };
};

export const clusterHandlers = (actions: Actions): Binding[] => [
  bind(identities.listIdentities, async ({ caller, scope, query }) => {
    const found = await actions.identities.list(caller, scope, {
      ...pageOf(query),
      ...identitySearch(query.search),
    });
    return { managedIdentities: found.rows.map(wireIdentityRow), totalSize: found.totalSize };
  }),
  bind(identities.createIdentity, async ({ caller, scope, body }) =>
    wireIdentity(await actions.identities.create(caller, scope, body)),
  ),
  bind(identities.describeIdentity, async ({ caller, scope, params }) =>
    wireIdentity(await actions.identities.describe(caller, scope, params.managedIdentityId)),
  ),
  bind(identities.updateIdentity, ({ caller, scope, params, body }) =>
    actions.identities.update(caller, scope, params.managedIdentityId, body),
  ),
  bind(identities.suspendIdentity, async ({ caller, scope, params, body }) =>
    wireIdentity(
      await actions.suspensions.suspend(caller, scope, params.managedIdentityId, body.reason ?? null),
    ),
  ),
  bind(identities.resumeIdentity, async ({ caller, scope, params }) =>
    wireIdentity(await actions.suspensions.resume(caller, scope, params.managedIdentityId)),
  ),
  bind(identities.identityActivity, async ({ caller, scope, params }) =>
    wireActivity(await actions.activity.show(caller, scope, params.managedIdentityId)),
  ),
  bind(identities.deleteIdentity, ({ caller, scope, params, query }) =>
    actions.identities.remove(caller, scope, params.managedIdentityId, { checked: query.checked ?? false }),
  ),

  bind(credentials.listManagedCredentials, async ({ caller, scope, params, query }) => {
    const id = params.managedIdentityId;
    const found = await actions.managedCredentials.list(caller, scope, id, {
      ...pageOf(query),
      ...credentialSearch(query.search),
      ...(query.userId && { userId: query.userId }),
    });
    const rows = found.rows.map((row) =>
      wireCredentialRow(row, { id, organisationId: scope.organisationId }),
    );
    return { managedCredentials: rows, totalSize: found.totalSize };
  }),
  bind(credentials.createManagedCredentials, async ({ caller, scope, params, query, body }) => {
    const { userId: named, ...input } = body;
    const userId = query.userId || named || caller.userId;
    const id = params.managedIdentityId;
    return wireSavedCredential(await actions.managedCredentials.create(caller, scope, id, userId, input));
  }),
  bind(credentials.updateManagedCredentials, ({ caller, scope, params, body: { userId: _, ...input } }) =>
    actions.managedCredentials.update(
      caller,
      scope,
      params.managedIdentityId,
      params.managedCredentialsId,
      input,
    ),
  ),
  bind(credentials.deleteManagedCredentials, ({ caller, scope, params, query }) =>
    actions.managedCredentials.remove(caller, scope, params.managedIdentityId, params.managedCredentialsId, {
      checked: query.checked ?? false,
    }),
  ),
  bind(credentials.verifyManagedCredentials, ({ caller, scope, params }) =>
    actions.managedCredentials.verify(caller, scope, params.managedIdentityId, params.managedCredentialsId),
  ),

  bind(hostKeys.listIdentityHostKeys, async ({ caller, scope, params, query }) => {
    const owner = { kind: 'identity', id: params.managedIdentityId } as const;
    return wireHostKeys(await actions.hostKeys.list(caller, scope, owner, { scan: query.scan ?? false }));
  }),
  bind(hostKeys.decideIdentityHostKeys, async ({ caller, scope, params, body }) => {
    const owner = { kind: 'identity', id: params.managedIdentityId } as const;
    return wireHostKeys(await actions.hostKeys.decide(caller, scope, owner, body));
  }),
  bind(hostKeys.listComputeEnvHostKeys, async ({ caller, scope, params, query }) => {
    const owner = { kind: 'compute-env', id: params.computeEnvId } as const;
    return wireHostKeys(await actions.hostKeys.list(caller, scope, owner, { scan: query.scan ?? false }));
  }),
  bind(hostKeys.decideComputeEnvHostKeys, async ({ caller, scope, params, body }) => {
    const owner = { kind: 'compute-env', id: params.computeEnvId } as const;
    return wireHostKeys(await actions.hostKeys.decide(caller, scope, owner, body));
  }),
];
