/** Where what is told of runs and their tasks differs from the public contract; see `deviations.ts`. */
import type { Deviation } from './deviations.ts';

export const runDeviations: readonly Deviation[] = [
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
    operations: ['ListWorkflowTasks', 'DescribeWorkflowTask'],
    fields: ['task.errorMessage'],
    why: "Nextflow's reports of a task carry no error text; its log has it",
    page: 'wire-facts 6: task keys',
  },
  {
    part: 'response',
    operations: ['DescribeWorkflowMetrics'],
    fields: ['metrics.id', 'warnings'],
    why: 'metrics are known by their process, and come without warnings',
    page: 'client-tw: runs view metrics; client-nextflow: fixtures',
  },
];
