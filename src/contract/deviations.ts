/** Where we differ from the public contract on purpose, each with the page that asks for it. */
import { clusterDeviations } from './deviations/clusters.ts';
import { commonDeviations } from './deviations/common.ts';
import type { Deviation } from './deviations/deviation.ts';
import { peopleDeviations } from './deviations/people.ts';
import { pipelineDeviations } from './deviations/pipelines.ts';
import { runDeviations } from './deviations/runs.ts';
import { traceDeviations } from './deviations/trace.ts';

export const deviations: readonly Deviation[] = [
  ...commonDeviations,
  ...peopleDeviations,
  ...clusterDeviations,
  ...pipelineDeviations,
  ...runDeviations,
  ...traceDeviations,
];
