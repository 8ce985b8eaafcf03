import { expect, test } from 'vitest';
import { headJob } from '#test/support/far-side/launch.ts';
import { nextflowConfig } from './nextflow-config.ts';

test('every setting that Nextflow gets from here', () => {
  const value = `a"b'c\\ $HOME \`id\`\nü`;
  const input = headJob({
    config: {
      computeQueue: 'long',
      maxQueueSize: 7,
      environment: [
        { name: 'TASKS', value, head: false, compute: true },
        { name: 'HEAD', value, head: true, compute: false },
      ],
    },
  });
  const settings = { 'executor.perJobMemLimit': 'true' };
  const lines = nextflowConfig(input, { executor: 'lsf', taskOptions: `-P 'x y'`, settings }).split('\n');
  expect(lines.slice(0, 6)).toEqual([
    `process.executor = 'lsf'`,
    `process.queue = 'long'`,
    `process.clusterOptions = '-P \\'x y\\''`,
    'executor.queueSize = 7',
    'executor.jobName = { "nf-Ab12Cd34Ef56-${task.index}-${task.hash}" }',
    'executor.perJobMemLimit = true',
  ]);
  // Literal in the task: Nextflow writes it between double quotes and indents further lines.
  expect(lines).toContain(`env.TASKS = 'a\\\\"b\\'c\\\\\\\\ \\\\$HOME \\\\\`id\\\\\`"$\\'\\\\n\\'"\\u00fc'`);
  expect(lines.join()).not.toContain('HEAD');
  expect(lines).toContain(`trace.sep = '\\u001f'`);
});

test('what is not set is left to the site', () => {
  const config = nextflowConfig(headJob(), { executor: 'slurm', taskOptions: '' });
  expect(config).not.toMatch(/queue =|clusterOptions|env\.|poll/);
  expect(config).toContain('executor.queueSize = 100\n');
});
