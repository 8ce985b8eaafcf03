/** The configuration of a grid scheduler on its way to the server and back. */
import type { z } from 'zod';
import type { configOutput } from '#contract/grid-config.ts';
import type { Values } from '../schema/attribute.ts';
import { given } from './given.ts';
import type { gridAttributes } from './grid-attributes.ts';
import { sameHostKeys } from './host-key-lines.ts';

type Grid = Values<typeof gridAttributes>;
type Output = z.output<typeof configOutput>;

const orUndefined = <Value>(value: Value | null): Value | undefined => value ?? undefined;

/** Configuration as it is sent. */
export const sentConfig = (grid: Grid) =>
  given({
    workDir: grid.work_dir,
    launchDir: grid.launch_dir,
    preRunScript: grid.pre_run_script,
    postRunScript: grid.post_run_script,
    nextflowConfig: grid.nextflow_config,
    userName: grid.user_name,
    headQueue: grid.head_queue,
    computeQueue: grid.compute_queue,
    maxQueueSize: grid.max_queue_size,
    headJobOptions: grid.head_job_options,
    propagateHeadJobOptions: grid.propagate_head_job_options,
    environment: grid.environment?.map(({ name, value, head, compute }) => ({
      name: name ?? '',
      value: value ?? '',
      head: head ?? true,
      compute: compute ?? false,
    })),
    jumpHosts: grid.jump_hosts?.map((jump) => ({
      hostName: jump.host_name ?? '',
      hostKeys: jump.host_keys ?? [],
      ...given({
        port: jump.port,
        userName: jump.user_name,
        managedIdentityId: jump.managed_identity_id,
        credentialsId: jump.credentials_id,
      }),
    })),
    reporting: orUndefined(grid.reporting) as Output['reporting'],
    unitForLimits: orUndefined(grid.unit_for_limits) as Output['unitForLimits'],
    perJobMemLimit: grid.per_job_mem_limit,
    perTaskReserve: grid.per_task_reserve,
  });

/** An empty text is what the server keeps of something that was taken away. */
const orNull = (value: string | undefined): string | null => value || null;

type JumpHosts = Grid['jump_hosts'];

const readJumpHosts = (found: Output['jumpHosts'], kept: JumpHosts): JumpHosts =>
  found?.map((jump, index) => ({
    host_name: jump.hostName,
    port: jump.port ?? null,
    user_name: orNull(jump.userName),
    host_keys: sameHostKeys(kept?.[index]?.host_keys ?? null, jump.hostKeys),
    managed_identity_id: jump.managedIdentityId ?? null,
    credentials_id: jump.credentialsId ?? null,
  })) ?? null;

/** Configuration as it is answered; `kept` is how the state writes what has several ways of writing. */
export const readConfig = (config: Output, kept: Pick<Grid, 'jump_hosts'>): Grid => ({
  work_dir: orNull(config.workDir),
  launch_dir: orNull(config.launchDir),
  pre_run_script: orNull(config.preRunScript),
  post_run_script: orNull(config.postRunScript),
  nextflow_config: orNull(config.nextflowConfig),
  user_name: orNull(config.userName),
  head_queue: orNull(config.headQueue),
  compute_queue: orNull(config.computeQueue),
  max_queue_size: config.maxQueueSize ?? null,
  head_job_options: orNull(config.headJobOptions),
  propagate_head_job_options: config.propagateHeadJobOptions ?? null,
  environment: config.environment ?? null,
  jump_hosts: readJumpHosts(config.jumpHosts, kept.jump_hosts),
  reporting: config.reporting ?? null,
  unit_for_limits: config.unitForLimits ?? null,
  per_job_mem_limit: config.perJobMemLimit ?? null,
  per_task_reserve: config.perTaskReserve ?? null,
});
