/** What becomes of a run's files on its cluster once it is over. */
import { effectiveConfig, type GridConfig } from './grid-config.ts';

/**
 * `keep`: they stay. `keep-logs`: what is made again at need goes (tasks' directories, Nextflow's cache, clones); logs,
 * reports and what the pipeline wrote beside them stay. `remove`: the run's directory goes, with all that is in it.
 */
export const cleanups = ['keep', 'keep-logs', 'remove'] as const;
export type Cleanup = (typeof cleanups)[number];
export const defaultCleanup: Cleanup = 'keep';
export const defaultCleanupAfterDays = 30;

const dayMs = 24 * 3_600_000;

export interface CleanupPolicy {
  cleanup: Cleanup;
  /** After the end of the session's last run. */
  afterDays: number;
}

export const policyOf = ({ cleanup, cleanupAfterDays }: GridConfig): CleanupPolicy => ({
  cleanup: cleanup ?? defaultCleanup,
  afterDays: cleanupAfterDays ?? defaultCleanupAfterDays,
});

/** What was promised at the launch may become gentler, never harsher. */
export const gentler = (one: CleanupPolicy, other: CleanupPolicy): CleanupPolicy => ({
  cleanup: cleanups[Math.min(cleanups.indexOf(one.cleanup), cleanups.indexOf(other.cleanup))] ?? 'keep',
  afterDays: Math.max(one.afterDays, other.afterDays),
});

/** The policy of now, of environment and identity as they are; undefined where both have gone. */
export const presentPolicy = (
  environment: GridConfig | undefined,
  identity: GridConfig | undefined,
): CleanupPolicy | undefined => {
  if (environment) return policyOf(effectiveConfig(environment, identity));
  return identity && policyOf(identity);
};

export const dueAfter = (completedAt: number, { afterDays }: CleanupPolicy): number =>
  completedAt + afterDays * dayMs;

/** One session's files: all its runs share a directory. Kept from the end of a run whose policy removes something. */
export interface SessionCleanup {
  sessionId: string;
  /** Its newest run: whose snapshot leads there. */
  runId: string;
  policy: Exclude<Cleanup, 'keep'>;
  dueAt: number;
  /** Removal has begun: from here on nobody may go on from this session. */
  startedAt: number | null;
  cleanedAt: number | null;
  /** Failures in a row. */
  failures: number;
  /** Why it waits, or what could not be removed. */
  message: string | null;
  /** Directories of tasks that were removed. */
  tasksRemoved: number;
}

export interface RemovalOrder {
  runId: string;
  linuxUser: string;
  sessionId: string;
  headDir: string;
  workDir: string;
  policy: Exclude<Cleanup, 'keep'>;
}

/** `gone`: somebody else had removed it. `left`: entries that could not be removed, and what was said of the first. */
export interface Removed {
  kind: 'done' | 'more' | 'gone';
  tasks: number;
  left: number;
  words: string;
}

export type Removal = Removed | { kind: 'unknown' | 'refused'; reason: string };
