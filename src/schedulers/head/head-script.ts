/** The launcher of a run, `nf-<id>.launcher.sh`: its values as quoted assignments, then the same text for every run. */
import { createHash } from 'node:crypto';
import { badRequest } from '#core/errors.ts';
import { usesSecrets } from '#core/pipeline-secrets.ts';
import type { HeadJobInput } from '#core/ports/scheduler.ts';
import { shellQuote } from '#core/quote.ts';
import type { LaunchRequest } from '#core/runs.ts';
import { farSideFile } from '../far-side/far-side.ts';
import { paramsFile, runFiles } from '../submission/run-files.ts';

const body = farSideFile('head/head');

/** Below this, in MB, a run is not begun. */
const minFreeMb = 200;

/** `export` lines. @throws AppError 400 for a name that no shell can carry */
export const exportLines = (variables: Iterable<readonly [name: string, value: string]>): string =>
  [...variables]
    .map(([name, value]) => {
      if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
        throw badRequest(`environment: "${name}" is not a name of an environment variable`);
      return `export ${name}=${shellQuote(value)}\n`;
    })
    .join('');

/**
 * Refuses what Nextflow's command line would take for something else: an option, or a file of options.
 * @throws AppError 400 that names the field
 */
export const checkLaunch = (launch: LaunchRequest): void => {
  const { pipeline, revision, commitId, configProfiles, mainScript, entryName, outputDir } = launch;
  const fields = { pipeline, revision, commitId, mainScript, entryName, outputDir };
  for (const [field, value] of [
    ...Object.entries(fields),
    ...(configProfiles ?? []).map((profile) => ['configProfiles', profile] as const),
  ]) {
    if (value && (/^[-@]/.test(value) || /\p{Cc}/u.test(value)))
      throw badRequest(`${field}: "${value}" begins with "${value.charAt(0)}" or holds control characters`, {
        field,
      });
  }
  if (pipeline.trim() === '') throw badRequest('pipeline: say which one to launch', { field: 'pipeline' });
};

/** What `nextflow run` gets beyond what the launcher itself decides. */
const runOptions = (runId: string, launch: LaunchRequest): string[] => {
  const profiles = (launch.configProfiles ?? []).filter((profile) => profile !== '');
  return [
    ...(launch.paramsText?.trim() ? ['-params-file', paramsFile(runId, launch.paramsText)] : []),
    ...(profiles.length > 0 ? ['-profile', profiles.join(',')] : []),
    ...(launch.mainScript ? ['-main-script', launch.mainScript] : []),
    ...(launch.entryName ? ['-entry', launch.entryName] : []),
    ...(launch.outputDir ? ['-output-dir', launch.outputDir] : []),
    ...(launch.stubRun ? ['-stub-run'] : []),
    ...(launch.pullLatest ? ['-latest'] : []),
  ];
};

/** A pinned commit wins: it stays the same code, whatever becomes of a branch. */
const wanted = ({ commitId, revision }: LaunchRequest): string => commitId ?? revision ?? '';

/** One clone per repository and revision. */
const assetsName = (launch: LaunchRequest): string =>
  createHash('sha256')
    .update(`${launch.pipeline}\n${wanted(launch)}`)
    .digest('hex')
    .slice(0, 16);

/** The launcher, but for its first lines (`#!`, the directories), which the cluster puts before it. */
export const headScript = (input: HeadJobInput): string => {
  const { runId, launch, snapshot } = input;
  checkLaunch(launch);
  const values = {
    LK_ID: runId,
    LK_RUN_NAME: input.runName,
    LK_SESSION: input.sessionId,
    LK_RESUME: input.resume ? '1' : '0',
    LK_PIPELINE: launch.pipeline,
    LK_REVISION: wanted(launch),
    LK_LATEST: launch.pullLatest ? '1' : '0',
    LK_ASSETS: assetsName(launch),
    LK_SECRETS: usesSecrets(launch) ? '1' : '0',
    LK_MIN_FREE_MB: String(minFreeMb),
    LK_ENDPOINT: input.apiEndpoint ?? '',
  };
  const environment: [string, string][] = (snapshot.config.environment ?? [])
    .filter((each) => each.head)
    .map(({ name, value }) => [name, value]);
  if (launch.syntaxParser) environment.push(['NXF_SYNTAX_PARSER', launch.syntaxParser]);
  if (launch.towerConfig?.trim()) environment.push(['TOWER_CONFIG_FILE', runFiles(runId).tower]);
  if (input.workspaceId !== null) environment.push(['TOWER_WORKSPACE_ID', String(input.workspaceId)]);
  return [
    ...Object.entries(values).map(([name, value]) => `${name}=${shellQuote(value)}\n`),
    `LK_OPTIONS=(${runOptions(runId, launch).map(shellQuote).join(' ')})\n`,
    `lk_environment() {\n:\n${exportLines(environment)}}\n`,
    body,
  ].join('');
};
