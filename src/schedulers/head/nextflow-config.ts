/** The configuration that this service generates for a run: above the environment's own, below the member's. */
import { defaultMaxQueueSize } from '#core/grid-config.ts';
import type { HeadJobInput } from '#core/ports/scheduler.ts';
import { jobName } from '../submission/run-files.ts';
import { groovyQuote } from './groovy.ts';

/** Parts fields in the trace file: a task's name may hold anything people type on one line. */
export const traceSeparator = '\u001f';

/**
 * Columns of the trace file, all that Nextflow knows of a task but its script and environment, which would make the file
 * many times as long. Number and hash tell where a row begins, tag and name come last: these may hold line breaks.
 */
export const traceFields = (
  'task_id hash native_id status exit submit start complete duration realtime %cpu %mem rss vmem peak_rss peak_vmem ' +
  'rchar wchar syscr syscw read_bytes write_bytes vol_ctxt inv_ctxt cpu_model hostname attempt cpus memory disk time ' +
  'queue scratch error_action container module workdir process tag name'
).split(' ');

/**
 * Nextflow writes `export NAME="…"` into a task's script as it stands, but indents further lines: only so does the
 * task see what was typed.
 */
const inDoubleQuotes = (value: string): string =>
  value.replaceAll(/[\\"`$]/g, '\\$&').replaceAll('\n', () => `"$'\\n'"`);

export interface TaskSettings {
  /** Nextflow's name of the scheduler. */
  executor: string;
  /** Options for every task, as its script's directive takes them. */
  taskOptions: string;
  /** What a scheduler adds, `executor.perJobMemLimit` → `true`. */
  settings?: Record<string, string>;
  /** Groovy text of a task's job name, where the usual one would be cut. */
  taskName?: string;
}

/** `nf-<id>.config`. */
export const nextflowConfig = (
  { runId, snapshot: { config } }: HeadJobInput,
  { executor, taskOptions, settings = {}, taskName }: TaskSettings,
): string => {
  const lines: Record<string, string> = { 'process.executor': groovyQuote(executor) };
  if (config.computeQueue) lines['process.queue'] = groovyQuote(config.computeQueue);
  if (taskOptions !== '') lines['process.clusterOptions'] = groovyQuote(taskOptions);
  lines['executor.queueSize'] = String(config.maxQueueSize ?? defaultMaxQueueSize);
  // By this name a task's job is known as this run's, also when its head job is gone.
  lines['executor.jobName'] = `{ "${taskName ?? `${jobName(runId)}-\${task.index}-\${task.hash}`}" }`;
  Object.assign(lines, settings, {
    'trace.overwrite': 'true',
    'trace.raw': 'true',
    'trace.sep': groovyQuote(traceSeparator),
    'trace.fields': groovyQuote(traceFields.join(',')),
    'timeline.overwrite': 'true',
  });
  for (const { name, value } of (config.environment ?? []).filter((each) => each.compute))
    lines[`env.${name}`] = groovyQuote(inDoubleQuotes(value));
  return Object.entries(lines)
    .map(([name, value]) => `${name} = ${value}\n`)
    .join('');
};
