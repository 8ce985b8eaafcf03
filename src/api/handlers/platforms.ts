/** The grid platforms. */
import * as platforms from '#contract/platforms.ts';
import type { Actions } from '../actions.ts';
import { type Binding, bind } from '../exchange.ts';

export const platformHandlers = ({ platforms: actions }: Actions): Binding[] => [
  bind(platforms.listPlatforms, () => ({
    platforms: actions.list().map((row) => ({ ...row, credentialsProviders: ['ssh'] })),
  })),
  bind(platforms.describePlatform, ({ params }) => {
    const { id, ...found } = actions.describe(params.platformId);
    return { metainfo: { discriminator: id, ...found } };
  }),
  bind(platforms.listPlatformRegions, ({ params }) => {
    actions.describe(params.platformId);
    return { regions: [] };
  }),
];
