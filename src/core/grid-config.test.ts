/** What a run uses: the environment's settings over those of its identity. */
import { expect, test } from 'vitest';
import { effectiveConfig, type GridConfig } from './grid-config.ts';

const identity: GridConfig = {
  discriminator: 'slurm-platform',
  workDir: '/scratch',
  launchDir: '/launch',
  preRunScript: 'module load java',
  postRunScript: 'echo over',
  nextflowConfig: '// site',
  userName: 'service',
  hostName: 'hpc1.example',
  port: 2222,
  headQueue: 'head',
  computeQueue: 'compute',
  maxQueueSize: 50,
  headJobOptions: '--qos=low',
  propagateHeadJobOptions: true,
  environment: [
    { name: 'BOTH', value: 'identity', head: true, compute: false },
    { name: 'ONLY', value: 'identity', head: true, compute: false },
  ],
};

test('what an environment does not set is its identity’s', () => {
  expect(effectiveConfig({ discriminator: 'slurm-platform' }, identity)).toEqual(identity);
  const blank = { ...identity, workDir: '', headQueue: '', environment: [] };
  expect(effectiveConfig(blank, identity)).toEqual(identity);
});

test('what it sets counts more, a false and a zero too; variables are merged by name', () => {
  const own = {
    workDir: '/other',
    launchDir: '/there',
    preRunScript: 'module load nextflow',
    postRunScript: 'true',
    nextflowConfig: '// mine',
    headQueue: 'long',
    computeQueue: 'gpu',
    maxQueueSize: 7,
    headJobOptions: '--qos=high',
    propagateHeadJobOptions: false,
  };
  const variable = { name: 'BOTH', value: 'environment', head: false, compute: true };
  const merged = effectiveConfig(
    { discriminator: 'slurm-platform', ...own, environment: [variable] },
    identity,
  );
  expect(merged).toEqual({ ...identity, ...own, environment: [variable, identity.environment?.[1]] });
});

test('host, port, way and Linux user stay the identity’s: an environment points no key elsewhere', () => {
  const elsewhere = {
    discriminator: 'slurm-platform',
    hostName: 'evil.example',
    port: 22,
    userName: 'root',
    jumpHosts: [{ hostName: 'evil.example', hostKeys: [] }],
  } as const satisfies Partial<Record<keyof GridConfig, unknown>>;
  expect(effectiveConfig(elsewhere as never, identity)).toEqual(identity);
  const bare: GridConfig = { discriminator: 'slurm-platform', hostName: 'hpc1.example' };
  expect(effectiveConfig(elsewhere as never, bare)).toEqual(bare);
  expect(effectiveConfig(identity)).toEqual(identity);
});
