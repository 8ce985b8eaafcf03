/**
 * What stands behind CREATING → AVAILABLE | ERRORED: the host is asked for its keys, they must be the confirmed ones, and
 * whoever can log in does, and looks at the work directory and the scheduler. Runs in the background, and again after a
 * restart for what was left CREATING.
 */
import type { Caller } from '#core/caller.ts';
import type { Clock } from '#core/clock.ts';
import type { ComputeEnv, HostKeyOwner } from '#core/clusters.ts';
import { type AppError, isAppError } from '#core/errors.ts';
import { effectiveConfig, type GridConfig } from '#core/grid-config.ts';
import type { Platform } from '#core/platforms.ts';
import type { Validation } from '#core/ports/actions.ts';
import type { ClusterTarget } from '#core/ports/cluster-access.ts';
import type { Store } from '#core/ports/store.ts';
import { createBackground } from '../background.ts';
import { environmentTarget, record } from '../clusters/cluster-audit.ts';
import {
  type ClusterAddress,
  environmentAddress,
  identityAddress,
  type Targets,
} from '../clusters/cluster-target.ts';
import type { HostKeys } from '../clusters/host-keys.ts';
import { blockers, notLaunchable, reportingFinding } from '../credentials/account-findings.ts';
import type { Prove } from '../credentials/verify-credential.ts';

export interface CheckDeps {
  store: Pick<Store, 'computeEnvs' | 'identities' | 'managedCredentials' | 'credentials' | 'transaction'>;
  targets: Pick<Targets, 'pinsOf' | 'forManaged' | 'forWorkspace'>;
  prove: Prove;
  hostKeys: Pick<HostKeys, 'scan'>;
  /** Schedulers that can be launched on. */
  launchable: ReadonlySet<Platform>;
  clock: Clock;
  log: { error(fields: object, message: string): void };
}

export interface ComputeEnvChecks {
  /** Checks now. `caller` null: the service itself does it. */
  check(id: string, caller: Caller | null): Promise<Validation<ComputeEnv['status']>>;
  /** Checks in the background; twice the same one after another. */
  schedule(id: string): void;
  /** Environments of a host whose pins or address have changed: those that had failed, or all. */
  recheck(owner: HostKeyOwner, which: 'failed' | 'all'): void;
  /** As `recheck`, for those that use a workspace credential. */
  recheckCredential(credentialsId: string): void;
  /** Takes up what a stopped server left behind. */
  checkPending(): Promise<void>;
  /** Resolves when nothing is being checked any more. */
  idle(): Promise<void>;
  /** At shutdown, before the channels go: what that cuts off says nothing, and stays CREATING for the next start. */
  abandon(): void;
}

interface Verdict {
  status: 'AVAILABLE' | 'ERRORED' | 'INVALID';
  message: string | null;
  /** The network failed, nothing was found to be wrong. */
  transient: boolean;
}

const bad = (message: string, status: Verdict['status'] = 'ERRORED'): Verdict => ({
  status,
  message,
  transient: false,
});

const isTransient = (error: AppError): boolean =>
  [
    'host_unreachable',
    'host_unresolved',
    'channel_lost',
    'unavailable',
    'too_many_requests',
    'budget_exhausted',
    'cluster_suspended',
  ].includes(error.code);

/** What is told to whoever asked, instead of being noted of the environment. */
const saysWhen = new Set<string>(['too_many_requests', 'budget_exhausted', 'cluster_suspended']);

export const createComputeEnvChecks = (deps: CheckDeps): ComputeEnvChecks => {
  const { store, targets, prove, hostKeys, launchable, clock, log } = deps;

  /** Good as far as it was looked at. */
  const good = (platform: Platform): Verdict => ({
    status: 'AVAILABLE',
    message: launchable.has(platform) ? null : notLaunchable(platform),
    transient: false,
  });

  /** Reachable, and what it shows is what was confirmed. @throws AppError */
  const lookAtHost = async (address: () => Promise<ClusterAddress>): Promise<void> => {
    const place = await address();
    // Behind a jump host only a login tells.
    if (place.jumpHosts.length === 0) await hostKeys.scan(place, null);
    // Read anew: the scan may have found out that the cluster is to be blocked.
    await targets.pinsOf(await address());
  };

  const logIn = async (
    askedBy: number,
    environment: ComputeEnv,
    { workDir, hostName = '', reporting }: Pick<GridConfig, 'workDir' | 'hostName' | 'reporting'>,
    target: () => Promise<ClusterTarget>,
  ): Promise<Verdict> => {
    const proof = await prove({
      askedBy,
      unattended: true,
      platform: environment.platform,
      workDir: workDir ?? null,
      target,
    });
    if (proof.kind === 'refused') return bad(proof.message);
    if (proof.kind === 'unproved') return { ...bad(proof.message), transient: true };
    const { platform } = environment;
    const problems = blockers(proof.report, launchable.has(platform) ? platform : undefined, hostName);
    if (problems.length > 0) return bad(problems.join(' '));
    const verdict = good(platform);
    const finding = reportingFinding(proof.report, reporting);
    return { ...verdict, message: [verdict.message, finding].filter(Boolean).join(' ') || null };
  };

  const checkOnIdentity = async (
    askedBy: number,
    environment: ComputeEnv,
    identityId: number,
  ): Promise<Verdict> => {
    const identity = await store.identities.find(identityId);
    if (!identity) return bad('Its managed identity was deleted.', 'INVALID');
    await lookAtHost(async () => identityAddress((await store.identities.find(identityId)) ?? identity));
    const credential = await store.managedCredentials.find(identityId, environment.userId);
    // Every member launches with a key of their own: that its maker has none is no fault of the environment.
    if (!credential?.key) return good(environment.platform);
    const config = effectiveConfig(environment.config, identity.config);
    return logIn(askedBy, environment, config, () => targets.forManaged(identity, credential));
  };

  const checkOwnHost = async (askedBy: number, environment: ComputeEnv): Promise<Verdict> => {
    const credential = await store.credentials.find(environment.credentialsId ?? '');
    if (!credential || credential.retiredAt !== null) return bad('Its credentials were deleted.', 'INVALID');
    await lookAtHost(async () => environmentAddress(environment));
    return logIn(askedBy, environment, environment.config, () =>
      targets.forWorkspace(environment, credential),
    );
  };

  const judge = async (caller: Caller | null, environment: ComputeEnv): Promise<Verdict> => {
    const askedBy = caller?.userId ?? environment.userId;
    try {
      return environment.managedIdentityId === null
        ? await checkOwnHost(askedBy, environment)
        : await checkOnIdentity(askedBy, environment, environment.managedIdentityId);
    } catch (error) {
      // Says nothing about the environment; whoever asked hears when to ask again.
      if (caller && isAppError(error) && saysWhen.has(error.code)) throw error;
      if (isAppError(error)) return { ...bad(error.message), transient: isTransient(error) };
      log.error({ computeEnv: environment.id, error }, 'checking a compute environment failed');
      return bad('The check failed within this service; its log says why. Check again with POST …/validate.');
    }
  };

  let abandoned = false;

  const check: ComputeEnvChecks['check'] = async (id, caller) => {
    const environment = await store.computeEnvs.find(id);
    if (!environment || environment.status === 'DELETED') {
      return { status: 'DELETED', message: 'It was deleted.', transientError: false };
    }
    const { status, message, transient } = await judge(caller, environment);
    return store.transaction(async (tables) => {
      const now = clock.now();
      const present = (await tables.computeEnvs.find(id)) ?? environment;
      const settled = ['DELETED', 'DELETING', 'DISABLED'].includes(present.status);
      // A network that fails for a moment takes nothing away from an environment that was found good.
      if (settled || (transient && (abandoned || present.status !== 'CREATING'))) {
        return { status: present.status, message, transientError: transient };
      }
      await tables.computeEnvs.update(id, { status, message, updatedAt: now });
      await record(tables, now, caller, 'compute_environment_checked', environmentTarget(present), {
        previousState: { status: present.status },
        newState: { status, message },
      });
      return { status, message, transientError: transient };
    });
  };

  const { run: background, idle } = createBackground(log, 'checking compute environments failed');

  const schedule = (id: string): void => background(id, () => check(id, null));

  /** Back to CREATING first, so that a restart takes it up and nobody launches meanwhile. */
  const again = async (environments: readonly ComputeEnv[], statuses: readonly ComputeEnv['status'][]) => {
    for (const { id } of environments) {
      const due = await store.transaction(async (tables) => {
        const present = await tables.computeEnvs.find(id);
        if (!present || !statuses.includes(present.status)) return false;
        const now = clock.now();
        await tables.computeEnvs.update(id, {
          status: 'CREATING',
          message: 'Being checked again.',
          updatedAt: now,
        });
        await record(tables, now, null, 'compute_environment_updated', environmentTarget(present), {
          previousState: { status: present.status },
          newState: { status: 'CREATING' },
        });
        return true;
      });
      if (due) schedule(id);
    }
  };

  return {
    check,
    schedule,
    recheck: (owner, which) =>
      background(`of ${owner.kind}:${owner.id}`, async () => {
        const found =
          owner.kind === 'identity'
            ? await store.computeEnvs.listOfIdentity(owner.id)
            : [await store.computeEnvs.find(owner.id)].filter((row) => row !== undefined);
        await again(found, which === 'all' ? ['CREATING', 'ERRORED', 'AVAILABLE'] : ['CREATING', 'ERRORED']);
      }),
    recheckCredential: (credentialsId) =>
      background(`of credentials ${credentialsId}`, async () =>
        again(await store.computeEnvs.listOfCredential(credentialsId), ['CREATING', 'ERRORED']),
      ),
    checkPending: async () => {
      for (const { id } of await store.computeEnvs.listUnchecked()) schedule(id);
    },
    abandon: () => {
      abandoned = true;
    },
    idle,
  };
};
