/** Saved pipelines and launches. */
import type { Deviation } from './deviation.ts';

export const pipelineDeviations: readonly Deviation[] = [
  {
    part: 'request',
    fields: [
      'launch.launchContainer',
      'launch.optimizationId',
      'launch.optimizationTargets',
      'launch.pipelineSchemaId',
    ],
    why: 'accepted and ignored: of products that an HPC cluster does not have; a schema is read from the repository',
    page: 'client-tw: easily overlooked',
  },
  {
    part: 'response',
    fields: [
      'optimizationId',
      'optimizationStatus',
      'optimizationTargets',
      'launch.launchContainer',
      'launch.pipelineSchemaId',
      'launch.resumeLaunchId',
      'version.creatorAvatarUrl',
    ],
    why: 'of products that an HPC cluster does not have; a resume is known by its session; pictures come with the console',
    page: 'client-tw: rules, 1',
  },
];
