/** Tasks and counters as clients know them: what is not known is absent, counters are always there. */
import type { z } from 'zod';
import type { AnswerBody } from '#contract/route.ts';
import type { progress } from '#contract/run-answers.ts';
import type { describeWorkflowMetrics, WireTask } from '#contract/tasks.ts';
import { measures, type ProcessMetrics } from '#core/metrics.ts';
import { cpuEfficiency, memoryEfficiency, type Progress, type RunProgress } from '#core/progress.ts';
import type { TaskRecord } from '#core/tasks.ts';
import { iso, isoOrAbsent } from './dates.ts';

/** Without what is not known. */
export const known = <Fields extends object>(fields: Fields) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null)) as {
    [Name in keyof Fields]?: Exclude<Fields[Name], null>;
  };

export const wireTask = ({ levels: _, ...task }: TaskRecord): WireTask => {
  const { taskId, status, submit, start, complete, exit } = task;
  return {
    ...known(task),
    id: taskId,
    taskId,
    status,
    workdir: task.workdir ?? '',
    exitStatus: exit ?? undefined,
    submit: isoOrAbsent(submit),
    start: isoOrAbsent(start),
    complete: isoOrAbsent(complete),
    dateCreated: isoOrAbsent(submit ?? start ?? complete),
    lastUpdated: isoOrAbsent(complete ?? start ?? submit),
  };
};

const efficiencies = (counters: Progress) => ({
  cpuEfficiency: cpuEfficiency(counters) ?? undefined,
  memoryEfficiency: memoryEfficiency(counters) ?? undefined,
});

export const wireProgress = ({ workflow, processes }: RunProgress): z.output<typeof progress> => ({
  workflowProgress: {
    ...workflow,
    ...efficiencies(workflow),
    lastUpdated: workflow.updatedAt === null ? undefined : iso(workflow.updatedAt),
  },
  processesProgress: processes.map((process) => ({ ...process, ...efficiencies(process) })),
  totalProcesses: processes.length,
});

export const wireMetrics = (
  metrics: readonly ProcessMetrics[],
): AnswerBody<typeof describeWorkflowMetrics>['metrics'] =>
  metrics.map(({ process, ...own }) => ({
    process,
    ...Object.fromEntries(measures.map((measure) => [measure, own[measure] ?? undefined])),
  }));
