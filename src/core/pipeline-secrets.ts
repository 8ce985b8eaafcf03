/** Pipeline secrets: what Nextflow hands to processes that ask for it by name. The value itself is sealed elsewhere. */
import { badRequest } from './errors.ts';
import type { SealedPlace } from './ports/vault.ts';

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

/** Nextflow reads secrets line by line. @throws AppError 400 that does not show the value */
export const checkSecretValue = (value: string): string => {
  if (/[\0-\x08\n-\x1f\x7f]/.test(value) || !value.isWellFormed()) {
    throw badRequest(
      'value: must be one line without control characters; encode others as base64 and decode them in the process',
      { field: 'value' },
    );
  }
  if (Buffer.byteLength(value) > maxSecretBytes)
    throw badRequest(`value: more than ${maxSecretBytes} bytes`, { field: 'value' });
  return value;
};

export const secretPlace = (
  secret: Pick<PipelineSecret, 'id' | 'organisationId' | 'valueVersion'>,
): SealedPlace => ({
  organisationId: secret.organisationId,
  table: 'pipeline_secrets',
  record: String(secret.id),
  field: 'value',
  version: secret.valueVersion,
});
