/** Pipeline secrets of a workspace or of a person: values go in and never out, but to the runs that name them. */
import type { Caller, WorkspaceScope } from '#core/caller.ts';
import type { Clock } from '#core/clock.ts';
import { conflict, notFound } from '#core/errors.ts';
import {
  checkSecretName,
  checkSecretValue,
  maxSecrets,
  type PipelineSecret,
  secretPlace,
} from '#core/pipeline-secrets.ts';
import type { PipelineSecretActions } from '#core/ports/data-actions.ts';
import type { Store, Tables } from '#core/ports/store.ts';
import type { Vault } from '#core/ports/vault.ts';
import { record } from '../clusters/cluster-audit.ts';
import { contextOf, liesWithin } from '../context.ts';

export interface PipelineSecretDeps {
  store: Pick<Store, 'pipelineSecrets' | 'sealedValues' | 'transaction'>;
  vault: Pick<Vault, 'sealText'>;
  clock: Clock;
}

const findSecret = async (
  tables: Pick<Tables, 'pipelineSecrets'>,
  caller: Caller,
  scope: WorkspaceScope,
  id: number,
): Promise<PipelineSecret> => {
  const secret = await tables.pipelineSecrets.find(id);
  if (!secret || !liesWithin(caller, scope, secret)) throw notFound('pipeline secret', id);
  return secret;
};

const checkFree = async (
  tables: Pick<Tables, 'pipelineSecrets'>,
  caller: Caller,
  scope: WorkspaceScope,
  name: string,
): Promise<void> => {
  checkSecretName(name);
  const all = await tables.pipelineSecrets.list(contextOf(caller, scope));
  if (all.some((row) => row.name === name))
    throw conflict(`name: a pipeline secret named ${name} exists already here`);
  if (all.length >= maxSecrets)
    throw conflict(`There are ${maxSecrets} pipeline secrets here already: delete those that nobody uses`);
};

const target = (secret: PipelineSecret) => ({
  type: 'pipeline_secret',
  id: String(secret.id),
  name: secret.name,
  organisationId: secret.organisationId || null,
  workspaceId: secret.workspaceId,
  userId: secret.userId,
});

/** What the audit log shows of one: nothing that says anything about the value, not even a digest. */
const shown = ({ name, valueVersion }: PipelineSecret) => ({ name, valueVersion });

/** Its value's data key goes with it. Within a transaction. */
export const destroySecret = async (
  tables: Pick<Tables, 'pipelineSecrets' | 'sealedValues' | 'audit'>,
  now: number,
  caller: Caller,
  secret: PipelineSecret,
): Promise<void> => {
  const { table, record: of } = secretPlace(secret);
  await tables.sealedValues.destroy(table, of);
  await tables.pipelineSecrets.remove(secret.id);
  await record(tables, now, caller, 'pipeline_secret_deleted', target(secret), {
    previousState: shown(secret),
  });
};

export const createPipelineSecretActions = ({
  store,
  vault,
  clock,
}: PipelineSecretDeps): PipelineSecretActions => ({
  list: (caller, scope) => store.pipelineSecrets.list(contextOf(caller, scope)),

  describe: (caller, scope, id) => findSecret(store, caller, scope, id),

  validateName: (caller, scope, name) => checkFree(store, caller, scope, name),

  create: (caller, scope, { name, value }) => {
    checkSecretName(name);
    checkSecretValue(value);
    const now = clock.now();
    return store.transaction(async (tables) => {
      await checkFree(tables, caller, scope, name);
      const secret = await tables.pipelineSecrets.insert({
        ...contextOf(caller, scope),
        organisationId: scope.organisationId ?? 0,
        name,
        valueVersion: 1,
        createdAt: now,
        updatedAt: now,
        lastUsedAt: null,
      });
      const place = secretPlace(secret);
      await tables.sealedValues.put(place, vault.sealText(place, value));
      await record(tables, now, caller, 'pipeline_secret_created', target(secret), {
        newState: shown(secret),
      });
      return secret;
    });
  },

  update: (caller, scope, id, value) => {
    checkSecretValue(value);
    const now = clock.now();
    return store.transaction(async (tables) => {
      const before = await findSecret(tables, caller, scope, id);
      const after = { ...before, valueVersion: before.valueVersion + 1, updatedAt: now };
      const place = secretPlace(after);
      // It takes the place of the old value, whose data key is gone with it.
      await tables.sealedValues.put(place, vault.sealText(place, value));
      await tables.pipelineSecrets.update(id, { valueVersion: after.valueVersion, updatedAt: now });
      await record(tables, now, caller, 'pipeline_secret_updated', target(after), {
        previousState: shown(before),
        newState: shown(after),
      });
    });
  },

  remove: (caller, scope, id) =>
    store.transaction(async (tables) => {
      const secret = await findSecret(tables, caller, scope, id);
      await destroySecret(tables, clock.now(), caller, secret);
    }),
});
