import { expect, test } from 'vitest';
import { systemCaller } from '#core/caller.ts';
import type { ComputeEnv, ManagedIdentity } from '#core/clusters.ts';
import type { GridConfig } from '#core/grid-config.ts';
import { launchScripts } from './launch-scripts.ts';

const environmentWith = (config: Partial<GridConfig>) =>
  ({ userId: 5, config: { discriminator: 'slurm-platform', ...config } }) as ComputeEnv;
const caller = { ...systemCaller('test'), userId: 7 };
const scripts = (config: Partial<GridConfig>) =>
  launchScripts(caller, environmentWith(config), undefined, {
    input: { pipeline: '/p', towerConfig: 't: 1' },
    basis: null,
  });

test('every text that steers a run stands in its record with digest and author, variables too', () => {
  const variable = { name: 'LD_PRELOAD', value: '/tmp/evil.so', head: true, compute: false };
  const record = scripts({ environment: [variable], preRunScript: 'module load x' });
  expect(Object.entries(record).map(([name, { author }]) => [name, author])).toEqual([
    ['environment.preRunScript', 'user 5'],
    ['environment.environment', 'user 5'],
    ['launch.towerConfig', 'user 7'],
  ]);
  const other = scripts({ environment: [{ ...variable, value: '/tmp/other.so' }] });
  expect(other['environment.environment']?.digest).not.toBe(record['environment.environment']?.digest);
  expect(JSON.stringify(record)).not.toContain('evil');
  expect(scripts({ environment: [] })).not.toHaveProperty('environment.environment');
});

test('scripts of all kinds are among them, of identity, environment and launch', () => {
  const texts = { preRunScript: 'a', postRunScript: 'b', nextflowConfig: 'c', headJobOptions: '-n 1' };
  const identity = { updatedBy: 3, config: texts } as unknown as ManagedIdentity;
  const launched = {
    preRunScript: 'd',
    postRunScript: 'e',
    configText: 'f',
    paramsText: 'g',
    towerConfig: 'h',
  };
  const record = launchScripts(caller, environmentWith(texts), identity, {
    input: { pipeline: '/p', ...launched },
    basis: null,
  });
  const names = (source: string, fields: object) => Object.keys(fields).map((field) => `${source}.${field}`);
  expect(Object.keys(record).toSorted()).toEqual(
    [...names('identity', texts), ...names('environment', texts), ...names('launch', launched)].toSorted(),
  );
  expect(record['identity.postRunScript']).toMatchObject({ author: 'user 3' });
});

test('what was saved with a pipeline is by who saved it, what the launch changed by who launched', () => {
  const saved = { pipeline: '/p', preRunScript: 'module load x', configText: 'a = 1' };
  const record = launchScripts(caller, environmentWith({}), undefined, {
    input: { ...saved, configText: 'a = 2' },
    basis: { launch: saved, userId: 9 },
  });
  expect(Object.entries(record).map(([name, { author }]) => [name, author])).toEqual([
    ['launch.preRunScript', 'user 9'],
    ['launch.configText', 'user 7'],
  ]);
});
