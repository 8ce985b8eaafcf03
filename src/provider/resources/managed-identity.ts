/** A cluster that an organisation registers: its address, its host keys, and what each run there begins with. */
import { listIdentityHostKeys } from '#contract/host-keys.ts';
import { createIdentity, deleteIdentity, describeIdentity, updateIdentity } from '#contract/identities.ts';
import { type Platform, platforms } from '#core/platforms.ts';
import { type Context, defineResource } from '../resource.ts';
import { choice, flag, number, text, texts, type Values } from '../schema/attribute.ts';
import { name, positive, said } from '../schema/rules.ts';
import { given } from './given.ts';
import { orGone, stillThere } from './gone.ts';
import { addressRules, checkGrid, gridAttributes, hostKeyRule } from './grid-attributes.ts';
import { readConfig, sentConfig } from './grid-config.ts';
import { pinnedOf, sameHostKeys } from './host-key-lines.ts';

const attributes = {
  name: text({ required: true, check: name, description: 'Name, unique in the organisation.' }),
  platform: choice(platforms, {
    required: true,
    description: 'Scheduler. It can change while neither environments nor runs use the identity.',
  }),
  host_name: text({
    required: true,
    check: addressRules.hostName,
    description:
      'Host to log in to. After a change the host keys have to be confirmed again, unless `host_keys` has those of the new host.',
  }),
  port: number({
    optional: true,
    computed: true,
    default: 22,
    check: addressRules.port,
    description: 'SSH port. Default: 22.',
  }),
  org_id: number({
    optional: true,
    computed: true,
    replaces: true,
    check: positive,
    description: 'Number of the organisation. Default: the first that the token belongs to.',
  }),
  managed_identity_id: number({
    optional: true,
    computed: true,
    replaces: true,
    check: positive,
    description: 'Number of the identity; one that is written here must be free.',
  }),
  checked: flag({
    optional: true,
    computed: true,
    default: false,
    description: 'Refuse to delete the identity while runs depend on it, and name them.',
  }),
  host_keys: texts({
    optional: true,
    computed: true,
    follows: ['host_name', 'port'],
    check: hostKeyRule,
    description:
      'Host keys as the centre publishes them (`ssh-ed25519 AAAA…`, as `ssh-keyscan` prints them). They are pinned at once: no member’s key is ever offered to a host that shows another one. Default: what somebody confirms on the server.',
  }),
  require_checked: flag({
    optional: true,
    computed: true,
    default: false,
    description: 'Nobody but its own member may delete a credential while runs depend on it.',
  }),
  allowed_system_users: texts({
    optional: true,
    computed: true,
    default: [],
    check: said(),
    description: 'System accounts that members may use all the same as their Linux user.',
  }),
  ...gridAttributes,
  host_key_status: text({
    follows: ['host_name', 'port', 'host_keys'],
    description: '`PINNED`, `PENDING` (somebody has to confirm a fingerprint) or `CHANGED` (blocked).',
  }),
  blocked_reason: text({
    follows: ['host_name', 'port', 'host_keys'],
    description: 'Why the cluster cannot be used now; otherwise null.',
  }),
};

type State = Values<typeof attributes>;

const place = ({ managed_identity_id, org_id }: Pick<State, 'managed_identity_id' | 'org_id'>) => ({
  params: { managedIdentityId: managed_identity_id ?? 0 },
  query: { ...(org_id !== null && { orgId: org_id }) },
});

const bodyOf = (planned: State, hostKeys: string[] | null) => ({
  name: planned.name ?? '',
  platform: planned.platform as Platform,
  requireChecked: planned.require_checked ?? false,
  allowedSystemUsers: planned.allowed_system_users ?? [],
  config: {
    ...sentConfig(planned),
    ...given({ hostName: planned.host_name, port: planned.port, hostKeys }),
  },
});

const read = async (context: Context, state: State): Promise<State | null> => {
  const both = await orGone(
    Promise.all([
      context.call(describeIdentity, place(state)),
      context.call(listIdentityHostKeys, place(state)),
    ]),
  );
  if (!both) return null;
  const [found, keys] = both;
  return {
    ...readConfig(found.config, state),
    name: found.name,
    platform: found.platform,
    host_name: found.config.hostName ?? null,
    port: found.managedIdentity.port,
    org_id: found.managedIdentity.orgId,
    managed_identity_id: found.id,
    checked: state.checked ?? false,
    host_keys: sameHostKeys(state.host_keys, pinnedOf(keys)),
    require_checked: found.requireChecked,
    allowed_system_users: found.allowedSystemUsers,
    host_key_status: keys.status,
    blocked_reason: found.blockedReason ?? null,
  };
};

const readAgain = async (context: Context, state: State): Promise<State> => {
  const now = stillThere(await read(context, state), 'managed_identity_id', 'identity');
  if (now.host_key_status === 'PENDING')
    context.say({
      severity: 'WARNING',
      summary: 'Nobody has confirmed the host key yet',
      detail: `No key is offered to ${now.host_name} before. Write the keys that the centre publishes into host_keys, or confirm a fingerprint on the server (PUT /identities/${now.managed_identity_id}/host-keys).`,
      path: ['host_keys'],
    });
  return now;
};

export const managedIdentity = defineResource({
  noun: 'managed_identity',
  section: 'Clusters',
  version: 1,
  attributes,
  description: `A cluster, as a managed identity: members connect to it with a key of their own, each under their own Linux account.

All five grid schedulers are supported. The configuration counts for every environment on the identity that does not say otherwise.`,
  example: `resource "PREFIX_managed_identity" "cluster" {
  org_id     = 1
  name       = "cluster"
  platform   = "slurm-platform"
  host_name  = "login.example.org"
  work_dir   = "/scratch/biolab"
  head_queue = "short"

  host_keys = [
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJcNhNPGFMIvFLRz7lS2jRxGqTmdGC6xJZTlmmWzHkT7",
  ]

  environment = [
    { name = "NXF_ANSI_LOG", value = "false" },
    { name = "TMPDIR", value = "/scratch/tmp", compute = true },
  ]
}`,
  importKeys: [
    { name: 'managed_identity_id', kind: 'number', required: true },
    { name: 'org_id', kind: 'number', required: false },
  ],
  importExample: '{"managed_identity_id": 0, "org_id": 0}',
  check: checkGrid,
  imported: ({ managed_identity_id, org_id }) => ({
    managed_identity_id: managed_identity_id as number,
    org_id: (org_id ?? null) as number | null,
    checked: false,
  }),
  read,
  create: async (context, { planned }) => {
    const made = await context.call(createIdentity, {
      query: place(planned).query,
      body: {
        ...bodyOf(planned, planned.host_keys),
        ...(planned.managed_identity_id !== null && { id: planned.managed_identity_id }),
      },
    });
    return readAgain(context, {
      ...planned,
      managed_identity_id: made.id,
      org_id: made.managedIdentity.orgId,
    });
  },
  update: async (context, { config, planned, prior }) => {
    // Unless the host keys are written here they are somebody else's to confirm.
    await context.call(updateIdentity, {
      ...place(prior),
      body: { managedIdentity: bodyOf(planned, config.host_keys) },
    });
    return readAgain(context, {
      ...planned,
      managed_identity_id: prior.managed_identity_id,
      org_id: prior.org_id,
    });
  },
  remove: async (context, state) => {
    const { params, query } = place(state);
    const checked = state.checked ?? false;
    await orGone(context.call(deleteIdentity, { params, query: { ...query, checked } }));
  },
});
