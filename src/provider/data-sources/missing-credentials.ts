/** Who still has to add a key: what an owner chases people for. */
import { allPages } from '#client/pages.ts';
import { listManagedCredentials } from '#contract/managed-credentials.ts';
import { defineDataSource } from '../resource.ts';
import { number, objects, text, texts } from '../schema/attribute.ts';
import { positive } from '../schema/rules.ts';

export const missingCredentials = defineDataSource({
  noun: 'missing_credentials',
  section: 'Clusters',
  attributes: {
    org_id: number({ required: true, check: positive, description: 'Number of the organisation.' }),
    managed_identity_id: number({
      required: true,
      check: positive,
      description: 'Number of the managed identity: the cluster.',
    }),
    user_names: texts({ description: 'User names of the members without a key, in order.' }),
    members: objects({
      description: 'The same, with more about them.',
      attributes: {
        user_id: number({ description: 'User number.' }),
        user_name: text({ description: 'User name.' }),
        first_name: text({ description: 'First name.' }),
        last_name: text({ description: 'Last name.' }),
      },
    }),
  },
  description:
    'Members of an organisation who have no SSH key on a cluster yet. Owners see everybody, everybody else only whether they are missing themselves.',
  example: `data "PREFIX_missing_credentials" "cluster" {
  org_id              = 1
  managed_identity_id = PREFIX_managed_identity.cluster.managed_identity_id
}

output "still_missing" {
  value = data.PREFIX_missing_credentials.cluster.user_names
}`,
  read: async (context, config) => {
    const rows = await allPages(async (page) => {
      const found = await context.call(listManagedCredentials, {
        params: { managedIdentityId: config.managed_identity_id ?? 0 },
        query: { ...page, orgId: config.org_id ?? 0, search: 'is:missing' },
      });
      return { rows: found.managedCredentials, totalSize: found.totalSize };
    });
    return {
      ...config,
      user_names: rows.map((row) => row.userName),
      members: rows.map((row) => ({
        user_id: row.userId,
        user_name: row.userName,
        first_name: row.firstName ?? null,
        last_name: row.lastName ?? null,
      })),
    };
  },
});
