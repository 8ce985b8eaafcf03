/**
 * Taking keys away. A deleted credential is hidden and disabled in the same moment; where runs still live, its sealed key
 * serves their cancellation alone, for ten minutes at most, and is then destroyed (promise 8).
 */
import type { Caller } from '#core/caller.ts';
import type { Clock } from '#core/clock.ts';
import {
  type ComputeEnv,
  credentialName,
  type ManagedCredential,
  type WorkspaceCredential,
} from '#core/clusters.ts';
import { type AppError, conflict } from '#core/errors.ts';
import type { Conflict } from '#core/ports/actions.ts';
import type { ClusterAccess } from '#core/ports/cluster-access.ts';
import type { Store, Tables } from '#core/ports/store.ts';
import type { Run } from '#core/runs.ts';
import {
  credentialTarget,
  environmentTarget,
  managedCredentialTarget,
  record,
  runTarget,
} from '../clusters/cluster-audit.ts';
import { requestCancel } from '../runs/runs.ts';
import { watchUrl } from '../runs/watch-url.ts';

/** How long the key of a deleted credential may still stop what it has started. */
const graceMs = 10 * 60_000;

export interface DeletionDeps {
  store: Pick<Store, 'managedCredentials' | 'credentials' | 'runs' | 'transaction'>;
  clusters: Pick<ClusterAccess, 'closeChannels'>;
  clock: Clock;
  /** Address that people reach this service under. */
  publicUrl: string;
}

export interface RetireOptions {
  caller: Caller;
  /** Refuse while runs depend on it. */
  checked: boolean;
  /** Who or what is deleted, as the refusal and the audit record name it. */
  reason: string;
}

export interface Deletion {
  /** @returns live runs that are being stopped. @throws AppError 409 when checked and there are any */
  retireManaged(tables: Tables, credential: ManagedCredential, options: RetireOptions): Promise<Run[]>;
  /** As above; environments that used it become INVALID. */
  retireWorkspace(tables: Tables, credential: WorkspaceCredential, options: RetireOptions): Promise<Run[]>;
  /** Asks for runs to be stopped, with an audit record each. */
  stopRuns(tables: Tables, caller: Caller, runs: readonly Run[], reason: string): Promise<void>;
  /** The refusal that names the runs in its sentence: many clients show nothing else. */
  inUse(
    tables: Tables,
    what: string,
    runs: readonly Run[],
    answer: Record<string, unknown>,
  ): Promise<AppError>;
  /** Housekeeping: destroys retired keys whose runs have ended or whose time has come. @returns how many */
  destroyRetired(): Promise<number>;
}

const named = (runs: readonly Run[]): string =>
  runs
    .slice(0, 5)
    .map((run) => `${run.runName} (${run.id})`)
    .join(', ') + (runs.length > 5 ? ` and ${runs.length - 5} more` : '');

/** An environment that has lost what it stood on. */
export const invalidate = async (
  tables: Tables,
  now: number,
  caller: Caller,
  environment: ComputeEnv,
  message: string,
): Promise<void> => {
  await tables.computeEnvs.update(environment.id, { status: 'INVALID', message, updatedAt: now });
  await record(tables, now, caller, 'compute_environment_updated', environmentTarget(environment), {
    previousState: { status: environment.status },
    newState: { status: 'INVALID', message },
  });
};

export const createDeletion = ({ store, clusters, clock, publicUrl }: DeletionDeps): Deletion => {
  const conflictOf = async (tables: Tables, run: Run): Promise<Conflict> => {
    return {
      type: 'workflow',
      id: run.id,
      name: run.runName,
      url: await watchUrl(tables, publicUrl, run),
    };
  };

  const inUse: Deletion['inUse'] = async (tables, what, runs, answer) => {
    const conflicts: Conflict[] = [];
    for (const run of runs) conflicts.push(await conflictOf(tables, run));
    const [verb, them] = runs.length === 1 ? ['run depends', 'it'] : ['runs depend', 'them'];
    return conflict(
      `${runs.length} ${verb} on ${what}: ${named(runs)}. Wait for ${them} to end, or cancel ${them} first.`,
      { answer: { ...answer, conflicts } },
    );
  };

  const stopRuns: Deletion['stopRuns'] = async (tables, caller, runs, reason) => {
    const now = clock.now();
    for (const run of runs) {
      if (!(await requestCancel(tables, run, now))) continue;
      await record(tables, now, caller, 'workflow_cancelled', runTarget(run), {
        previousState: { status: run.status },
        metadata: { requested: true, reason, headJobId: run.headJobId },
      });
    }
  };

  const stopped = (runs: readonly Run[]) => ({ runsStopped: runs.map((run) => run.id) });

  const retireManaged: Deletion['retireManaged'] = async (
    tables,
    credential,
    { caller, checked, reason },
  ) => {
    const now = clock.now();
    const { id, userId, key } = credential;
    // Disabled first, then looked for users: a launch that comes in between finds it gone.
    await tables.managedCredentials.update(id, { retiredAt: now, destroyAt: now + graceMs, updatedAt: now });
    const live = await tables.runs.liveOfCredential({ kind: 'managed', id });
    if (checked && live.length > 0)
      throw await inUse(tables, reason, live, { managedCredentialsId: String(userId) });
    if (live.length === 0) {
      await tables.sealedValues.destroy('managed_credentials', String(id));
      await tables.managedCredentials.remove(id);
    }
    await stopRuns(tables, caller, live, reason);
    await record(tables, now, caller, 'managed_credentials_deleted', managedCredentialTarget(credential), {
      previousState: { linuxUser: credential.linuxUser, fingerprint: key?.fingerprint ?? null },
      metadata: { ...stopped(live), keyDestroyed: live.length === 0 },
    });
    return live;
  };

  const retireWorkspace: Deletion['retireWorkspace'] = async (
    tables,
    credential,
    { caller, checked, reason },
  ) => {
    const now = clock.now();
    const { id, key } = credential;
    await tables.credentials.update(id, { retiredAt: now, destroyAt: now + graceMs, updatedAt: now });
    const live = await tables.runs.liveOfCredential({ kind: 'workspace', id });
    if (checked && live.length > 0) throw await inUse(tables, reason, live, { credentialsId: id });
    for (const environment of await tables.computeEnvs.listOfCredential(id)) {
      await invalidate(tables, now, caller, environment, `Its credentials ${credential.name} were deleted.`);
    }
    if (live.length === 0) {
      await tables.sealedValues.destroy('credentials', id);
      await tables.credentials.remove(id);
    }
    await stopRuns(tables, caller, live, reason);
    await record(tables, now, caller, 'credentials_deleted', credentialTarget(credential), {
      previousState: { fingerprint: key.fingerprint },
      metadata: { ...stopped(live), keyDestroyed: live.length === 0 },
    });
    return live;
  };

  const destroyManaged = (id: number): Promise<boolean> =>
    store.transaction(async (tables) => {
      const now = clock.now();
      const credential = await tables.managedCredentials.findById(id);
      if (!credential) return false;
      const live = await tables.runs.liveOfCredential({ kind: 'managed', id });
      await tables.sealedValues.destroy('managed_credentials', String(id));
      await tables.managedCredentials.remove(id);
      // The launcher ends what it cannot reach any more, and says which job may still be there.
      for (const run of live) await tables.runs.update(run.id, { dueAt: now }, now);
      await record(tables, now, null, 'managed_credentials_deleted', managedCredentialTarget(credential), {
        metadata: { keyDestroyed: true, couldNotBeStopped: live.map(leftBehind) },
      });
      return true;
    });

  const destroyWorkspace = (id: string): Promise<boolean> =>
    store.transaction(async (tables) => {
      const now = clock.now();
      const credential = await tables.credentials.find(id);
      if (!credential) return false;
      const live = await tables.runs.liveOfCredential({ kind: 'workspace', id });
      await tables.sealedValues.destroy('credentials', id);
      await tables.credentials.remove(id);
      for (const run of live) await tables.runs.update(run.id, { dueAt: now }, now);
      await record(tables, now, null, 'credentials_deleted', credentialTarget(credential), {
        metadata: { keyDestroyed: true, couldNotBeStopped: live.map(leftBehind) },
      });
      return true;
    });

  return {
    retireManaged,
    retireWorkspace,
    stopRuns,
    inUse,
    destroyRetired: async () => {
      const now = clock.now();
      const over = async (live: Promise<Run[]>, destroyAt: number | null): Promise<boolean> =>
        (destroyAt ?? 0) <= now || (await live).length === 0;
      let destroyed = 0;
      // All that are retired: each is to be destroyed within the grace time.
      for (const { id, destroyAt } of await store.managedCredentials.listDestroyable(now + graceMs)) {
        const ref = { kind: 'managed', id } as const;
        if (!(await over(store.runs.liveOfCredential(ref), destroyAt))) continue;
        if (await destroyManaged(id)) destroyed += 1;
        clusters.closeChannels({ credential: credentialName(ref) });
      }
      for (const { id, destroyAt } of await store.credentials.listDestroyable(now + graceMs)) {
        const ref = { kind: 'workspace', id } as const;
        if (!(await over(store.runs.liveOfCredential(ref), destroyAt))) continue;
        if (await destroyWorkspace(id)) destroyed += 1;
        clusters.closeChannels({ credential: credentialName(ref) });
      }
      return destroyed;
    },
  };
};

const leftBehind = (run: Run) => ({
  run: run.id,
  headJobId: run.headJobId,
  host: run.snapshot.hostName,
  linuxUser: run.snapshot.linuxUser,
});
