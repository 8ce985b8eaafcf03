/** What a head job asks of each scheduler: its queue, CPUs and memory, then what people type, and its name last. */
import { expect, test } from 'vitest';
import type { SchedulerDriver } from '#core/ports/scheduler.ts';
import { headJob, type LaunchOverrides } from '#test/support/far-side/launch.ts';
import { gridEngine } from './grid-engine/grid-engine.ts';
import { lsf } from './lsf/lsf.ts';
import { moab } from './moab/moab.ts';
import { pbsPro } from './pbs-pro/pbs-pro.ts';

/** The words for the submit command stand behind those of the submission itself. */
const options = (driver: SchedulerDriver, over: LaunchOverrides) =>
  driver.submit(headJob(over)).argv.slice(12).join(' ');

const sized = { launch: { headJobCpus: 2, headJobMemoryMb: 3000 }, config: { headQueue: 'long' } };

test.each<[string, SchedulerDriver, string]>([
  ['Grid Engine', gridEngine, '--latchkey-cpus=2 -q long -l h_rss=3000M,mem_free=3000M -N nf-Ab12Cd34Ef56'],
  [
    'LSF, whose limits are KB by default and must fit one host',
    lsf,
    '-q long -n 2 -R span[hosts=1] -M 3072000 -R select[mem>=3000] rusage[mem=3000] -J nf-Ab12Cd34Ef56',
  ],
  ['PBS Professional', pbsPro, '-q long -l select=1:ncpus=2:mem=3000mb -N nf-Ab12Cd34Ef56'],
  ['Moab', moab, '-q long -l nodes=1:ppn=2 -l mem=3000mb -N nf-Ab12Cd34Ef56'],
])('%s', (_, driver, words) => expect(options(driver, sized)).toBe(words));

test.each<[string, SchedulerDriver, string, string]>([
  [
    'Grid Engine',
    gridEngine,
    '-pe smp 4',
    '-q long -l h_rss=3000M,mem_free=3000M -pe smp 4 -N nf-Ab12Cd34Ef56',
  ],
  ['LSF', lsf, '-n 4', '-q long -M 3072000 -R select[mem>=3000] rusage[mem=3000] -n 4 -J nf-Ab12Cd34Ef56'],
  ['PBS Professional', pbsPro, '-l select=2', '-q long -l select=2 -N nf-Ab12Cd34Ef56'],
  ['Moab', moab, '-l nodes=2', '-q long -l mem=3000mb -l nodes=2 -N nf-Ab12Cd34Ef56'],
])('%s: who types CPUs means the whole of it', (_, driver, headJobOptions, words) =>
  expect(options(driver, { ...sized, config: { headQueue: 'long', headJobOptions } })).toBe(words),
);

test.each<[string, SchedulerDriver, string, string]>([
  ['Grid Engine', gridEngine, '-p 1', '-p 1 -P alices -p 2 -N nf-Ab12Cd34Ef56'],
  ['LSF', lsf, '-W 1', '-W 1 -P alices -W 2 -J nf-Ab12Cd34Ef56'],
  ['PBS Professional', pbsPro, '-p 1', '-p 1 -A alices -p 2 -N nf-Ab12Cd34Ef56'],
  ['Moab', moab, '-p 1', '-p 1 -A alices -p 2 -N nf-Ab12Cd34Ef56'],
])("%s: the member's own come after the environment's", (_, driver, headJobOptions, words) => {
  const snapshot = { account: 'alices', memberHeadJobOptions: headJobOptions.replace('1', '2') };
  expect(options(driver, { config: { headJobOptions }, snapshot })).toBe(words);
});

test('LSF: a limit is counted in the unit that the site has set', () => {
  const limit = (unitForLimits: 'MB' | 'GB') =>
    options(lsf, { ...sized, config: { unitForLimits } }).match(/-M (\d+)/)?.[1];
  expect([limit('MB'), limit('GB')]).toEqual(['3000', '3']);
});

test.each<[string, SchedulerDriver]>([
  ['Grid Engine', gridEngine],
  ['LSF', lsf],
  ['Moab', moab],
])('%s: tasks are known by the name of their run', (_, driver) => {
  expect(driver.isTask('Ab12Cd34Ef56', 'nf-Ab12Cd34Ef56-align_1')).toBe(true);
  expect(driver.isTask('Ab12Cd34Ef56', 'nf-Ab12Cd34Ef56')).toBe(false);
  expect(driver.isTask('Ab12Cd34Ef56', 'nf-Ab12Cd34Ef5-x')).toBe(false);
});

test('PBS Professional: tasks have names of 15 characters, and no head job has one that begins so', () => {
  expect(pbsPro.isTask('Ab12Cd34Ef56', 'tAb12Cd34Ef5600')).toBe(true);
  expect(pbsPro.isTask('Ab12Cd34Ef56', 'tAb12Cd34Ef56')).toBe(false);
  expect(pbsPro.isTask('Ab12Cd34Ef56', 'nf-Ab12Cd34Ef56')).toBe(false);
});
