/** Of runs, their tasks and what they are launched with. */
import type { Deviation } from './deviation.ts';

export const runDeviations: readonly Deviation[] = [
  {
    part: 'response',
    operations: ['ListLaunchDatasetVersions'],
    fields: ['linkedSource'],
    why: 'datasets are uploaded: this service fetches no tables from other addresses',
    page: 'client-tw: secrets, datasets',
  },
  {
    part: 'response',
    operations: ['GetWorkflowLog', 'GetWorkflowTaskLog'],
    fields: ['log.entries'],
    why: 'the contract names the iterator of a server language; on the wire it is a list of lines',
    page: 'wire-facts 6',
  },
  {
    part: 'response',
    operations: ['ListWorkflows', 'DescribeWorkflow', 'UpdateWorkflow', 'DescribeWorkflowProgress'],
    fields: [
      'processesProgress.version',
      'workflowProgress.version',
      'cpuShares',
      'cpuShareMillis',
      'netCpuShares',
      'netCpuShareMillis',
      'netCost',
      'netCpuLoad',
      'netCpuTime',
      'netCpus',
      'netInvCtxSwitch',
      'netMemoryConsumption',
      'netMemoryReq',
      'netMemoryRss',
      'netReadBytes',
      'netVolCtxSwitch',
      'netWriteBytes',
      'requestedCpuTime',
      'requestedMemory',
    ],
    why: 'not among the counters that clients read',
    page: 'client-tw: runs view; client-terraform: workflows',
  },
  {
    part: 'response',
    fields: ['task.gpuMetrics', 'metrics.gpuUsage', 'metrics.gpuMemAvg', 'metrics.gpuMemPeak'],
    why: 'Nextflow reports no GPU figures from a grid executor',
    page: 'client-nextflow: what differs, 7',
  },
  {
    part: 'response',
    operations: ['DescribeWorkflowMetrics'],
    fields: ['metrics.id', 'warnings'],
    why: 'metrics are known by their process, and come without warnings',
    page: 'client-tw: runs view metrics; client-nextflow: fixtures',
  },
];
