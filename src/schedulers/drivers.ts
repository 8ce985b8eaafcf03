/** The schedulers that exist. A platform without a driver is stored and listed, but nothing can be launched on it. */
import type { Platform } from '#core/platforms.ts';
import type { SchedulerDriver } from '#core/ports/scheduler.ts';
import { gridEngine } from './grid-engine/grid-engine.ts';
import { lsf } from './lsf/lsf.ts';
import { moab } from './moab/moab.ts';
import { pbsPro } from './pbs-pro/pbs-pro.ts';
import { slurm } from './slurm/slurm.ts';

export const drivers: ReadonlyMap<Platform, SchedulerDriver> = new Map(
  [slurm, lsf, pbsPro, gridEngine, moab].map((driver) => [driver.platform, driver]),
);

/**
 * Checks options that people typed, when they are saved.
 * @throws AppError 400 that names the option which cannot be used
 */
export const checkOptions = (platform: Platform, typed: string, field = 'headJobOptions'): void =>
  drivers.get(platform)?.checkOptions(typed, field);
