/** All clusters of an organisation. */
import { allPages } from '#client/pages.ts';
import { listIdentities } from '#contract/identities.ts';
import { platforms } from '#core/platforms.ts';
import { defineDataSource } from '../resource.ts';
import { choice, number, objects, text } from '../schema/attribute.ts';
import { positive, said } from '../schema/rules.ts';

export const managedIdentities = defineDataSource({
  noun: 'managed_identities',
  section: 'Clusters',
  attributes: {
    org_id: number({
      optional: true,
      check: positive,
      description: 'Number of the organisation. Default: the first that the token belongs to.',
    }),
    platform: choice(platforms, { optional: true, description: 'Those with this scheduler alone.' }),
    search: text({ optional: true, check: said(), description: 'Those whose name has this in it.' }),
    identities: objects({
      description: 'The clusters, by name.',
      attributes: {
        managed_identity_id: number({ description: 'Number of the identity.' }),
        name: text({ description: 'Its name.' }),
        platform: text({ description: 'Its scheduler.' }),
        host_name: text({ description: 'Host to log in to.' }),
        port: number({ description: 'SSH port.' }),
      },
    }),
  },
  description: 'The clusters (managed identities) of an organisation.',
  example: `data "PREFIX_managed_identities" "slurm" {
  org_id   = 1
  platform = "slurm-platform"
}`,
  read: async (context, config) => {
    const search = [config.search, config.platform && `platform:${config.platform}`]
      .filter(Boolean)
      .join(' ');
    const rows = await allPages(async (page) => {
      const { managedIdentities: found, totalSize } = await context.call(listIdentities, {
        query: {
          ...page,
          ...(config.org_id !== null && { orgId: config.org_id }),
          ...(search !== '' && { search }),
        },
      });
      return { rows: found, totalSize };
    });
    return {
      ...config,
      identities: rows.map(({ id, name, platform, config: { hostName, port } }) => ({
        managed_identity_id: id,
        name,
        platform,
        host_name: hostName ?? null,
        port: port ?? 22,
      })),
    };
  },
});
