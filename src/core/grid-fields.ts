/** What can be set on a grid platform, in words: for forms, and for people who ask. */
import { cleanups, defaultCleanup, defaultCleanupAfterDays } from './cleanup.ts';
import {
  defaultMaxQueueSize,
  defaultPort,
  defaultReporting,
  type GridConfig,
  reportings,
} from './grid-config.ts';
import type { Platform } from './platforms.ts';

export interface GridField {
  name: Exclude<keyof GridConfig, 'discriminator'>;
  type: 'text' | 'script' | 'number' | 'boolean' | 'choice' | 'variables' | 'hosts';
  description: string;
  /** What counts where nothing is set. */
  default?: string | number | boolean;
  /** Of a choice. */
  options?: readonly string[];
  /** Needed with credentials of a workspace, which name no cluster; a managed identity names its own. */
  neededWithCredentials: boolean;
}

type Described = Omit<GridField, 'name' | 'neededWithCredentials'> & { needed?: true; lsf?: true };

const described: Record<GridField['name'], Described> = {
  workDir: {
    type: 'text',
    description:
      'Work directory of the runs on the cluster: absolute, or beginning with $HOME, $USER or another variable that is filled in there',
  },
  launchDir: {
    type: 'text',
    description: "Directory that head jobs start in; each member's and session's own lies below it",
    default: 'workDir',
  },
  userName: { type: 'text', description: 'Linux user to log in as', needed: true },
  hostName: { type: 'text', description: 'Login node', needed: true },
  port: { type: 'number', description: 'Port of its SSH server', default: defaultPort },
  jumpHosts: {
    type: 'hosts',
    description:
      'Machines on the way to the login node, outermost first: hostName, port, userName, hostKeys that each must show, and managedIdentityId or credentialsId where it takes another key',
  },
  headQueue: { type: 'text', description: 'Queue or partition of head jobs' },
  computeQueue: { type: 'text', description: 'Queue or partition of tasks' },
  maxQueueSize: {
    type: 'number',
    description: 'Most tasks of one run that are in the queue at a time',
    default: defaultMaxQueueSize,
  },
  headJobOptions: { type: 'text', description: "Options of the scheduler's submit command for head jobs" },
  propagateHeadJobOptions: {
    type: 'boolean',
    description: 'Whether those options go to tasks too',
    default: false,
  },
  nextflowConfig: { type: 'script', description: 'Nextflow configuration for every run' },
  preRunScript: { type: 'script', description: 'Shell commands before Nextflow, in the head job' },
  postRunScript: { type: 'script', description: 'Shell commands after Nextflow, in the head job' },
  environment: { type: 'variables', description: 'Environment variables of head jobs, tasks or both' },
  reporting: {
    type: 'choice',
    description:
      "How the progress of runs is learnt: ssh reads Nextflow's own files over the member's channel, http lets Nextflow's plugin nf-tower report where it is installed, both does both",
    default: defaultReporting,
    options: reportings,
  },
  cleanup: {
    type: 'choice',
    description:
      "What becomes of a run's files on the cluster: keep, keep-logs (the tasks' directories, Nextflow's cache and clones are removed), or remove (the run's whole directory, with everything in it, and the tasks' directories)",
    default: defaultCleanup,
    options: cleanups,
  },
  cleanupAfterDays: {
    type: 'number',
    description: "Days after the end of a session's last run until its files are cleaned up",
    default: defaultCleanupAfterDays,
  },
  unitForLimits: {
    type: 'choice',
    description: 'Unit of the memory limits of this LSF',
    options: ['KB', 'MB', 'GB', 'TB'],
    lsf: true,
  },
  perJobMemLimit: {
    type: 'boolean',
    description: 'Whether memory limits are per job instead of per process',
    default: false,
    lsf: true,
  },
  perTaskReserve: {
    type: 'boolean',
    description: 'Whether memory is reserved per task instead of per core',
    default: false,
    lsf: true,
  },
};

/** In the order of a form. */
export const gridFields = (platform: Platform): GridField[] =>
  (Object.entries(described) as [GridField['name'], Described][])
    .filter(([, { lsf }]) => !lsf || platform === 'lsf-platform')
    .map(([name, { needed = false, lsf: _, ...field }]) => ({
      name,
      ...field,
      neededWithCredentials: needed,
    }));
