/** What goes with a managed identity: its members' keys, what runs under them, the environments that stood on it. */
import type { Caller } from '#core/caller.ts';
import type { Clock } from '#core/clock.ts';
import { credentialName, type ManagedIdentity } from '#core/clusters.ts';
import type { Tables } from '#core/ports/store.ts';
import type { Run } from '#core/runs.ts';
import { type Deletion, invalidate } from '../credentials/deletion.ts';
import { auditedConfig, identityTarget, record } from './cluster-audit.ts';

/** Within a transaction. @returns credentials whose channels are to be closed after it, beside the cluster's own */
export type RemoveIdentity = (tables: Tables, caller: Caller, identity: ManagedIdentity) => Promise<string[]>;

/** Live runs on the cluster, and those elsewhere that log in to a jump host with a member's key for this one. */
export const liveOver = async (tables: Tables, identityId: number): Promise<Run[]> => {
  const found = await tables.runs.liveOfIdentity(identityId);
  for (const { id } of await tables.managedCredentials.listOfIdentity(identityId))
    found.push(...(await tables.runs.liveOfCredential({ kind: 'managed', id })));
  return [...new Map(found.map((run) => [run.id, run])).values()];
};

export const createIdentityRemoval =
  ({
    deletion,
    clock,
  }: {
    deletion: Pick<Deletion, 'retireManaged' | 'stopRuns'>;
    clock: Clock;
  }): RemoveIdentity =>
  async (tables, caller, identity) => {
    const { id, name } = identity;
    const now = clock.now();
    const live = await liveOver(tables, id);
    const credentials = await tables.managedCredentials.listOfIdentity(id);
    const reason = `managed identity ${name} was deleted`;
    for (const credential of credentials)
      await deletion.retireManaged(tables, credential, { caller, checked: false, reason });
    await deletion.stopRuns(tables, caller, live, reason);
    for (const environment of await tables.computeEnvs.listOfIdentity(id)) {
      if (environment.status === 'DELETED') continue;
      await invalidate(tables, now, caller, environment, `Its managed identity ${name} was deleted.`);
    }
    await tables.sealedValues.destroy('status_readers', String(id));
    await tables.statusReaders.remove(id);
    await tables.identities.remove(id);
    await record(tables, now, caller, 'managed_identity_deleted', identityTarget(identity), {
      previousState: identitySettings(identity),
      metadata: { runsStopped: live.map((run) => run.id) },
    });
    return [
      credentialName({ kind: 'reader', id }),
      ...credentials.map((credential) => credentialName({ kind: 'managed', id: credential.id })),
    ];
  };

/** What the audit log shows of one. */
export const identitySettings = (identity: ManagedIdentity) => ({
  name: identity.name,
  platform: identity.platform,
  config: auditedConfig(identity.config),
  requireChecked: identity.requireChecked,
  allowedSystemUsers: identity.allowedSystemUsers,
  budget: identity.budget,
});
