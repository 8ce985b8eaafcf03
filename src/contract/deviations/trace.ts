/** Of what Nextflow reports. */
import type { Deviation } from './deviation.ts';

const reports = ['UpdateTraceBegin', 'UpdateTraceProgress', 'UpdateTraceHeartbeat', 'UpdateTraceComplete'];

export const traceDeviations: readonly Deviation[] = [
  {
    part: 'request',
    operations: reports,
    fields: [
      'containers',
      'workflow.attributes',
      'workflow.dateCreated',
      'workflow.launchId',
      'workflow.ownerId',
      'workflow.requiresAttention',
      'workflow.sched',
      'workflow.fusion',
      'workflow.wave',
      'workflow.stats',
      'tasks.cloudZone',
      'tasks.cost',
      'tasks.exitStatus',
      'tasks.gpuMetrics',
      'tasks.id',
      'tasks.logStreamId',
      'tasks.machineType',
      'tasks.numSpotInterruptions',
      'tasks.priceModel',
      'tasks.resourceAllocation',
      'progress.numSpotInterruptions',
      'metrics.gpuMemAvg',
      'metrics.gpuMemPeak',
      'metrics.gpuUsage',
      'metrics.id',
      'warnings',
    ],
    why: 'accepted and ignored: read-only, of clouds, or computed here from the tasks themselves',
    page: 'client-nextflow: what differs, 6 and 7 (never sent, or null)',
  },
  {
    part: 'response',
    operations: ['CreateTrace'],
    fields: ['metadata.pipelineId', 'metadata.pipelineName', 'metadata.userOrganization'],
    why: 'saved pipelines follow in a later part, profiles name no organisation; no client reads them',
    page: 'client-nextflow: what differs, 6',
  },
];
