/** What the files of a run are called in its head directory; people know these names and look for them. */

/** Names of one run's files. Several runs of one session share a head directory, so each name carries the run's id. */
export const runFiles = (runId: string) => ({
  log: `nf-${runId}.log`,
  output: `nf-${runId}.txt`,
  timeline: `timeline-${runId}.html`,
  reports: `nf-${runId}-reports.tsv`,
  /** One row per ended task, fields parted by U+001F. */
  trace: `nf-${runId}.trace`,
  /** What this service generates; below it lies the environment's own, above it the member's. */
  config: `nf-${runId}.config`,
  siteConfig: `nf-${runId}.site.config`,
  launchConfig: `nf-${runId}.launch.config`,
  exit: `nf-${runId}.exit`,
  message: `nf-${runId}.message`,
  launcher: `nf-${runId}.launcher.sh`,
  preRun: `nf-${runId}.pre.sh`,
  postRun: `nf-${runId}.post.sh`,
  tower: `nf-${runId}.tower.yml`,
  /** 0600; the launcher reads and removes it. */
  secrets: `.nf-${runId}.env`,
  /** 0700; Nextflow's store of secrets for this run, and what it makes of it for tasks. */
  secretStore: `.nf-${runId}.secrets`,
});

/** The parameter file carries the form of its content in its name: that is how Nextflow tells. */
export const paramsFile = (runId: string, text: string): string => {
  try {
    JSON.parse(text);
    return `nf-${runId}.params.json`;
  } catch {
    return `nf-${runId}.params.yml`;
  }
};

/** Job name of a run's head job; those of its tasks begin with it and a dash, where names may be that long. */
export const jobName = (runId: string): string => `nf-${runId}`;

export const hasTaskName = (runId: string, name: string): boolean => name.startsWith(`${jobName(runId)}-`);

/** Files that people may download, in the order they are shown. */
export const runFileNames = (runId: string): string[] => {
  const files = runFiles(runId);
  return [
    files.output,
    files.log,
    files.timeline,
    files.trace,
    files.reports,
    files.config,
    files.siteConfig,
    files.launchConfig,
  ];
};
