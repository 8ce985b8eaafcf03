/** A launch for tests, with every field that a test does not care about filled in. */
import type { GridConfig } from '#core/grid-config.ts';
import type { HeadJobInput } from '#core/ports/scheduler.ts';
import type { LaunchRequest, RunSnapshot } from '#core/runs.ts';

export interface LaunchOverrides extends Partial<Omit<HeadJobInput, 'launch' | 'snapshot'>> {
  launch?: Partial<LaunchRequest>;
  config?: Partial<GridConfig>;
  snapshot?: Partial<RunSnapshot>;
}

export const headJob = ({ launch, config, snapshot, ...rest }: LaunchOverrides = {}): HeadJobInput => ({
  runId: 'Ab12Cd34Ef56',
  runName: 'happy_curie',
  sessionId: '0b2f7a2e-1d0c-4a7e-9c53-1c5d5b0a9f10',
  launch: { pipeline: '/pipelines/main.nf', ...launch },
  snapshot: {
    platform: 'slurm-platform',
    clusterKey: 'identity:1',
    identityId: 1,
    credential: { kind: 'managed', id: 1 } as unknown as RunSnapshot['credential'],
    hostName: 'cluster.example.org',
    port: 22,
    linuxUser: 'alice',
    config: { discriminator: 'slurm-platform', ...config },
    account: null,
    memberHeadJobOptions: null,
    workDir: '/work',
    launchDir: '',
    ...snapshot,
  },
  resume: false,
  apiEndpoint: null,
  workspaceId: null,
  secretEnvironment: {},
  pipelineSecrets: [],
  sentSecondsAgo: null,
  ...rest,
});
