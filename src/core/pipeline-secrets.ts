/** Pipeline secrets: what Nextflow hands to processes that ask for it by name. The value itself is sealed elsewhere. */
import { badRequest } from './errors.ts';
import type { SealedPlace } from './ports/vault.ts';
import type { LaunchRequest } from './runs.ts';

export interface PipelineSecret {
  id: number;
  /** null: of a person, for their own launches. */
  workspaceId: number | null;
  organisationId: number;
  /** Who made it; of a person: whose it is. */
  userId: number;
  name: string;
  /** Counts up with each new value. */
  valueVersion: number;
  createdAt: number;
  updatedAt: number;
  lastUsedAt: number | null;
}

/** In one workspace, or of one person. */
export const maxSecrets = 500;

/** What a task's environment certainly holds; a kernel refuses more than 128 KB in one variable. */
export const maxSecretBytes = 64 * 1024;

/** Nextflow's own rule, without the backtracking of the pattern that it writes it as. */
const isSecretName = (name: string): boolean =>
  /^[A-Za-z_][A-Za-z0-9_]{1,99}$/.test(name) && !name.includes('__');

/** @throws AppError 400 */
export const checkSecretName = (name: string): string => {
  if (!isSecretName(name)) {
    throw badRequest(
      'name: use 2 to 100 letters, digits and underscores, not beginning with a digit and no two underscores in a row',
      { field: 'name' },
    );
  }
  return name;
};

/**
 * Nextflow 24.10 hands a secret to a task as a line of shell, `export NAME="…"`, in which it escapes the dollar alone: a
 * quote would end the value there, a backslash change it, and what stands in backticks would run in everybody's tasks.
 * @throws AppError 400 that does not show the value
 */
export const checkSecretValue = (value: string): string => {
  if (/[\0-\x08\n-\x1f\x7f]/.test(value) || !value.isWellFormed()) {
    throw badRequest(
      'value: must be one line without control characters; encode others as base64 and decode them in the process',
      { field: 'value' },
    );
  }
  if (/["`\\]/.test(value)) {
    throw badRequest(
      'value: holds a double quote, a backslash or a backtick, which Nextflow does not hand to processes as they are; encode it as base64 and decode it in the process',
      { field: 'value' },
    );
  }
  if (Buffer.byteLength(value) > maxSecretBytes)
    throw badRequest(`value: more than ${maxSecretBytes} bytes`, { field: 'value' });
  return value;
};

export const secretPlace = (
  secret: Pick<PipelineSecret, 'id' | 'organisationId' | 'workspaceId' | 'userId' | 'valueVersion'>,
): SealedPlace => ({
  organisationId: secret.organisationId,
  table: 'pipeline_secrets',
  record: String(secret.id),
  field: 'value',
  owner: `workspace ${secret.workspaceId ?? 'none'}, user ${secret.userId}`,
  version: secret.valueVersion,
});

/** A secret on its way to the cluster, in clear. */
export interface SecretValue {
  name: string;
  value: string;
}

/** The values that a run was launched with, until its submission is settled. */
export const runSecretsPlace = (run: {
  id: string;
  organisationId: number;
  userId: number;
}): SealedPlace => ({
  organisationId: run.organisationId,
  table: 'runs',
  record: run.id,
  field: 'secrets',
  owner: `user ${run.userId}`,
  version: 1,
});

/** Does a run bring secrets to the cluster? */
export const usesSecrets = (launch: Pick<LaunchRequest, 'userSecrets' | 'workspaceSecrets'>): boolean =>
  (launch.userSecrets?.length ?? 0) + (launch.workspaceSecrets?.length ?? 0) > 0;
