/** Placing a run's files and submitting its head job, exactly once; the same for every scheduler. */
import type { RunDataset } from '#core/datasets.ts';
import { badRequest } from '#core/errors.ts';
import type { RemoteResult } from '#core/ports/cluster-access.ts';
import type { CommandText, HeadJobInput, SubmitOutcome } from '#core/ports/scheduler.ts';
import { shellQuote } from '#core/quote.ts';
import { answerFields, complaint, farSide } from '../far-side/far-side.ts';
import { exportLines, headScript } from '../head/head-script.ts';
import { paramsFile, runFiles } from './run-files.ts';

export interface SchedulerPart {
  /** The scheduler's far-side script: brings `lk_find`, `lk_memory`, `lk_send`. */
  script: string;
  /** Words for its submit command. */
  options: readonly string[];
  /** Text of `nf-<id>.config`. */
  config: string;
}

const submit = ['far-side/answer', 'far-side/paths', 'submission/directories', 'submission/submit']
  .map(farSide)
  .join('');

/** Ends a submit command that hangs: then nothing is known, and the next call looks. */
const limitSeconds = 200;
/** TERM and KILL included, no submission is alive after this. */
const longestSeconds = limitSeconds + 10;

/**
 * Read by the shell itself. From what is no pipe, or by a shell that finds nothing in one, as one text: bash would read
 * a stdin of commands byte by byte, 15 ms for 23 KB.
 */
const readStdin = '[ -p /dev/stdin ] && [ -r /dev/stdin ] && . /dev/stdin; eval "$(cat)"';

const unixLines = (typed: string): string => typed.replaceAll('\r\n', '\n');

/** Addresses of datasets give way to their places beside the run; the longest first, for one may begin with another. */
const paramsCommand = ({ runId, launch }: HeadJobInput, datasets: readonly RunDataset[]): string => {
  const typed = launch.paramsText ?? '';
  const mark = `latchkey-head-directory-of-${runId}`;
  const longestFirst = datasets.toSorted((a, b) => b.url.length - a.url.length);
  const text = longestFirst.reduce((so, { url, path }) => so.replaceAll(url, () => `${mark}/${path}`), typed);
  return `lk_put_params ${paramsFile(runId, typed)} ${shellQuote(`${text}\n`)} ${mark}\n`;
};

/** Commands that write the run's files; content travels as quoted words, which carry every byte but NUL. */
const fileCommands = (input: HeadJobInput, config: string): string => {
  const { runId, launch, snapshot } = input;
  const names = runFiles(runId);
  const datasets = snapshot.datasets ?? [];
  const files: [name: string, content: string | undefined][] = [
    [names.config, config],
    [names.siteConfig, snapshot.config.nextflowConfig],
    [names.launchConfig, launch.configText],
    [names.preRun, unixLines(launch.preRunScript ?? snapshot.config.preRunScript ?? '')],
    [names.postRun, unixLines(launch.postRunScript ?? snapshot.config.postRunScript ?? '')],
    [paramsFile(runId, launch.paramsText ?? ''), datasets.length > 0 ? undefined : launch.paramsText],
    [names.tower, launch.towerConfig],
    [names.secrets, exportLines(Object.entries(input.secretEnvironment))],
  ];
  return [
    ...files
      .filter(([, content]) => content !== undefined && content.trim() !== '')
      .map(([name, content]) => `lk_put ${name} ${shellQuote(`${content}\n`)}\n`),
    ...(datasets.length > 0 ? [paramsCommand(input, datasets)] : []),
    ...(input.pipelineSecrets.length > 0
      ? [`lk_put_secrets ${names.secretStore} ${shellQuote(JSON.stringify(input.pipelineSecrets))}\n`]
      : []),
    `lk_put_launcher ${names.launcher} ${shellQuote(headScript(input))}\n`,
  ].join('');
};

/**
 * One command per launch, safe to send again and again.
 * @throws AppError 400 for what no shell or scheduler can carry
 */
export const submission = (input: HeadJobInput, part: SchedulerPart): CommandText => {
  const { runId, snapshot, sessionId } = input;
  if (!/^[A-Za-z0-9]{1,12}$/.test(runId))
    throw badRequest(`A run's id has 1 to 12 letters and digits: ${runId}`);
  if (!/^[A-Za-z0-9-]{1,64}$/.test(sessionId)) throw badRequest(`"${sessionId}" is not a session id`);
  const words = [
    runId,
    snapshot.linuxUser,
    snapshot.config.workDir ?? snapshot.workDir,
    snapshot.workDir,
    snapshot.launchDir,
    sessionId,
    String(input.sentSecondsAgo ?? ''),
    String(longestSeconds),
    ...part.options,
  ];
  if (JSON.stringify([words, input]).includes('\\u0000'))
    throw badRequest('A launch cannot hold the character NUL');
  return {
    argv: ['sh', '-c', readStdin, 'sh', ...words],
    // The braces: no beginning of this text does anything.
    stdin: `${part.script}${submit}lk_files() {\n${fileCommands(input, part.config)}}\n{ lk_main "$@"; }\n`,
    timeoutMs: limitSeconds * 1_000,
    maxOutputBytes: 65_536,
    surviveDisconnect: true,
  };
};

/** Anything that is not a whole answer is "unknown": the next call looks before it submits. */
export const parseSubmission = (result: RemoteResult): SubmitOutcome => {
  const { outcome, reason = '', job, how, head, work, placed } = answerFields(result) ?? {};
  const left = placed && head && work ? { left: { headDir: head, workDir: work } } : {};
  if (outcome === 'refused') return { kind: 'refused', reason, ...left };
  if (outcome === 'unknown') return { kind: 'unknown', reason };
  const known = how === 'new' || how === 'found' || how === 'recorded';
  if (outcome === 'submitted' && known && job && head && work)
    return { kind: 'submitted', jobId: job, how, headDir: head, workDir: work };
  const why = result.timedOut
    ? `The submission did not end within ${limitSeconds} s: the scheduler's submit command or a file system hangs`
    : `The submission gave no usable answer: ${complaint(result)}`;
  return { kind: 'unknown', reason: why };
};
