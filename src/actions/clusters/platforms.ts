/** The grid platforms as people may ask for them. */
import { notFound } from '#core/errors.ts';
import { type GridField, gridFields } from '#core/grid-fields.ts';
import { isPlatform, type Platform, platforms, schedulerNames } from '#core/platforms.ts';
import { notLaunchable } from '../credentials/account-findings.ts';

export interface PlatformDeps {
  /** Schedulers that can be launched on. */
  launchable: ReadonlySet<Platform>;
}

export interface PlatformActions {
  list(): { id: Platform; name: string; launchable: boolean }[];
  /** @throws AppError 404 */
  describe(id: string): { id: Platform; fields: GridField[]; warnings: string[] };
}

export const createPlatformActions = ({ launchable }: PlatformDeps): PlatformActions => ({
  list: () => platforms.map((id) => ({ id, name: schedulerNames[id], launchable: launchable.has(id) })),
  describe: (id) => {
    if (!isPlatform(id)) throw notFound('platform', id);
    return { id, fields: gridFields(id), warnings: launchable.has(id) ? [] : [notLaunchable(id)] };
  },
});
