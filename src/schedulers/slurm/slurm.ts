/** Slurm: its options, queries and answers. What is not Slurm's own is shared with the other schedulers. */
import type { SchedulerDriver } from '#core/ports/scheduler.ts';
import { farSide } from '../far-side/far-side.ts';
import { nextflowConfig } from '../head/nextflow-config.ts';
import { parseProbe, probe } from '../queries/probe.ts';
import { readerCommand } from '../queries/reader.ts';
import { hasTaskName } from '../submission/run-files.ts';
import { parseSubmission, submission } from '../submission/submission.ts';
import { accountingFields, parseAccounts, parseQueue, queueFormat } from './jobs.ts';
import { headJobOptions, slurmOptions, taskOptions } from './options.ts';

const executor = 'slurm';
const environment = farSide('slurm/environment');
const script = (name: string): string => `${environment}${farSide(`slurm/${name}`)}`;
const submitScript = script('submit');
const statusScript = script('status');
const accountingScript = script('accounting');
const cancelScript = script('cancel');
const probeScript = script('probe');

const constant = (text: string, ...words: string[]): string[] => ['sh', '-c', text, 'latchkey', ...words];

export const slurm: SchedulerDriver = {
  platform: 'slurm-platform',
  executor,
  checkOptions: (typed, field) => void slurmOptions(typed, field),
  isTask: hasTaskName,

  submit: (input) =>
    submission(input, {
      script: submitScript,
      options: headJobOptions(input),
      config: nextflowConfig(input, { executor, taskOptions: taskOptions(input) }),
    }),
  parseSubmit: parseSubmission,

  status: (linuxUsers) => ({
    argv: constant(statusScript, linuxUsers.join(','), queueFormat),
    timeoutMs: 60_000,
    maxOutputBytes: 16 * 1024 * 1024,
  }),
  parseStatus: parseQueue,
  readerCommand: readerCommand(farSide('slurm/reader').replace('FORMAT', queueFormat)),

  accounting: (jobIds, since) => ({
    argv: constant(accountingScript, jobIds.join(','), String(Math.floor(since / 1000)), accountingFields),
    timeoutMs: 60_000,
    maxOutputBytes: 4 * 1024 * 1024,
  }),
  parseAccounting: parseAccounts,

  interrupt: (jobId) => ({
    argv: constant(cancelScript, '--signal=TERM', '--batch', jobId),
    timeoutMs: 70_000,
  }),
  remove: (jobIds) => ({ argv: constant(cancelScript, ...jobIds), timeoutMs: 70_000 }),

  probe: (directories) => probe(probeScript, directories),
  parseProbe,
};
