/** SSH keys of a workspace, or of a person: shared by everybody who may launch there. Keys go in, never out. */

import { z } from 'zod';
import type { CredentialPatch, NewCredential } from '#core/ports/actions.ts';
import { flag, moment, name, optional, text } from './fields.ts';
import { ssh, sshKeys } from './managed-credentials.ts';
import { nameQuery } from './people/organisations.ts';
import { defineRoute } from './route.ts';
import { credentialParams, workspaceQuery } from './scopes.ts';

const sent = {
  description: optional(text(1000)),
  provider: z.literal('ssh', 'must be ssh: this service keeps SSH keys alone'),
  keys: optional(sshKeys),
};

const newCredential = z
  .object({ credentials: z.object({ ...sent, name: name(100) }) })
  .transform(({ credentials: { name: called, description, keys } }, context): NewCredential => {
    const { privateKey, passphrase } = keys ?? {};
    if (privateKey === undefined) {
      context.addIssue({
        code: 'custom',
        path: ['credentials', 'keys', 'privateKey'],
        message: 'is missing',
      });
      return z.NEVER;
    }
    return {
      name: called,
      ...(description !== undefined && { description }),
      key: { privateKey, ...(passphrase !== undefined && { passphrase }) },
    };
  });

const credentialPatch = z
  .object({
    credentials: z.object({ ...sent, provider: optional(sent.provider), name: optional(name(100)) }),
  })
  .transform(({ credentials: { name: called, description, keys } }): CredentialPatch => {
    const { privateKey, passphrase } = keys ?? {};
    return {
      ...(called !== undefined && { name: called }),
      ...(description !== undefined && { description }),
      ...(privateKey !== undefined && {
        key: { privateKey, ...(passphrase !== undefined && { passphrase }) },
      }),
    };
  });

const status = z.enum(['AVAILABLE', 'INVALID']);

export const credential = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string().optional(),
  provider: ssh,
  status: status.optional(),
  message: z.string().optional(),
  deleted: z.boolean().optional(),
  dateCreated: moment.optional(),
  lastUpdated: moment.optional(),
  lastUsed: moment.optional(),
  lastValidated: moment.optional(),
  category: z.string().optional(),
  baseUrl: z.string().optional(),
  /** Ours: the public facts of the key. */
  fingerprint: z.string().optional(),
  keyType: z.string().optional(),
  keyBits: z.int().optional(),
});

export const listCredentials = defineRoute({
  operationId: 'ListCredentials',
  method: 'GET',
  path: '/credentials',
  summary: 'SSH keys; with a grid `platformId` also the managed identities of that platform',
  permission: 'credentials:read',
  scope: 'workspace',
  remembered: true,
  query: workspaceQuery.extend({ platformId: optional(text(100)) }),
  response: { 200: z.object({ credentials: z.array(credential) }) },
});

export const createCredentials = defineRoute({
  operationId: 'CreateCredentials',
  method: 'POST',
  path: '/credentials',
  summary: 'Saves an SSH key',
  permission: 'credentials:write',
  scope: 'workspace',
  query: workspaceQuery,
  body: newCredential,
  response: { 200: z.object({ credentialsId: z.string() }) },
});

export const validateCredentialsName = defineRoute({
  operationId: 'ValidateCredentialsName',
  method: 'GET',
  path: '/credentials/validate',
  summary: 'Whether a key may be named so: 204, 400 (bad), 409 (taken)',
  permission: 'credentials:read',
  scope: 'workspace',
  query: workspaceQuery.extend(nameQuery.shape),
  response: { 204: null },
});

export const describeCredentials = defineRoute({
  operationId: 'DescribeCredentials',
  method: 'GET',
  path: '/credentials/{credentialsId}',
  summary: 'One key, without the key',
  permission: 'credentials:read',
  scope: 'credential',
  remembered: true,
  params: credentialParams,
  query: workspaceQuery,
  response: {
    200: z.object({ credentials: credential.extend({ keys: z.object({ discriminator: ssh }) }) }),
  },
});

export const updateCredentials = defineRoute({
  operationId: 'UpdateCredentials',
  method: 'PUT',
  path: '/credentials/{credentialsId}',
  summary: 'Replaces a key, or its name and description',
  permission: 'credentials:write',
  scope: 'credential',
  params: credentialParams,
  query: workspaceQuery,
  body: credentialPatch,
  verbatim: ['description'],
  response: { 204: null },
});

export const deleteCredentials = defineRoute({
  operationId: 'DeleteCredentials',
  method: 'DELETE',
  path: '/credentials/{credentialsId}',
  summary: 'Deletes a key; with `checked=true` refused while runs depend on it',
  permission: 'credentials:delete',
  scope: 'credential',
  params: credentialParams,
  query: workspaceQuery.extend({ checked: optional(flag) }),
  response: { 204: null },
});

export const validateCredentials = defineRoute({
  operationId: 'ValidateCredentials',
  method: 'POST',
  path: '/credentials/{credentialsId}/validate',
  summary: 'Tries the key where it is used',
  // It logs in to the cluster: for those who may launch there.
  permission: 'workflow:execute',
  scope: 'credential',
  params: credentialParams,
  query: workspaceQuery.extend({ force: optional(flag) }),
  response: {
    200: z.object({ status, message: z.string().nullable(), transientError: z.boolean() }),
  },
});

/** The contract has it; what would answer it does not exist: no call of the vault returns a key. */
export const encryptedCredentials = defineRoute({
  operationId: 'GetEncryptedCredentials',
  method: 'GET',
  path: '/credentials/{credentialsId}/keys',
  summary: 'Always refused: a private key never leaves',
  permission: 'credentials:read',
  scope: 'credential',
  params: credentialParams,
  query: workspaceQuery.extend({ pairingId: optional(text(200)) }),
  response: { 200: z.object({ keys: z.string() }) },
});
