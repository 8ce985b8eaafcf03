/** Host keys of a cluster: shown, compared by a person, confirmed. Nothing is offered to a host before. */
import { z } from 'zod';
import { flag, line, moment, optional } from './fields.ts';
import { hostKeys } from './grid-config.ts';
import { identityParams, orgQuery } from './identities.ts';
import { defineRoute } from './route.ts';
import { computeEnvParams, workspaceQuery } from './scopes.ts';

const status = z.enum(['PENDING', 'PINNED', 'CHANGED']);

const view = z.object({
  status,
  /** What is to be done. */
  message: z.string().nullable(),
  hostKeys: z.array(
    z.object({
      type: z.string(),
      fingerprint: z.string(),
      publicKey: z.string(),
      status,
      firstSeen: moment,
      confirmedBy: z.string().nullable(),
    }),
  ),
});

const scan = { scan: optional(flag) };
const decision = z
  .object({
    confirm: optional(z.array(line(200)).max(32)),
    hostKeys: optional(hostKeys),
  })
  .refine(
    (body) => body.confirm !== undefined || body.hostKeys !== undefined,
    'give "confirm" with fingerprints as shown, or "hostKeys" with keys known from elsewhere',
  );

export const listIdentityHostKeys = defineRoute({
  operationId: 'ListIdentityHostKeys',
  method: 'GET',
  path: '/identities/{managedIdentityId}/host-keys',
  summary: 'Host keys of a cluster; `scan=true` asks the host now',
  extension: true,
  permission: 'identity:read',
  scope: 'identity',
  params: identityParams,
  query: orgQuery.extend(scan),
  response: { 200: view },
});

export const decideIdentityHostKeys = defineRoute({
  operationId: 'DecideIdentityHostKeys',
  method: 'PUT',
  path: '/identities/{managedIdentityId}/host-keys',
  summary: 'Confirms fingerprints, or sets the keys',
  extension: true,
  permission: 'identity:write',
  scope: 'identity',
  params: identityParams,
  query: orgQuery,
  body: decision,
  response: { 200: view },
});

export const listComputeEnvHostKeys = defineRoute({
  operationId: 'ListComputeEnvHostKeys',
  method: 'GET',
  path: '/compute-envs/{computeEnvId}/host-keys',
  summary: 'Host keys of an environment that names its host itself; `scan=true` asks the host now',
  extension: true,
  permission: 'compute_environment:read',
  scope: 'compute-env',
  params: computeEnvParams,
  query: workspaceQuery.extend(scan),
  response: { 200: view },
});

export const decideComputeEnvHostKeys = defineRoute({
  operationId: 'DecideComputeEnvHostKeys',
  method: 'PUT',
  path: '/compute-envs/{computeEnvId}/host-keys',
  summary: 'Confirms fingerprints, or sets the keys; then the environment is checked again',
  extension: true,
  permission: 'compute_environment:write',
  scope: 'compute-env',
  params: computeEnvParams,
  query: workspaceQuery,
  body: decision,
  response: { 200: view },
});
