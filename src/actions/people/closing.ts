/**
 * Deleting places. Neither a workspace nor an organisation goes while anything runs in it, and no organisation while its
 * members have keys on its clusters: nobody loses with one call what others cannot bring back. A workspace's own keys
 * and secrets are destroyed with it. Names are free afterwards; numbers never are.
 */
import type { Caller } from '#core/caller.ts';
import type { Clock } from '#core/clock.ts';
import { clusterKeyOf, credentialName } from '#core/clusters.ts';
import { maxDatasets } from '#core/datasets.ts';
import { conflict } from '#core/errors.ts';
import type { Organisation, Workspace } from '#core/people.ts';
import type { ChannelMatch, ClusterAccess } from '#core/ports/cluster-access.ts';
import type { Tables } from '#core/ports/store.ts';
import type { Run } from '#core/runs.ts';
import { auditEvent } from '../audit.ts';
import { environmentTarget, record } from '../clusters/cluster-audit.ts';
import type { RemoveIdentity } from '../clusters/identity-removal.ts';
import type { Deletion } from '../credentials/deletion.ts';
import { removeDataset } from '../datasets/datasets.ts';
import { destroySecret } from '../pipelines/pipeline-secrets.ts';

export interface ClosingDeps {
  deletion: Pick<Deletion, 'retireWorkspace' | 'inUse'>;
  removeIdentity: RemoveIdentity;
  clusters: Pick<ClusterAccess, 'closeChannels'>;
  clock: Clock;
}

/** Whose channels are to be closed after the transaction. */
type Channels = ChannelMatch[];

export interface Closing {
  /** All within a transaction. @throws AppError 409 naming the runs that are in the way */
  workspace(tables: Tables, caller: Caller, workspace: Workspace): Promise<Channels>;
  /** @throws AppError 409 naming the runs or the keys that are in the way */
  organisation(tables: Tables, caller: Caller, organisation: Organisation): Promise<Channels>;
  /** Keys and environments outside of all workspaces. */
  personalContext(tables: Tables, caller: Caller): Promise<Channels>;
  /** @throws AppError 409 naming the runs */
  checkIdle(tables: Tables, what: string, live: readonly Run[]): Promise<void>;
  /** After that transaction. */
  afterwards(channels: Channels): void;
}

export const createClosing = ({ deletion, removeIdentity, clusters, clock }: ClosingDeps): Closing => {
  /** Environments, pipeline secrets, datasets, then the keys that the environments stood on. */
  const empty = async (
    tables: Tables,
    caller: Caller,
    context: { workspaceId: number | null; userId: number },
    reason: string,
  ): Promise<Channels> => {
    const now = clock.now();
    for (const environment of await tables.computeEnvs.list(context)) {
      const change = { status: 'DELETED' as const, message: null, primary: false, updatedAt: now };
      await tables.computeEnvs.update(environment.id, change);
      await tables.hostKeys.removeAll({ kind: 'compute-env', id: environment.id });
      const target = environmentTarget(environment);
      await record(tables, now, caller, 'compute_environment_deleted', target, { metadata: { reason } });
    }
    for (const secret of await tables.pipelineSecrets.list(context))
      await destroySecret(tables, now, caller, secret);
    const all = {
      max: maxDatasets,
      offset: 0,
      sortBy: 'name',
      descending: false,
      visibility: 'all',
    } as const;
    for (const dataset of (await tables.datasets.list({ ...context, ...all })).rows)
      await removeDataset(tables, now, caller, dataset);
    const closed: Channels = [];
    for (const credential of await tables.credentials.list(context)) {
      await deletion.retireWorkspace(tables, credential, { caller, checked: true, reason });
      closed.push({ credential: credentialName({ kind: 'workspace', id: credential.id }) });
    }
    return closed;
  };

  const checkIdle: Closing['checkIdle'] = async (tables, what, live) => {
    if (live.length > 0) throw await deletion.inUse(tables, what, live, {});
  };

  const workspace: Closing['workspace'] = async (tables, caller, { id, name, organisationId }) => {
    const now = clock.now();
    await checkIdle(tables, `workspace ${name}`, await tables.runs.liveOfWorkspace(id));
    await tables.workspaces.remove(id, now);
    const reason = `workspace ${name} was deleted`;
    const channels = await empty(tables, caller, { workspaceId: id, userId: caller.userId }, reason);
    const target = { type: 'workspace', id, name, organisationId, workspaceId: id };
    await tables.audit.append(auditEvent(caller, { event: 'workspace_deleted', target }), now);
    return channels;
  };

  const organisation: Closing['organisation'] = async (tables, caller, { id, name }) => {
    const channels: Channels = [];
    for (const one of await tables.workspaces.listOfOrganisation(id))
      channels.push(...(await workspace(tables, caller, one)));
    const all = { max: Number.MAX_SAFE_INTEGER, offset: 0 };
    for (const identity of (await tables.identities.list(id, all)).rows) {
      const keys = await tables.managedCredentials.listOfIdentity(identity.id);
      const held = keys.filter(({ key, userId }) => key !== null && userId !== caller.userId).length;
      if (held > 0)
        throw conflict(
          `${held} ${held === 1 ? 'member has a key' : 'members have keys'} on managed identity ${identity.name}: delete it first, then ${name}`,
        );
      for (const credential of await removeIdentity(tables, caller, identity)) channels.push({ credential });
      channels.push({ clusterKey: clusterKeyOf({ kind: 'identity', id: identity.id }) });
    }
    await tables.organisations.remove(id, clock.now());
    const target = { type: 'organization', id, name, organisationId: id };
    await tables.audit.append(auditEvent(caller, { event: 'organization_deleted', target }), clock.now());
    return channels;
  };

  return {
    workspace,
    organisation,

    personalContext: (tables, caller) => {
      const context = { workspaceId: null, userId: caller.userId };
      return empty(tables, caller, context, `the account ${caller.userName} was deleted`);
    },
    checkIdle,

    afterwards: (channels) => {
      for (const which of channels) clusters.closeChannels(which);
    },
  };
};
