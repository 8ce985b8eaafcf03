/** Members' keys for a cluster. A member's credential is known outside by the member's user id. Keys go in, never out. */

import { z } from 'zod';
import type { ManagedCredentialInput } from '#core/ports/actions.ts';
import {
  flag,
  id,
  idOrZero,
  kilobyte,
  line,
  number,
  optional,
  paging,
  search,
  text,
  word,
} from './fields.ts';
import { identityParams, orgQuery } from './identities.ts';
import { defineRoute } from './route.ts';

export const sshKeys = z.object({
  discriminator: optional(z.literal('ssh')),
  keyType: optional(z.literal('ssh')),
  privateKey: optional(text(64 * kilobyte)),
  passphrase: optional(text(kilobyte)),
});
export const ssh = z.literal('ssh');

/** A member's keys may also be made here: the private half then never leaves the vault. */
export const memberKeys = sshKeys.extend({ generate: optional(z.literal('ed25519')) });

const clearedOr = <Schema extends z.ZodType>(schema: Schema) => optional(z.nullable(schema));

const wire = z.object({
  provider: optional(ssh),
  credentials: optional(z.object({ provider: optional(ssh), keys: optional(memberKeys) })),
  metadata: optional(
    z.object({
      userName: optional(word(64)),
      /** Ours: whom this member's jobs are charged to. */
      account: clearedOr(word(255)),
      /** Ours: added to this member's submissions alone. */
      headJobOptions: clearedOr(line(4096)),
    }),
  ),
  userId: optional(idOrZero),
  /** How a declarative client that cannot carry a key adopts a member's entry. */
  managedCredentials: optional(z.object({ provider: optional(ssh), userId: optional(idOrZero) })),
});

/** What a body means; `userId` is the member it names, whom the query overrules. */
export type CredentialBody = ManagedCredentialInput & { userId?: number };

const credentialBody = wire.transform(
  ({ credentials, metadata, managedCredentials, userId: named }, context): CredentialBody => {
    const { privateKey, passphrase, generate } = credentials?.keys ?? {};
    if (privateKey !== undefined && generate !== undefined) {
      context.addIssue({
        code: 'custom',
        path: ['credentials', 'keys', 'generate'],
        message: 'cannot go together with privateKey: give a key, or have one made',
      });
      return z.NEVER;
    }
    const { userName, account, headJobOptions } = metadata ?? {};
    const userId = managedCredentials?.userId ?? named;
    return {
      ...(privateKey !== undefined && {
        key: { privateKey, ...(passphrase !== undefined && { passphrase }) },
      }),
      ...(generate !== undefined && { generate }),
      ...(userName !== undefined && { linuxUser: userName }),
      ...(account !== undefined && { account }),
      ...(headJobOptions !== undefined && { headJobOptions }),
      ...(userId && { userId }),
      adopt: managedCredentials !== undefined && privateKey === undefined && generate === undefined,
    };
  },
);

/** The public half of a key, and what lets it in. */
const publicHalf = {
  publicKey: z.string().optional(),
  /** To be added to the account's `~/.ssh/authorized_keys` on the cluster. */
  authorizedKeysLine: z.string().optional(),
};
const keyStatus = z.enum(['missing', 'unverified', 'verified', 'refused']);

export const credentialRow = z.object({
  managedCredentialsId: number.nullable(),
  managedIdentityId: number,
  orgId: number,
  userId: number,
  userName: z.string(),
  firstName: z.string().optional(),
  lastName: z.string().optional(),
  avatarUrl: z.string().optional(),
  provider: ssh,
  metadata: z
    .object({
      discriminator: ssh,
      userName: z.string().optional(),
      account: z.string().optional(),
      headJobOptions: z.string().optional(),
    })
    .optional(),
  /** Ours: what is known about the key. */
  status: keyStatus,
  message: z.string().optional(),
  fingerprint: z.string().optional(),
  keyType: z.string().optional(),
  keyBits: number.optional(),
  ...publicHalf,
  /** Made to follow this key, which serves until the cluster lets the new one in. */
  nextKey: z.object({ fingerprint: z.string(), ...publicHalf }).optional(),
});

const memberQuery = orgQuery.extend({ userId: optional(idOrZero) });
/** An empty id never means "all": it does not match this route at all. */
const credentialParams = identityParams.extend({ managedCredentialsId: id });

export const listManagedCredentials = defineRoute({
  operationId: 'ListManagedCredentials',
  method: 'GET',
  path: '/identities/{managedIdentityId}/credentials',
  summary: 'One row per member for owners, the own row for everybody else; `is:missing`, `is:added`',
  permission: 'managed-credential:own',
  scope: 'identity',
  remembered: true,
  params: identityParams,
  query: memberQuery.extend({ ...paging, search }),
  response: { 200: z.object({ managedCredentials: z.array(credentialRow), totalSize: number }) },
});

export const createManagedCredentials = defineRoute({
  operationId: 'CreateManagedCredentials',
  method: 'POST',
  path: '/identities/{managedIdentityId}/credentials',
  summary:
    "Saves the caller's key, or (owners) a member's with `userId`; `keys.generate` has one made that never leaves",
  permission: 'managed-credential:own',
  scope: 'identity',
  params: identityParams,
  query: memberQuery,
  body: credentialBody,
  clearable: ['account', 'headJobOptions'],
  response: {
    200: z.object({
      managedCredentialsId: number,
      managedCredentials: z.object({ id: number }),
      /** Ours: what is known about the key, and the public half of the one that was saved or made. */
      status: keyStatus,
      message: z.string().optional(),
      ...publicHalf,
    }),
  },
});

export const updateManagedCredentials = defineRoute({
  operationId: 'UpdateManagedCredentials',
  method: 'PUT',
  path: '/identities/{managedIdentityId}/credentials/{managedCredentialsId}',
  summary: "Replaces a member's key or settings",
  permission: 'managed-credential:own',
  scope: 'identity',
  params: credentialParams,
  query: orgQuery,
  body: credentialBody,
  clearable: ['account', 'headJobOptions'],
  response: { 204: null },
});

export const deleteManagedCredentials = defineRoute({
  operationId: 'DeleteManagedCredentials',
  method: 'DELETE',
  path: '/identities/{managedIdentityId}/credentials/{managedCredentialsId}',
  summary: "Deletes a member's key; with `checked=true` refused while runs depend on it",
  permission: 'managed-credential:own',
  scope: 'identity',
  params: credentialParams,
  query: orgQuery.extend({ checked: optional(flag) }),
  response: { 204: null },
});

const accountReport = z.object({
  linuxUser: z.string(),
  uid: number,
  groups: z.array(z.string()),
  home: z.string(),
  homeWritable: z.boolean(),
  workDir: z.string().nullable(),
  workDirExists: z.boolean(),
  workDirWritable: z.boolean(),
  workDirGroup: z.string().nullable(),
  workDirGroupShared: z.boolean(),
  nextflow: z.string().nullable(),
  java: z.string().nullable(),
  nfTower: z.string().nullable(),
  schedulerVersion: z.string().nullable(),
  accounting: z.boolean(),
});

export const verifyManagedCredentials = defineRoute({
  operationId: 'VerifyManagedCredentials',
  method: 'POST',
  path: '/identities/{managedIdentityId}/credentials/{managedCredentialsId}/verify',
  summary: 'Logs in as the member and tells what the cluster answered; a next key that is let in moves up',
  extension: true,
  permission: 'managed-credential:own',
  scope: 'identity',
  params: credentialParams,
  query: orgQuery,
  response: {
    200: z.object({
      ok: z.boolean(),
      message: z.string(),
      findings: z.array(z.string()),
      report: accountReport.nullable(),
    }),
  },
});
