/** An identity's status reader: one credential that asks for the state of jobs and does nothing else. Keys go in, never out. */
import { z } from 'zod';
import type { StatusReaderInput } from '#core/ports/status-reader-actions.ts';
import { number, optional, word } from './fields.ts';
import { identityParams, orgQuery } from './identities.ts';
import { memberKeys, ssh } from './managed-credentials.ts';
import { defineRoute } from './route.ts';

const path = '/identities/{managedIdentityId}/status-reader';

const body = z
  .object({
    provider: optional(ssh),
    credentials: optional(z.object({ provider: optional(ssh), keys: optional(memberKeys) })),
    metadata: optional(z.object({ userName: optional(word(64)) })),
  })
  .transform(({ credentials, metadata }, context): StatusReaderInput => {
    const { privateKey, passphrase, generate } = credentials?.keys ?? {};
    if (privateKey !== undefined && generate !== undefined) {
      context.addIssue({
        code: 'custom',
        path: ['credentials', 'keys', 'generate'],
        message: 'cannot go together with privateKey: give a key, or have one made',
      });
      return z.NEVER;
    }
    return {
      ...(privateKey !== undefined && {
        key: { privateKey, ...(passphrase !== undefined && { passphrase }) },
      }),
      ...(generate !== undefined && { generate }),
      ...(metadata?.userName !== undefined && { linuxUser: metadata.userName }),
    };
  });

const reader = z.object({
  managedIdentityId: number,
  userName: z.string(),
  /** Used from `verified` on. */
  status: z.enum(['unverified', 'verified', 'refused']),
  message: z.string().optional(),
  verifiedAt: z.string().optional(),
  fingerprint: z.string(),
  keyType: z.string(),
  publicKey: z.string(),
  /** For the account's `~/.ssh/authorized_keys`: binds the key to the questions it is for. */
  authorizedKeysLine: z.string(),
  /** The same for sshd's own configuration, as the value of `ForceCommand`. */
  forceCommand: z.string(),
  /** `unknown` until it had to show a job; then whose jobs the scheduler hides from it. */
  sees: z.enum(['unknown', 'everybody', 'not everybody']),
  hiddenUsers: z.array(z.string()),
  dateCreated: z.string(),
  lastUpdated: z.string(),
});

const common = {
  extension: true,
  permission: 'identity:write',
  scope: 'identity',
  params: identityParams,
  query: orgQuery,
} as const;

export const describeStatusReader = defineRoute({
  ...common,
  operationId: 'DescribeStatusReader',
  method: 'GET',
  path,
  summary: "A cluster's status reader: who it is, what it sees, and the line that binds its key",
  response: { 200: reader },
});

export const saveStatusReader = defineRoute({
  ...common,
  operationId: 'SaveStatusReader',
  method: 'PUT',
  path,
  summary:
    'Gives a cluster a status reader, or another key or account to the one it has; `keys.generate` has one made',
  body,
  response: { 200: reader },
});

export const verifyStatusReader = defineRoute({
  ...common,
  operationId: 'VerifyStatusReader',
  method: 'POST',
  path: `${path}/verify`,
  summary: 'Logs in as the status reader and tells what the cluster answered',
  response: { 200: z.object({ ok: z.boolean(), message: z.string(), findings: z.array(z.string()) }) },
});

export const deleteStatusReader = defineRoute({
  ...common,
  operationId: 'DeleteStatusReader',
  method: 'DELETE',
  path,
  summary: "Takes the status reader away and destroys its key; runs are followed with members' own keys",
  response: { 204: null },
});
