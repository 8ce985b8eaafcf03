/**
 * The pipeline secrets of a run. At its launch they are found, opened and sealed anew under the run's own record, so that
 * what is changed or deleted later reaches it no more; the launcher opens that for the submission and destroys it.
 */
import type { Caller, WorkspaceScope } from '#core/caller.ts';
import { AppError, badRequest, conflict } from '#core/errors.ts';
import {
  type PipelineSecret,
  runSecretsPlace,
  type SecretValue,
  secretPlace,
  usesSecrets,
} from '#core/pipeline-secrets.ts';
import type { Tables } from '#core/ports/store.ts';
import type { Vault } from '#core/ports/vault.ts';
import type { Run } from '#core/runs.ts';

/** Of all secrets of a run together: they travel with its submission. */
const maxBytes = 1024 * 1024;

interface Shelf {
  field: 'userSecrets' | 'workspaceSecrets';
  context: { workspaceId: number | null; userId: number };
  /** Beginning of the sentence that says that one is missing. */
  whose: string;
  where: string;
}

const find = async (
  tables: Pick<Tables, 'pipelineSecrets'>,
  names: readonly string[],
  { field, context, whose, where }: Shelf,
): Promise<PipelineSecret[]> => {
  if (names.length === 0) return [];
  const all = await tables.pipelineSecrets.list(context);
  return names.map((name) => {
    const found = all.find((secret) => secret.name === name);
    if (!found)
      throw conflict(`${field}: ${whose} no pipeline secret named ${name}. Make it first: POST ${where}`, {
        field,
      });
    return found;
  });
};

/** A person's own come before those of the same name in the workspace. @throws AppError 400, 409 */
const resolve = async (
  tables: Pick<Tables, 'pipelineSecrets'>,
  caller: Caller,
  { workspaceId }: WorkspaceScope,
  { userSecrets = [], workspaceSecrets = [] }: Run['launch'],
): Promise<PipelineSecret[]> => {
  if (workspaceId === null && workspaceSecrets.length > 0)
    throw badRequest('workspaceSecrets: a launch outside of a workspace has none; use userSecrets', {
      field: 'workspaceSecrets',
    });
  const shared = await find(tables, workspaceSecrets, {
    field: 'workspaceSecrets',
    context: { workspaceId, userId: caller.userId },
    whose: 'this workspace has',
    where: `/pipeline-secrets?workspaceId=${workspaceId}`,
  });
  const own = await find(tables, userSecrets, {
    field: 'userSecrets',
    context: { workspaceId: null, userId: caller.userId },
    whose: 'you have',
    where: '/pipeline-secrets',
  });
  return [...new Map([...shared, ...own].map((secret) => [secret.name, secret])).values()];
};

const openSecret = async (
  { sealedValues }: Pick<Tables, 'sealedValues'>,
  vault: Pick<Vault, 'openText'>,
  secret: PipelineSecret,
): Promise<SecretValue> => {
  const place = secretPlace(secret);
  const sealed = await sealedValues.get(place);
  if (!sealed)
    throw new AppError(
      'sealed_value_broken',
      500,
      `The sealed value of pipeline secret ${secret.name} is missing`,
    );
  return { name: secret.name, value: vault.openText(place, sealed) };
};

/**
 * Within the transaction of the launch. Gives what the audit record says: which secrets, never what they are.
 * @throws AppError 409 with what is missing and where to make it
 */
export const createSecretsAtLaunch =
  (vault: Pick<Vault, 'openText' | 'sealText'>) =>
  async (tables: Tables, caller: Caller, scope: WorkspaceScope, run: Run) => {
    if (!usesSecrets(run.launch)) return {};
    const secrets = await resolve(tables, caller, scope, run.launch);
    const values = await Promise.all(secrets.map((secret) => openSecret(tables, vault, secret)));
    const text = JSON.stringify(values);
    if (Buffer.byteLength(text) > maxBytes)
      throw badRequest(`userSecrets, workspaceSecrets: more than ${maxBytes} bytes together`);
    const place = runSecretsPlace(run);
    await tables.sealedValues.put(place, vault.sealText(place, text));
    await tables.pipelineSecrets.touch(
      secrets.map(({ id }) => id),
      run.createdAt,
    );
    return {
      secrets: secrets.map(({ id, name, valueVersion, workspaceId }) => ({
        id,
        name,
        valueVersion,
        of: workspaceId === null ? 'user' : 'workspace',
      })),
    };
  };

/** For the launcher. @throws AppError `sealed_value_broken` */
export const createSecretsOfRun =
  (store: Pick<Tables, 'sealedValues'>, vault: Pick<Vault, 'openText'>) =>
  async (run: Run): Promise<SecretValue[]> => {
    if (!usesSecrets(run.launch)) return [];
    const place = runSecretsPlace(run);
    const sealed = await store.sealedValues.get(place);
    if (!sealed)
      throw new AppError('sealed_value_broken', 500, `The sealed secrets of run ${run.id} are missing`);
    return JSON.parse(vault.openText(place, sealed)) as SecretValue[];
  };
