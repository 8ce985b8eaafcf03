/** The schedulers that exist. A platform without a driver is stored and listed, but nothing can be launched on it. */
import type { Platform } from '#core/platforms.ts';
import type { SchedulerDriver } from '#core/ports/scheduler.ts';
import { slurm } from './slurm.ts';
import { slurmOptions } from './slurm-options.ts';
import { splitWords } from './words.ts';

export const drivers: ReadonlyMap<Platform, SchedulerDriver> = new Map([[slurm.platform, slurm]]);

/**
 * Checks options that people typed, when they are saved.
 * @throws AppError 400 that names the option which cannot be used
 */
export const checkOptions = (platform: Platform, typed: string, field = 'headJobOptions'): void => {
  if (platform === 'slurm-platform') slurmOptions(typed, field);
  else splitWords(typed, field);
};
