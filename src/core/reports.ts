/** What Nextflow says of a run as a whole: at its begin, at its end, and between them that it is alive. */
import type { ProcessMetrics } from './metrics.ts';
import { cleanText } from './tasks.ts';

/** Longest values that are kept; some clients cut at the same places. */
export const workflowTexts = {
  runName: 80,
  sessionId: 36,
  scriptId: 40,
  scriptFile: 1024,
  scriptName: 100,
  projectName: 200,
  projectDir: 1024,
  repository: 1024,
  revision: 100,
  commitId: 40,
  commandLine: 8096,
  container: 1024,
  containerEngine: 40,
  profile: 100,
  /** The Linux user. */
  userName: 40,
  launchDir: 1024,
  workDir: 1024,
  outputDir: 1024,
  homeDir: 1024,
  configText: 262_144,
  errorMessage: 10_240,
  errorReport: 65_536,
  operationId: 110,
  logFile: 255,
  outFile: 255,
} as const;
export const manifestTexts = {
  author: 150,
  defaultBranch: 20,
  description: 1024,
  gitmodules: 150,
  homePage: 200,
  icon: 255,
  mainScript: 100,
  name: 150,
  nextflowVersion: 20,
  version: 20,
} as const;

type Texts<Limits> = { [Name in keyof Limits]: string | null };

export interface ReportedWorkflow extends Texts<typeof workflowTexts> {
  /** Epoch milliseconds. */
  start: number | null;
  complete: number | null;
  duration: number | null;
  exitStatus: number | null;
  success: boolean | null;
  resume: boolean | null;
  stubRun: boolean | null;
  configFiles: string[] | null;
  params: Record<string, unknown> | null;
  manifest: Texts<typeof manifestTexts> | null;
  nextflow: { version: string | null; build: string | null; timestamp: number | null } | null;
}

export interface RunReport {
  workflow: ReportedWorkflow | null;
  metrics: ProcessMetrics[] | null;
  begunAt: number | null;
  completedAt: number | null;
}

export const cutText = (value: unknown, max: number): string | null =>
  typeof value === 'string' && value !== '' ? cleanText(value, max) : null;

/** What the end says goes before what the begin said; neither takes anything away. */
export const mergeWorkflow = (
  known: ReportedWorkflow | null,
  told: ReportedWorkflow,
  knownIsLater: boolean,
): ReportedWorkflow => {
  if (known === null) return told;
  const [later, earlier] = knownIsLater ? [known, told] : [told, known];
  const filled = Object.entries(later).filter(([, value]) => value !== null);
  return { ...earlier, ...Object.fromEntries(filled) };
};

/** Nextflow was told to stop, and says so in this way alone. */
const signals = new Set(['SIGTERM', 'SIGINT', 'SIGHUP']);

/** How a run ended, as far as Nextflow's last report tells. */
export const reportedEnd = (
  workflow: ReportedWorkflow,
): {
  status: 'SUCCEEDED' | 'FAILED' | 'CANCELLED';
  exitStatus: number | null;
  errorMessage: string | null;
  errorReport: string | null;
} => {
  const { success, exitStatus, errorMessage, errorReport } = workflow;
  if (success)
    return { status: 'SUCCEEDED', exitStatus: exitStatus ?? 0, errorMessage: null, errorReport: null };
  const stopped = exitStatus === null && signals.has(errorMessage ?? '');
  return { status: stopped ? 'CANCELLED' : 'FAILED', exitStatus, errorMessage, errorReport };
};
