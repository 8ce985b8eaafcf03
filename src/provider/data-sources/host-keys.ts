/** What a cluster shows itself with, and what of it is trusted. */
import { listIdentityHostKeys } from '#contract/host-keys.ts';
import { defineDataSource } from '../resource.ts';
import { flag, number, objects, text } from '../schema/attribute.ts';
import { positive } from '../schema/rules.ts';

export const hostKeys = defineDataSource({
  noun: 'host_keys',
  section: 'Clusters',
  attributes: {
    managed_identity_id: number({
      required: true,
      check: positive,
      description: 'Number of the managed identity: the cluster.',
    }),
    org_id: number({ optional: true, check: positive, description: 'Number of the organisation.' }),
    scan: flag({ optional: true, description: 'Ask the host now. Nothing is offered to it.' }),
    status: text({ description: '`PINNED`, `PENDING` or `CHANGED`.' }),
    message: text({ description: 'What is to be done; otherwise null.' }),
    host_keys: objects({
      description: 'Keys that the host has shown or that are pinned.',
      attributes: {
        type: text({ description: 'Such as `ssh-ed25519`.' }),
        fingerprint: text({ description: '`SHA256:…`, as the centre publishes it.' }),
        public_key: text({ description: 'The key, as `host_keys` of a managed identity takes it.' }),
        status: text({ description: '`PINNED`, `PENDING` or `CHANGED`.' }),
      },
    }),
  },
  description:
    'Host keys of a cluster. What a host shows is not what it should show: compare with what the centre publishes before you pin anything.',
  example: `data "PREFIX_host_keys" "cluster" {
  managed_identity_id = PREFIX_managed_identity.cluster.managed_identity_id
}

check "host_keys" {
  assert {
    condition     = data.PREFIX_host_keys.cluster.status == "PINNED"
    error_message = "The cluster is not to be trusted now: \${data.PREFIX_host_keys.cluster.message}"
  }
}`,
  read: async (context, config) => {
    const found = await context.call(listIdentityHostKeys, {
      params: { managedIdentityId: config.managed_identity_id ?? 0 },
      query: {
        ...(config.org_id !== null && { orgId: config.org_id }),
        ...(config.scan !== null && { scan: config.scan }),
      },
    });
    return {
      ...config,
      status: found.status,
      message: found.message,
      host_keys: found.hostKeys.map(({ type, fingerprint, publicKey, status }) => ({
        type,
        fingerprint,
        public_key: publicKey,
        status,
      })),
    };
  },
});
