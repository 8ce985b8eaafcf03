/** What tests of a cluster house do again and again. The house is asked for anew each time: every test has one of its own. */
import { managedKeyPlace } from '#actions/credentials/key-places.ts';
import type { ManagedIdentity } from '#core/clusters.ts';
import type { ManagedCredentialInput, NewComputeEnv } from '#core/ports/actions.ts';
import type { ClusterHouse, Person } from './cluster-house.ts';

/** Members' keys on one identity. */
export const managedKeys = (now: () => { house: ClusterHouse; identity: ManagedIdentity }) => {
  const save = (actor: Person, input: ManagedCredentialInput, whose = actor) => {
    const { house, identity } = now();
    return house.managedCredentials.create(
      actor.caller,
      actor.scope,
      identity.id,
      whose.caller.userId,
      input,
    );
  };
  return {
    save,
    saveKey: (actor: Person, whose = actor) => save(actor, now().house.keyOf(whose), whose),
    stored: (whose: Person) => {
      const { house, identity } = now();
      return house.store.managedCredentials.find(identity.id, whose.caller.userId);
    },
    /** The sealed key of a credential's version. */
    sealed: async (id: number, keyVersion: number, whose = now().house.alice) => {
      const { house, identity } = now();
      const { id: identityId, organisationId } = identity;
      const place = { id, keyVersion, organisationId, identityId, userId: whose.caller.userId };
      return house.store.sealedValues.get(managedKeyPlace(place));
    },
  };
};

const config = { discriminator: 'slurm-platform' } as const;

/** Environments and keys of Olga's workspace. */
export const workspaceRecords = (house: () => ClusterHouse) => {
  const olga = () => [house().olga.caller, house().olga.workspace] as const;
  return {
    olga,
    config,
    /** Of an environment that names its host itself. */
    own: { ...config, hostName: 'own.example', userName: 'svc', workDir: '/work' },
    create: (given: Partial<NewComputeEnv>) =>
      house().computeEnvs.create(...olga(), { name: 'env', platform: 'slurm-platform', config, ...given }),
    find: async (id: string) => {
      await house().idle();
      return house().computeEnvs.describe(...olga(), id);
    },
    addKey: (name = 'shared') =>
      house().credentials.create(...olga(), { name, key: { privateKey: house().olga.key.privatePem } }),
  };
};
