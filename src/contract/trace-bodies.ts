/** What Nextflow's reporting plugin sends, made into reports of tasks and runs. */
import { z } from 'zod';
import { measures, type ProcessMetrics, type Quartiles } from '#core/metrics.ts';
import type { ReportedCounts, ReportedProgress } from '#core/progress.ts';
import { cutText, manifestTexts, type ReportedWorkflow, workflowTexts } from '#core/reports.ts';
import { taskFields } from '#core/tasks.ts';
import {
  allTold,
  countOf,
  flagOf,
  isObject,
  jsonOf,
  momentOf,
  numberOf,
  objectsOf,
  textsOf,
  told,
  wholeOf,
} from './told.ts';
import { tasksOf, toldTasks } from './trace-tasks.ts';

const maxProcesses = 2_000;

const countsOf = (raw: Record<string, unknown>): ReportedCounts => ({
  pending: countOf(raw['pending']),
  peakTasks: countOf(raw['peakRunning']),
  peakCpus: countOf(raw['peakCpus']),
  peakMemory: countOf(raw['peakMemory']),
});

const progressOf = (raw: unknown, instant: unknown): ReportedProgress | undefined => {
  if (!isObject(raw)) return undefined;
  const processes = objectsOf(raw['processes'], maxProcesses).flatMap((own) => {
    const process = cutText(own['name'], taskFields.process.max);
    return process === null ? [] : [{ process, index: countOf(own['index']), ...countsOf(own) }];
  });
  return {
    ...countsOf(raw),
    instant: countOf(instant),
    processes: processes.sort((a, b) => a.index - b.index).map(({ index: _, ...own }) => own),
  };
};

const textFields = <Limits extends Record<string, number>>(raw: Record<string, unknown>, limits: Limits) =>
  Object.fromEntries(Object.entries(limits).map(([name, max]) => [name, cutText(raw[name], max)])) as {
    [Name in keyof Limits]: string | null;
  };

const nextflowOf = (raw: unknown): ReportedWorkflow['nextflow'] => {
  if (!isObject(raw)) return null;
  const { version, build, timestamp } = raw;
  const number = numberOf(build);
  return {
    version: cutText(version, 20),
    build: number === null ? cutText(build, 10) : String(number),
    timestamp: momentOf(timestamp),
  };
};

const workflowOf = (raw: unknown): ReportedWorkflow | null => {
  if (!isObject(raw)) return null;
  const params = jsonOf(raw['params']);
  return {
    ...textFields(raw, workflowTexts),
    start: momentOf(raw['start']),
    complete: momentOf(raw['complete']),
    duration: wholeOf(raw['duration']),
    exitStatus: wholeOf(raw['exitStatus']),
    success: flagOf(raw['success']),
    resume: flagOf(raw['resume']),
    stubRun: flagOf(raw['stubRun']),
    configFiles: textsOf(raw['configFiles'], 100, 1024),
    params: isObject(params) ? params : null,
    manifest: isObject(raw['manifest']) ? textFields(raw['manifest'], manifestTexts) : null,
    nextflow: nextflowOf(raw['nextflow']),
  };
};

const quartilesOf = (raw: unknown): Quartiles | null => {
  if (!isObject(raw)) return null;
  const number = (name: string) => numberOf(raw[name]) ?? 0;
  const label = (name: string) => cutText(raw[name], 255) ?? '';
  return {
    mean: number('mean'),
    min: number('min'),
    q1: number('q1'),
    q2: number('q2'),
    q3: number('q3'),
    max: number('max'),
    minLabel: label('minLabel'),
    maxLabel: label('maxLabel'),
    q1Label: label('q1Label'),
    q2Label: label('q2Label'),
    q3Label: label('q3Label'),
  };
};

const metricsOf = (raw: unknown): ProcessMetrics[] | null =>
  Array.isArray(raw)
    ? objectsOf(raw, maxProcesses).map((own) => ({
        process: cutText(own['process'], 255) ?? '',
        ...(Object.fromEntries(measures.map((measure) => [measure, quartilesOf(own[measure])])) as Record<
          (typeof measures)[number],
          Quartiles | null
        >),
      }))
    : null;

const counters = [
  'pending',
  'submitted',
  'running',
  'succeeded',
  'failed',
  'ignored',
  'cached',
  'retries',
  'aborted',
  'stored',
  'loadCpus',
  'loadMemory',
  'peakRunning',
  'peakCpus',
  'peakMemory',
] as const;

const toldCounters = allTold(counters, told.whole);
const toldProgress = z
  .object({
    ...toldCounters,
    processes: z
      .array(z.object({ ...toldCounters, index: told.whole, name: told.text, terminated: told.flag }))
      .nullish(),
  })
  .nullish();

const namesOf = <Limits extends object>(limits: Limits) => Object.keys(limits) as (keyof Limits & string)[];

const toldWorkflow = z
  .object({
    ...allTold(namesOf(workflowTexts), told.text),
    ...allTold(['submit', 'start', 'complete'], told.moment),
    ...allTold(['duration', 'exitStatus'], told.whole),
    ...allTold(['success', 'resume', 'stubRun'], told.flag),
    id: told.text,
    configFiles: told.texts,
    params: told.object,
    manifest: z.object(allTold(namesOf(manifestTexts), told.text)).nullish(),
    nextflow: z.object({ version: told.text, build: told.text, timestamp: told.moment }).nullish(),
  })
  .nullish();

const toldQuartiles = z
  .object({
    ...allTold(['mean', 'min', 'q1', 'q2', 'q3', 'max'], told.real),
    ...allTold(['minLabel', 'maxLabel', 'q1Label', 'q2Label', 'q3Label'], told.text),
  })
  .nullish();
const toldMetrics = z.object({
  process: told.text,
  ...(Object.fromEntries(measures.map((measure) => [measure, toldQuartiles])) as Record<
    (typeof measures)[number],
    typeof toldQuartiles
  >),
});

export const createBody = z
  .object(allTold(['workflowId', 'launchId', 'sessionId', 'runName', 'projectName', 'repository'], told.text))
  .transform((raw) => ({
    /** The run that was launched here; null: started by hand. */
    workflowId: cutText(raw.workflowId, 64),
    sessionId: cutText(raw.sessionId, workflowTexts.sessionId),
    runName: cutText(raw.runName, workflowTexts.runName),
    projectName: cutText(raw.projectName, workflowTexts.projectName),
    repository: cutText(raw.repository, workflowTexts.repository),
  }));

export const beginBody = z
  .object({
    workflow: toldWorkflow,
    processNames: told.texts,
    towerLaunch: told.flag,
    launchId: told.text,
  })
  .transform(({ workflow, processNames }) => ({
    workflow: workflowOf(workflow),
    processNames: textsOf(processNames, maxProcesses, taskFields.process.max) ?? [],
  }));

export const progressBody = z
  .object({ tasks: toldTasks, progress: toldProgress, instant: told.whole })
  .transform(({ tasks, progress, instant }) => ({
    tasks: tasksOf(tasks),
    counted: progressOf(progress, instant),
  }));

export const heartbeatBody = z
  .object({ progress: toldProgress, instant: told.whole })
  .transform(({ progress, instant }) => ({ counted: progressOf(progress, instant) }));

export const completeBody = z
  .object({
    workflow: toldWorkflow,
    metrics: z.array(toldMetrics).nullish(),
    progress: toldProgress,
    instant: told.whole,
  })
  .transform(({ workflow, metrics, progress, instant }) => ({
    workflow: workflowOf(workflow),
    metrics: metricsOf(metrics),
    counted: progressOf(progress, instant),
  }));
