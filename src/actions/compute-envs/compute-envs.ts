/** Compute environments: where a workspace's runs go, on a managed identity or on a host and a key of the workspace's own. */

import type { Caller, WorkspaceScope } from '#core/caller.ts';
import type { Clock } from '#core/clock.ts';
import type { ComputeEnv } from '#core/clusters.ts';
import { badRequest, conflict, notFound } from '#core/errors.ts';
import { newLongId } from '#core/ids.ts';
import { checkName } from '#core/names.ts';
import type { Platform } from '#core/platforms.ts';
import type { ComputeEnvActions } from '#core/ports/actions.ts';
import type { Store, Tables } from '#core/ports/store.ts';
import { auditedConfig, environmentTarget, record } from '../clusters/cluster-audit.ts';
import type { HostKeys } from '../clusters/host-keys.ts';
import { contextOf, liesWithin } from '../context.ts';
import { findCredential } from '../credentials/credentials.ts';
import type { Deletion } from '../credentials/deletion.ts';
import { labelsOfNew, putLabels } from '../pipelines/labels.ts';
import type { ComputeEnvChecks } from './check-compute-env.ts';
import { basisOf } from './compute-env-basis.ts';

export interface ComputeEnvDeps {
  store: Pick<Store, 'computeEnvs' | 'identities' | 'credentials' | 'transaction'>;
  checks: Pick<ComputeEnvChecks, 'check' | 'schedule'>;
  hostKeys: Pick<HostKeys, 'pin'>;
  deletion: Pick<Deletion, 'inUse' | 'stopRuns'>;
  clock: Clock;
  /** Refuses head job options that cannot be let through. @throws AppError 400 */
  checkHeadJobOptions(platform: Platform, options: string): void;
  /** Tells the launcher that something is due. */
  wake(): void;
}

/** Deleted ones too. @throws AppError 404 */
const findEnvironment = async (
  tables: Pick<Tables, 'computeEnvs'>,
  caller: Caller,
  scope: WorkspaceScope,
  id: string,
): Promise<ComputeEnv> => {
  const environment = await tables.computeEnvs.find(id);
  if (!environment || !liesWithin(caller, scope, environment)) throw notFound('compute environment', id);
  return environment;
};

export const createComputeEnvActions = (deps: ComputeEnvDeps): ComputeEnvActions => {
  const { store, checks, hostKeys, deletion, clock } = deps;

  const checkFree = async (
    tables: Pick<Tables, 'computeEnvs'>,
    caller: Caller,
    scope: WorkspaceScope,
    name: string,
  ) => {
    checkName('name', name);
    const all = await tables.computeEnvs.list(contextOf(caller, scope));
    if (!all.some((row) => row.name === name)) return all;
    throw conflict(`name: a compute environment named ${name} exists already here`);
  };

  const change = async (
    caller: Caller,
    scope: WorkspaceScope,
    id: string,
    work: (tables: Tables, before: ComputeEnv) => Promise<Parameters<Tables['computeEnvs']['update']>[1]>,
  ): Promise<ComputeEnv> =>
    store.transaction(async (tables) => {
      const before = await findEnvironment(tables, caller, scope, id);
      if (before.status === 'DELETED') throw notFound('compute environment', id);
      const patch = { ...(await work(tables, before)), updatedAt: clock.now() };
      await tables.computeEnvs.update(id, patch);
      await record(tables, clock.now(), caller, 'compute_environment_updated', environmentTarget(before), {
        previousState: shown(before),
        newState: shown({ ...before, ...patch }),
      });
      return { ...before, ...patch };
    });

  return {
    list: (caller, scope, query) =>
      store.computeEnvs.list({ ...contextOf(caller, scope), status: query.status }),

    describe: (caller, scope, id) => findEnvironment(store, caller, scope, id),

    validateName: async (caller, scope, name) => {
      await checkFree(store, caller, scope, name);
    },

    create: async (caller, scope, input) => {
      if (input.config.headJobOptions) deps.checkHeadJobOptions(input.platform, input.config.headJobOptions);
      const basis = await basisOf(store, caller, scope, input);
      const now = clock.now();
      const environment = await store.transaction(async (tables) => {
        const others = await checkFree(tables, caller, scope, input.name);
        const made: ComputeEnv = {
          ...basis,
          id: newLongId(),
          workspaceId: scope.workspaceId,
          organisationId: scope.organisationId ?? 0,
          userId: caller.userId,
          name: input.name,
          description: input.description ?? null,
          platform: input.platform,
          config: { ...input.config, discriminator: input.platform },
          status: 'CREATING',
          message: null,
          primary: !others.some((row) => row.primary),
          createdAt: now,
          updatedAt: now,
          lastUsedAt: null,
        };
        await tables.computeEnvs.insert(made);
        await record(tables, now, caller, 'compute_environment_created', environmentTarget(made), {
          newState: shown(made),
        });
        const owner = { kind: 'compute-env', id: made.id } as const;
        if (input.hostKeys) await hostKeys.pin(tables, owner, input.hostKeys, caller);
        const asked = { labelIds: input.labelIds, resource: true };
        await putLabels(tables, 'compute-env', made.id, await labelsOfNew(tables, caller, scope, asked));
        return made;
      });
      checks.schedule(environment.id);
      return environment;
    },

    update: async (caller, scope, id, patch) => {
      const { name, description, credentialsId } = patch;
      const before = await findEnvironment(store, caller, scope, id);
      const other = credentialsId !== undefined && credentialsId !== before.credentialsId;
      if (other && before.managedIdentityId !== null) {
        throw badRequest(
          'credentialsId: an environment stays on its managed identity; make a new one for another',
          {
            field: 'credentialsId',
          },
        );
      }
      if (other) await findCredential(store, caller, scope, credentialsId);
      await change(caller, scope, id, async (tables, present) => {
        if (name !== undefined && name !== present.name) await checkFree(tables, caller, scope, name);
        return {
          ...(name !== undefined && { name }),
          ...(description !== undefined && { description }),
          ...(other && { credentialsId, status: 'CREATING', message: null }),
        };
      });
      if (other) checks.schedule(id);
    },

    remove: async (caller, scope, id, how = { force: false }) => {
      await store.transaction(async (tables) => {
        const now = clock.now();
        const environment = await findEnvironment(tables, caller, scope, id);
        if (environment.status === 'DELETED') return;
        // Closed first, then looked for users: a launch that comes in between finds it gone.
        await tables.computeEnvs.update(id, {
          status: 'DELETED',
          message: null,
          primary: false,
          updatedAt: now,
        });
        const live = await tables.runs.liveOfComputeEnv(id);
        if (live.length > 0 && !how.force) {
          throw await deletion.inUse(tables, `compute environment ${environment.name}`, live, {
            computeEnvId: id,
          });
        }
        await deletion.stopRuns(tables, caller, live, `compute environment ${environment.name} was deleted`);
        // While runs are being stopped its pins are still needed.
        if (live.length === 0) await tables.hostKeys.removeAll({ kind: 'compute-env', id });
        await record(tables, now, caller, 'compute_environment_deleted', environmentTarget(environment), {
          previousState: shown(environment),
          metadata: { runsStopped: live.map((run) => run.id) },
        });
      });
      deps.wake();
    },

    validate: async (caller, scope, id) => {
      const environment = await findEnvironment(store, caller, scope, id);
      if (environment.status === 'DELETED') throw notFound('compute environment', id);
      return checks.check(id, caller);
    },

    setPrimary: async (caller, scope, id) => {
      await change(caller, scope, id, async (tables) => {
        for (const row of await tables.computeEnvs.list(contextOf(caller, scope))) {
          if (row.primary && row.id !== id) await tables.computeEnvs.update(row.id, { primary: false });
        }
        return { primary: true };
      });
    },

    setEnabled: async (caller, scope, id, enabled) => {
      const before = await findEnvironment(store, caller, scope, id);
      if (enabled === (before.status !== 'DISABLED')) return;
      await change(caller, scope, id, async () => ({
        status: enabled ? 'AVAILABLE' : 'DISABLED',
        message: null,
      }));
      if (enabled) checks.schedule(id);
    },
  };
};

/** What the audit log shows of one. */
const shown = ({ config, ...environment }: ComputeEnv) => ({
  name: environment.name,
  description: environment.description,
  platform: environment.platform,
  credentialsId: environment.credentialsId,
  managedIdentityId: environment.managedIdentityId,
  status: environment.status,
  primary: environment.primary,
  config: auditedConfig(config),
});
