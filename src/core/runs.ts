/** A run: what was asked, what it may use, how far it is. */
import type { CredentialRef, KeyRef } from './clusters.ts';
import type { RunDataset } from './datasets.ts';
import type { GridConfig } from './grid-config.ts';
import type { Platform } from './platforms.ts';
import type { WesRequest } from './wes.ts';

export const runStatuses = ['SUBMITTED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED', 'UNKNOWN'] as const;
export type RunStatus = (typeof runStatuses)[number];

export const isLive = (status: RunStatus): boolean =>
  status === 'SUBMITTED' || status === 'RUNNING' || status === 'UNKNOWN';

/**
 * Where the reconcilers have a run; each phase is safe to repeat after a crash.
 * `submit`: files and head job are being placed, exactly once. `follow`: the scheduler has it. `cancel`: being stopped.
 * `report`: started by hand, known from its own reports alone. `done`: nothing more to do.
 */
export type RunPhase = 'submit' | 'follow' | 'cancel' | 'report' | 'done';

/** What the member asked for. */
export interface LaunchRequest {
  pipeline: string;
  revision?: string;
  /** Wins over the revision: the same code each time, whatever becomes of a branch. */
  commitId?: string;
  workDir?: string;
  configProfiles?: string[];
  configText?: string;
  /** JSON or YAML, as it came. */
  paramsText?: string;
  preRunScript?: string;
  postRunScript?: string;
  mainScript?: string;
  entryName?: string;
  /** The pipeline's schema, where that is another file than nextflow_schema.json. */
  schemaName?: string;
  resume?: boolean;
  pullLatest?: boolean;
  stubRun?: boolean;
  outputDir?: string;
  syntaxParser?: 'v1' | 'v2';
  towerConfig?: string;
  headJobCpus?: number;
  headJobMemoryMb?: number;
  /** Where it came through GA4GH's service: as it came. */
  wes?: WesRequest;
  /** Names of pipeline secrets: the launching person's own, and the workspace's. */
  userSecrets?: string[];
  workspaceSecrets?: string[];
}

/** The saved pipeline that a run was launched from, as it was called then. */
export interface RunPipeline {
  id: number;
  name: string;
  /** Where it is saved: another workspace where it is a shared one. */
  workspaceId: number | null;
  version: {
    id: string;
    /** null: a draft. */
    name: string | null;
    hash: string;
    isDefault: boolean;
    createdAt: number;
    updatedAt: number;
  };
}

/** Everything a run uses, fixed at its launch: later edits of identity or environment do not reach it. */
export interface RunSnapshot {
  platform: Platform;
  /** `identity:12` or `compute-env:…`: whose host keys and budgets apply. */
  clusterKey: string;
  identityId: number | null;
  credential: CredentialRef;
  /** Further keys that the way takes, for jump hosts. Absent: none. */
  jumpCredentials?: KeyRef[];
  hostName: string;
  port: number;
  linuxUser: string;
  config: GridConfig;
  /** The member's own account and options on this cluster. */
  account: string | null;
  memberHeadJobOptions: string | null;
  /** As asked for; variables are filled in on the cluster. */
  workDir: string;
  launchDir: string;
  /** Named in the parameters; they lie beside the run. Absent: none. */
  datasets?: RunDataset[];
}

export interface Run {
  id: string;
  organisationId: number;
  workspaceId: number | null;
  /** Who launched it. */
  userId: number;
  computeEnvId: string;
  runName: string;
  sessionId: string;
  launch: LaunchRequest;
  /** null: launched without having been saved. */
  pipeline: RunPipeline | null;
  snapshot: RunSnapshot;
  status: RunStatus;
  phase: RunPhase;
  /** Id of the head job, once known. */
  headJobId: string | null;
  /** What the scheduler last said, in its own words. */
  jobState: string | null;
  /** Absolute directory on the cluster, once known. */
  headDir: string | null;
  workDir: string | null;
  exitStatus: number | null;
  errorMessage: string | null;
  errorReport: string | null;
  /** What a person should know while it goes on: why it waits, what is unreachable. */
  messages: string[];
  /**
   * Facts read from Nextflow's log: commit, project, Nextflow version … Before its submission: since when its cluster cannot
   * be reached, epoch ms.
   */
  facts: RunFacts & { unreachableSince?: number };
  cancelRequestedAt: number | null;
  /** Failures in a row of whatever the reconciler tries now. */
  failures: number;
  createdAt: number;
  updatedAt: number;
  startedAt: number | null;
  completedAt: number | null;
  /** Next time a reconciler should look, epoch ms. */
  dueAt: number;
  /** Fencing counter: a write with an older one is refused. */
  fence: number;
}

export interface RunFacts {
  commitId?: string;
  projectName?: string;
  repository?: string;
  revision?: string;
  nextflowVersion?: string;
  nextflowBuild?: string;
  commandLine?: string;
  profile?: string;
  /** The pipeline's main script on the cluster. */
  scriptFile?: string;
  /** Launch directory that a resume must use again. */
  resumedFrom?: string;
}

export type RunPatch = Partial<
  Pick<
    Run,
    | 'status'
    | 'phase'
    | 'headJobId'
    | 'jobState'
    | 'headDir'
    | 'workDir'
    | 'exitStatus'
    | 'errorMessage'
    | 'errorReport'
    | 'messages'
    | 'facts'
    | 'cancelRequestedAt'
    | 'failures'
    | 'startedAt'
    | 'completedAt'
    | 'dueAt'
  >
>;

/** What is given when a run is launched; everything else begins empty. */
type RunBeginning = Pick<
  Run,
  | 'id'
  | 'organisationId'
  | 'workspaceId'
  | 'userId'
  | 'computeEnvId'
  | 'runName'
  | 'sessionId'
  | 'launch'
  | 'snapshot'
  | 'createdAt'
>;

/** A run that nobody has worked on yet; due at once. */
export const newRun = (beginning: RunBeginning & { pipeline?: RunPipeline | null }): Run => ({
  pipeline: null,
  ...beginning,
  status: 'SUBMITTED',
  phase: 'submit',
  headJobId: null,
  jobState: null,
  headDir: null,
  workDir: null,
  exitStatus: null,
  errorMessage: null,
  errorReport: null,
  messages: [],
  facts: {},
  cancelRequestedAt: null,
  failures: 0,
  updatedAt: beginning.createdAt,
  startedAt: null,
  completedAt: null,
  dueAt: beginning.createdAt,
  fence: 0,
});

/** Of a run that somebody started by hand: it lies on no cluster that is known here, and nothing of this is used. */
export const nowhere: RunSnapshot = {
  platform: 'slurm-platform',
  clusterKey: 'none',
  identityId: null,
  credential: { kind: 'none', id: 0 },
  hostName: '',
  port: 22,
  linuxUser: '',
  config: { discriminator: 'slurm-platform' },
  account: null,
  memberHeadJobOptions: null,
  workDir: '',
  launchDir: '',
};

export const startedByHand = ({ snapshot }: Pick<Run, 'snapshot'>): boolean =>
  snapshot.credential.kind === 'none';

/** Nextflow tells every minute that it is alive; after so long without a word people are told. */
export const silentAfterMs = 5 * 60_000;
