/** A cluster's configuration with everything in it, as HCL: what identities and environments have in common. */
import { platforms } from '#core/platforms.ts';

export const grids = platforms.map((platform) => platform.replace('-platform', ''));

const headJobOptions: Readonly<Record<string, string>> = {
  slurm: '--mem=2G',
  lsf: '-M 2G',
  uge: '-l h_rt=1',
  altair: '-l walltime=1',
  moab: '-l walltime=1',
};

/** All that can be set on this kind of cluster but its address. */
export const everyField = (grid: string): Record<string, string> => ({
  platform: `"${grid}-platform"`,
  work_dir: '"$HOME/work"',
  launch_dir: '"$HOME/launch"',
  pre_run_script: '"module load nextflow\\n"',
  post_run_script: '"echo done"',
  nextflow_config: '<<-EOT\n    process.cpus = 1\n    EOT',
  head_queue: '"head"',
  compute_queue: '"compute"',
  max_queue_size: '50',
  head_job_options: `"${headJobOptions[grid]}"`,
  propagate_head_job_options: 'true',
  environment: `[
    { name = "A", value = "1" },
    { name = "B", value = "2", compute = true },
    { name = "C", value = "", head = true, compute = true },
  ]`,
  ...(grid === 'lsf' && { unit_for_limits: '"GB"', per_job_mem_limit: 'true', per_task_reserve: 'false' }),
});

/** The same as a state has it. */
export const everyValue = (grid: string): Record<string, unknown> => ({
  platform: `${grid}-platform`,
  pre_run_script: 'module load nextflow\n',
  post_run_script: 'echo done',
  nextflow_config: 'process.cpus = 1\n',
  head_queue: 'head',
  compute_queue: 'compute',
  max_queue_size: 50,
  head_job_options: headJobOptions[grid],
  propagate_head_job_options: true,
  environment: [
    { name: 'A', value: '1', head: true, compute: false },
    { name: 'B', value: '2', head: false, compute: true },
    { name: 'C', value: '', head: true, compute: true },
  ],
  unit_for_limits: grid === 'lsf' ? 'GB' : null,
  per_job_mem_limit: grid === 'lsf' ? true : null,
  per_task_reserve: grid === 'lsf' ? false : null,
});
