/** Managed identities: the clusters that an organisation has registered, and what a change of one brings about. */
import type { Caller, OrganisationScope } from '#core/caller.ts';
import type { Clock } from '#core/clock.ts';
import { clusterKeyOf, type HostKeyOwner, type ManagedIdentity } from '#core/clusters.ts';
import { conflict, notFound } from '#core/errors.ts';
import { defaultPort, type GridConfig } from '#core/grid-config.ts';
import { checkName } from '#core/names.ts';
import type { Platform } from '#core/platforms.ts';
import type { IdentityActions, IdentityPatch } from '#core/ports/actions.ts';
import type { ClusterAccess } from '#core/ports/cluster-access.ts';
import type { Store, Tables } from '#core/ports/store.ts';
import type { Deletion } from '../credentials/deletion.ts';
import { identityTarget, record } from './cluster-audit.ts';
import { identityAddress } from './cluster-target.ts';
import type { HostKeys } from './host-keys.ts';
import { identitySettings, liveOver, type RemoveIdentity } from './identity-removal.ts';

export interface IdentityDeps {
  store: Pick<Store, 'identities' | 'transaction'>;
  clusters: Pick<ClusterAccess, 'closeChannels'>;
  hostKeys: Pick<HostKeys, 'pin' | 'scanNew'>;
  deletion: Pick<Deletion, 'inUse'>;
  removeIdentity: RemoveIdentity;
  clock: Clock;
  /** Refuses head job options that cannot be let through. @throws AppError 400 */
  checkHeadJobOptions(platform: Platform, options: string): void;
  /** The cluster has another address or other settings: environments on it are to be checked again. */
  onChanged(identityId: number): void;
  /** Tells the launcher that something is due. */
  wake(): void;
}

const ownerOf = (id: number): HostKeyOwner => ({ kind: 'identity', id });

/** @throws AppError 404, the same whether it never existed or is another organisation's (promise 14) */
export const findIdentity = async (
  tables: Pick<Tables, 'identities'>,
  scope: OrganisationScope,
  id: number,
): Promise<ManagedIdentity> => {
  const identity = await tables.identities.find(id);
  if (!identity || identity.organisationId !== scope.organisationId) throw notFound('managed identity', id);
  return identity;
};

const taken = (name: string) =>
  conflict(`name: a managed identity named ${name} exists already in this organisation`);

/** Whether two configurations lead to the same door. */
export const sameHost = (a: GridConfig, b: GridConfig): boolean =>
  a.hostName === b.hostName && (a.port ?? defaultPort) === (b.port ?? defaultPort);

const nextConfig = (identity: ManagedIdentity, patch: IdentityPatch): GridConfig => ({
  ...(patch.config ?? identity.config),
  ...(patch.hostName !== undefined && { hostName: patch.hostName }),
  ...(patch.port !== undefined && { port: patch.port }),
  discriminator: patch.platform ?? patch.config?.discriminator ?? identity.platform,
});

const otherAddress = {
  status: 'unverified',
  message: 'The cluster has another address since; the key has not been tried there yet.',
  verifiedAt: null,
} as const;

export const createIdentityActions = (deps: IdentityDeps): IdentityActions => {
  const { store, clusters, hostKeys, deletion, removeIdentity, clock } = deps;

  const checkSettings = (config: GridConfig): void => {
    if (config.headJobOptions) deps.checkHeadJobOptions(config.discriminator, config.headJobOptions);
  };

  const checkPlatformFree = async (tables: Tables, identity: ManagedIdentity): Promise<void> => {
    const runs = await tables.runs.liveOfIdentity(identity.id);
    const what = `managed identity ${identity.name}, so its platform cannot change`;
    if (runs.length > 0) throw await deletion.inUse(tables, what, runs, {});
    const environments = await tables.computeEnvs.listOfIdentity(identity.id);
    const using = environments.filter((environment) => environment.status !== 'DELETED');
    if (using.length === 0) return;
    const names = using.map((environment) => environment.name).join(', ');
    throw conflict(
      `platform: compute environments use ${identity.name} and would break: ${names}. Delete them first.`,
    );
  };

  /** Another host is another cluster until an owner says otherwise: nothing that was known about the old one counts. */
  const forgetHost = async (tables: Tables, identity: ManagedIdentity): Promise<void> => {
    await tables.hostKeys.removeAll(ownerOf(identity.id));
    await tables.statusReaders.update(identity.id, otherAddress);
    for (const credential of await tables.managedCredentials.listOfIdentity(identity.id)) {
      if (!credential.key) continue;
      await tables.managedCredentials.update(credential.id, otherAddress);
    }
  };

  const applied = async (
    tables: Tables,
    caller: Caller,
    scope: OrganisationScope,
    id: number,
    patch: IdentityPatch,
  ): Promise<{ identity: ManagedIdentity; moved: boolean; rerouted: boolean }> => {
    const now = clock.now();
    const before = await findIdentity(tables, scope, id);
    const config = nextConfig(before, patch);
    const platform = config.discriminator;
    const name = patch.name ?? before.name;
    checkSettings(config);
    if (name !== before.name) {
      checkName('name', name);
      if (await tables.identities.findByName(scope.organisationId, name)) throw taken(name);
    }
    if (platform !== before.platform) await checkPlatformFree(tables, before);
    const moved = !sameHost(before.config, config);
    const change = {
      name,
      platform,
      config,
      requireChecked: patch.requireChecked ?? before.requireChecked,
      allowedSystemUsers: patch.allowedSystemUsers ?? before.allowedSystemUsers,
      budget: patch.budget ?? before.budget,
      blockedReason: moved ? null : before.blockedReason,
    };
    await tables.identities.update(id, { ...change, updatedBy: caller.userId, updatedAt: now });
    const identity = { ...before, ...change };
    await record(tables, now, caller, 'managed_identity_edited', identityTarget(identity), {
      previousState: identitySettings(before),
      newState: identitySettings(identity),
    });
    if (moved) await forgetHost(tables, identity);
    if (patch.hostKeys) {
      await hostKeys.pin(tables, ownerOf(id), patch.hostKeys, caller);
      await tables.identities.update(id, { blockedReason: null });
    }
    const way = ({ jumpHosts = [] }: GridConfig) => JSON.stringify(jumpHosts);
    return { identity, moved, rerouted: way(before.config) !== way(config) };
  };

  return {
    list: (_caller, scope, query) => store.identities.list(scope.organisationId, query),

    describe: (_caller, scope, id) => findIdentity(store, scope, id),

    create: async (caller, scope, input) => {
      checkName('name', input.name);
      checkSettings({ ...input.config, discriminator: input.platform });
      const now = clock.now();
      const identity = await store.transaction(async (tables) => {
        if (await tables.identities.findByName(scope.organisationId, input.name)) throw taken(input.name);
        const made = await tables.identities.insert({
          ...(input.id && { id: input.id }),
          organisationId: scope.organisationId,
          name: input.name,
          platform: input.platform,
          config: { ...input.config, discriminator: input.platform },
          requireChecked: input.requireChecked ?? false,
          allowedSystemUsers: input.allowedSystemUsers ?? [],
          blockedReason: null,
          budget: input.budget ?? {},
          suspension: null,
          updatedBy: caller.userId,
          createdAt: now,
          updatedAt: now,
        });
        await record(tables, now, caller, 'managed_identity_created', identityTarget(made), {
          newState: identitySettings(made),
        });
        if (input.hostKeys) await hostKeys.pin(tables, ownerOf(made.id), input.hostKeys, caller);
        return made;
      });
      if (identity.config.hostName) await hostKeys.scanNew(identityAddress(identity), caller);
      return (await store.identities.find(identity.id)) ?? identity;
    },

    update: async (caller, scope, id, patch) => {
      const { identity, moved, rerouted } = await store.transaction((tables) =>
        applied(tables, caller, scope, id, patch),
      );
      // A jump host that is not trusted any more must not carry what was opened through it.
      if (moved || rerouted || patch.hostKeys) {
        clusters.closeChannels({ clusterKey: clusterKeyOf(ownerOf(id)) });
        if (identity.config.hostName) await hostKeys.scanNew(identityAddress(identity), caller);
        deps.onChanged(id);
      }
    },

    remove: async (caller, scope, id, { checked }) => {
      const closed = await store.transaction(async (tables) => {
        const identity = await findIdentity(tables, scope, id);
        const live = await liveOver(tables, id);
        const others = live.some((run) => run.userId !== caller.userId);
        if (live.length > 0 && (checked || (identity.requireChecked && others))) {
          const answer = { managedCredentialsId: String(live[0]?.userId) };
          throw await deletion.inUse(tables, `managed identity ${identity.name}`, live, answer);
        }
        return removeIdentity(tables, caller, identity);
      });
      clusters.closeChannels({ clusterKey: clusterKeyOf(ownerOf(id)) });
      for (const credential of closed) clusters.closeChannels({ credential });
      deps.wake();
    },
  };
};
