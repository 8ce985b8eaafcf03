/** What is said of each platform is what the contract takes. */
import { expect, test } from 'vitest';
import { isAppError } from '#core/errors.ts';
import { platforms } from '#core/platforms.ts';
import { createPlatformActions } from './platforms.ts';

const actions = createPlatformActions({ launchable: new Set(['slurm-platform']) });

test('all five are there, with whether this version launches on them', () => {
  expect(actions.list().map(({ id, name, launchable }) => [id, name, launchable])).toEqual([
    ['slurm-platform', 'Slurm', true],
    ['lsf-platform', 'LSF', false],
    ['uge-platform', 'Grid Engine', false],
    ['altair-platform', 'Altair PBS Pro', false],
    ['moab-platform', 'Moab', false],
  ]);
});

test.each(platforms)('%s: its fields, the three of LSF there alone, and what it cannot do yet', (id) => {
  const { fields, warnings } = actions.describe(id);
  const names = fields.map(({ name }) => name);
  const ofLsf = ['unitForLimits', 'perJobMemLimit', 'perTaskReserve'];
  expect(names.filter((name) => ofLsf.includes(name))).toEqual(id === 'lsf-platform' ? ofLsf : []);
  expect(names).toEqual(expect.arrayContaining(['workDir', 'hostName', 'headQueue', 'environment']));
  const needed = fields.filter(({ neededWithCredentials }) => neededWithCredentials);
  expect(needed.map(({ name }) => name)).toEqual(['userName', 'hostName']);
  expect(warnings.length).toBe(id === 'slurm-platform' ? 0 : 1);
});

test('no other platform exists', () => {
  try {
    actions.describe('aws-batch');
    expect.unreachable();
  } catch (error) {
    expect(isAppError(error, 'not_found')).toBe(true);
  }
});
