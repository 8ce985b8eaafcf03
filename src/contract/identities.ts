/** Managed identities: the clusters of an organisation. Clients send them flat, wrapped, with or without `config`. */

import { z } from 'zod';
import type { IdentityPatch, NewIdentity } from '#core/ports/actions.ts';
import { budget, fullBudget } from './budgets.ts';
import { flag, id, idOrZero, line, moment, name, number, optional, paging, search, word } from './fields.ts';
import { configInput, configOutput, platform, port, splitConfig } from './grid-config.ts';
import { defineRoute } from './route.ts';

export const identityParams = z.object({ managedIdentityId: id });
export const orgQuery = z.object({ orgId: optional(idOrZero) });

const fields = {
  id: optional(idOrZero),
  name: optional(name(100)),
  platform: optional(platform),
  config: optional(configInput),
  hostName: optional(configInput.shape.hostName.unwrap()),
  port: optional(port),
  orgId: optional(idOrZero),
  requireChecked: optional(flag),
  allowedSystemUsers: optional(z.array(word(64)).max(50)),
  budget: optional(budget),
};
/** What a client means stands at the top, inside `managedIdentity`, or on both levels; the inner one wins. */
const wire = z.object({ ...fields, managedIdentity: optional(z.object(fields)) });
type Wire = z.output<typeof wire>;

const unwrapped = ({ managedIdentity, ...outer }: Wire) => ({ ...outer, ...managedIdentity });

const policies = ({ requireChecked, allowedSystemUsers, budget: allowed }: Wire) => ({
  ...(allowed && { budget: allowed }),
  ...(requireChecked !== undefined && { requireChecked }),
  ...(allowedSystemUsers && { allowedSystemUsers }),
});

const newIdentity = wire.transform((sent, context): NewIdentity => {
  const meant = unwrapped(sent);
  const addIssue = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message });
  const { hostName, port: sshPort } = meant;
  const config = { ...(hostName && { hostName }), ...(sshPort && { port: sshPort }), ...meant.config };
  const split = splitConfig(meant.platform, config, addIssue);
  if (meant.name === undefined) addIssue(['name'], 'is missing');
  if (meant.name === undefined || split === undefined) return z.NEVER;
  return { name: meant.name, ...split, ...(meant.id && { id: meant.id }), ...policies(meant) };
});

const identityPatch = wire.transform((sent, context): IdentityPatch => {
  const { name: newName, platform: named, config, hostName, port: sshPort, ...rest } = unwrapped(sent);
  const address = { ...(hostName && { hostName }), ...(sshPort && { port: sshPort }) };
  const patch = { ...(newName && { name: newName }), ...policies(rest) };
  if (config === undefined) return { ...patch, ...(named && { platform: named }), ...address };
  const split = splitConfig(named, { ...address, ...config }, (path, message) =>
    context.addIssue({ code: 'custom', path, message }),
  );
  return split ? { ...patch, ...split } : z.NEVER;
});

const row = { id: number, name: z.string(), platform, config: configOutput };
const status = {
  requireChecked: z.boolean(),
  allowedSystemUsers: z.array(z.string()),
  /** Why the cluster cannot be used now. */
  blockedReason: z.string().optional(),
  /** How much of it is used at most, defaults filled in. */
  budget: fullBudget,
  /** While its owners have stopped everything on it. */
  suspended: z.object({ since: moment, by: z.string(), reason: z.string().optional() }).optional(),
};
export const identityRow = z.object(row);
/** Both shapes that clients read, and flat fields inside for one of them. */
export const identity = z.object({
  ...row,
  ...status,
  managedIdentity: z.object({
    ...row,
    hostName: z.string().optional(),
    port: number,
    orgId: number,
  }),
});

export const listIdentities = defineRoute({
  operationId: 'ListManagedIdentities',
  method: 'GET',
  path: '/identities',
  summary: 'Clusters of an organisation; search by name, or `platform:slurm`',
  permission: 'identity:read',
  scope: 'organisation',
  remembered: true,
  query: orgQuery.extend({ ...paging, search }),
  response: { 200: z.object({ managedIdentities: z.array(identityRow), totalSize: number }) },
});

export const createIdentity = defineRoute({
  operationId: 'CreateManagedIdentity',
  method: 'POST',
  path: '/identities',
  summary: 'Registers a cluster; `config.hostKeys` pins its host keys at once',
  permission: 'identity:write',
  scope: 'organisation',
  query: orgQuery,
  body: newIdentity,
  response: { 200: identity },
});

export const describeIdentity = defineRoute({
  operationId: 'DescribeManagedIdentity',
  method: 'GET',
  path: '/identities/{managedIdentityId}',
  summary: 'One cluster',
  permission: 'identity:read',
  scope: 'identity',
  remembered: true,
  params: identityParams,
  query: orgQuery,
  response: { 200: identity },
});

export const updateIdentity = defineRoute({
  operationId: 'UpdateManagedIdentity',
  method: 'PUT',
  path: '/identities/{managedIdentityId}',
  summary: 'Changes a cluster; a `config` replaces the whole configuration',
  permission: 'identity:write',
  scope: 'identity',
  params: identityParams,
  query: orgQuery,
  body: identityPatch,
  response: { 204: null },
});

export const suspendIdentity = defineRoute({
  operationId: 'SuspendManagedIdentity',
  method: 'POST',
  path: '/identities/{managedIdentityId}/suspend',
  summary:
    'Stops everything on a cluster: channels close at once, launches and runs wait until it is resumed',
  extension: true,
  permission: 'identity:write',
  scope: 'identity',
  params: identityParams,
  query: orgQuery,
  body: z.object({ reason: optional(line(300)) }),
  response: { 200: identity },
});

export const resumeIdentity = defineRoute({
  operationId: 'ResumeManagedIdentity',
  method: 'POST',
  path: '/identities/{managedIdentityId}/resume',
  summary: 'Lets a suspended cluster go on, and keys that it has refused be offered again',
  extension: true,
  permission: 'identity:write',
  scope: 'identity',
  params: identityParams,
  query: orgQuery,
  response: { 200: identity },
});

const kindsOfCommands = z.object({
  verify: number,
  place: number,
  submit: number,
  status: number,
  progress: number,
  collect: number,
  cancel: number,
  logs: number,
  repository: number,
  clean: number,
  other: number,
});

export const identityActivity = defineRoute({
  operationId: 'ManagedIdentityActivity',
  method: 'GET',
  path: '/identities/{managedIdentityId}/activity',
  summary:
    'Connections, refused logins and commands of the last day by member; others than owners see their own line. Up to ten seconds old',
  extension: true,
  permission: 'identity:read',
  scope: 'identity',
  params: identityParams,
  query: orgQuery,
  response: {
    200: z.object({
      since: moment,
      until: moment,
      members: z.array(
        z.object({
          /** `reader`: the status reader; `shared`: keys that workspaces share. These are nobody's own. */
          bearer: z.enum(['member', 'reader', 'shared']),
          userId: number.nullable(),
          userName: z.string().nullable(),
          connections: number,
          refusals: number,
          commands: kindsOfCommands,
        }),
      ),
    }),
  },
});

export const deleteIdentity = defineRoute({
  operationId: 'DeleteManagedIdentity',
  method: 'DELETE',
  path: '/identities/{managedIdentityId}',
  summary: 'Deletes a cluster; with `checked=true` refused while runs depend on it',
  permission: 'identity:write',
  scope: 'identity',
  params: identityParams,
  query: orgQuery.extend({ checked: optional(flag) }),
  response: { 204: null },
});
