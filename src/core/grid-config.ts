/** The configuration of a cluster, shared by managed identities and compute environments, and how the two combine. */
import type { Cleanup } from './cleanup.ts';
import type { Platform } from './platforms.ts';

export interface EnvironmentVariable {
  name: string;
  value: string;
  /** Exported to the head job. */
  head: boolean;
  /** Set for the tasks, through Nextflow's `env` scope. */
  compute: boolean;
}

export const reportings = ['ssh', 'http', 'both'] as const;
export type Reporting = (typeof reportings)[number];
export const defaultReporting: Reporting = 'ssh';

/** A machine on the way to a cluster, verified and logged in to like the cluster itself. */
export interface JumpHost {
  hostName: string;
  port?: number;
  /** Linux user there; the one on the cluster unless told. */
  userName?: string;
  /** What it must show, as pins. */
  hostKeys: string[];
  /** The member's own key on this other identity is offered; that of the cluster unless told. */
  managedIdentityId?: number;
  /** A key of the environment's workspace is offered. */
  credentialsId?: string;
}

/** Absent means "not set": the compute environment's value wins over the identity's where it is set. */
export interface GridConfig {
  discriminator: Platform;
  workDir?: string;
  launchDir?: string;
  preRunScript?: string;
  postRunScript?: string;
  nextflowConfig?: string;
  userName?: string;
  hostName?: string;
  port?: number;
  /** In the order of the way. */
  jumpHosts?: JumpHost[];
  headQueue?: string;
  computeQueue?: string;
  maxQueueSize?: number;
  headJobOptions?: string;
  propagateHeadJobOptions?: boolean;
  environment?: EnvironmentVariable[];
  /** How progress is learnt: from Nextflow's files over SSH (unless told), by its plugin over HTTP, or by both. */
  reporting?: Reporting;
  /** What becomes of a run's files on the cluster; they stay unless told. */
  cleanup?: Cleanup;
  /** Days after the end of the session's last run; 30 unless told. */
  cleanupAfterDays?: number;
  /** LSF only. */
  unitForLimits?: 'KB' | 'MB' | 'GB' | 'TB';
  perJobMemLimit?: boolean;
  perTaskReserve?: boolean;
}

export const defaultPort = 22;
export const defaultMaxQueueSize = 100;

const isSet = (value: unknown): boolean => value !== undefined && value !== null && value !== '';

/**
 * What a run uses: the identity's settings with the compute environment's laid over them. Variables are merged by
 * name. Host, port, the way there and Linux user always stay the identity's where there is one: a compute environment must not be
 * able to point members' keys at another machine.
 */
export const effectiveConfig = (environment: GridConfig, identity?: GridConfig): GridConfig => {
  const own = Object.fromEntries(Object.entries(environment).filter(([, value]) => isSet(value)));
  if (!identity) return { ...own, discriminator: environment.discriminator };
  const merged: GridConfig = { ...identity, ...own, discriminator: identity.discriminator };
  for (const field of ['hostName', 'port', 'userName', 'jumpHosts'] as const) {
    delete merged[field];
    if (identity[field] !== undefined) Object.assign(merged, { [field]: identity[field] });
  }
  const variables = new Map((identity.environment ?? []).map((variable) => [variable.name, variable]));
  for (const variable of environment.environment ?? []) variables.set(variable.name, variable);
  if (variables.size > 0) merged.environment = [...variables.values()];
  return merged;
};
