/**
 * One member's SSH key on one cluster. Without a key it adopts what the member has; with one it comes in at each change
 * of its version and is kept nowhere; or it is born in the server's vault and never leaves it.
 */
import {
  createManagedCredentials,
  deleteManagedCredentials,
  listManagedCredentials,
  updateManagedCredentials,
} from '#contract/managed-credentials.ts';
import { AtPlace } from '../diagnostics.ts';
import { type Change, type Context, defineResource } from '../resource.ts';
import type { Values } from '../schema/attribute.ts';
import { unknownValue, type Value } from '../values/value.ts';
import { orGone, stillThere } from './gone.ts';
import { managedCredentialAttributes as attributes } from './managed-credentials-attributes.ts';
import {
  checkMember,
  describeMissing,
  describeWaiting,
  type KeySource,
  keySourceOf,
  metadataOf,
} from './member-keys.ts';

type State = Values<typeof attributes>;
type Row = Awaited<ReturnType<typeof findRows>>['managedCredentials'][number];

const findRows = (
  context: Context,
  state: Pick<State, 'managed_identity_id' | 'org_id'>,
  userId: number | null,
) =>
  context.call(listManagedCredentials, {
    params: { managedIdentityId: state.managed_identity_id ?? 0 },
    query: { orgId: state.org_id ?? 0, ...(userId !== null && { userId }), max: 1 },
  });

/** By the member's number, which is also the credential's. */
const memberOf = (state: Pick<State, 'user_id' | 'managed_credentials_id'>): number | null =>
  state.user_id ?? state.managed_credentials_id;

/** An empty text takes away what there is, and stays what is written. */
const takenAway = (kept: string | null): string | null => (kept === '' ? '' : null);

const stateOf = (kept: State, row: Row, totalSize: number): State => {
  const newest = row.nextKey ?? row;
  return {
    ...kept,
    checked: kept.checked ?? false,
    credential_provider: 'ssh',
    managed_credentials_id: row.managedCredentialsId,
    managed_identity_id: row.managedIdentityId,
    org_id: row.orgId,
    user_id: row.userId,
    user_name: row.userName,
    total_size: totalSize,
    linux_user_name: row.metadata?.userName ?? null,
    account: row.metadata?.account ?? takenAway(kept.account),
    head_job_options: row.metadata?.headJobOptions ?? takenAway(kept.head_job_options),
    key_source: kept.key_source ?? 'adopted',
    public_key: newest.publicKey ?? null,
    authorized_keys_line: newest.authorizedKeysLine ?? null,
    fingerprint: row.fingerprint ?? null,
    next_fingerprint: row.nextKey?.fingerprint ?? null,
    status: row.status,
    message: row.message ?? null,
  };
};

/** What there is now, with a word where a launch would be refused. Null: nothing. */
const read = async (context: Context, state: State): Promise<State | null> => {
  const found = await orGone(findRows(context, state, memberOf(state)));
  const row = found?.managedCredentials[0];
  if (!found || !row || row.managedCredentialsId === null) return null;
  const now = stateOf(state, row, found.totalSize);
  describeMissing(context, now);
  return now;
};

/** After a change: with a word on what somebody still has to do. */
const readAgain = async (context: Context, state: State): Promise<State> => {
  const now = stillThere(await read(context, state), 'managed_credentials_id', 'credential');
  describeWaiting(context, now);
  return now;
};

/** Sends a key, or has one made: this creates, and it replaces. */
const saveKey = async (
  context: Context,
  { config, planned }: Pick<Change<typeof attributes>, 'config' | 'planned'>,
  source: Exclude<KeySource, 'adopted'>,
  userId: number,
): Promise<void> => {
  const { private_key_wo: privateKey, passphrase_wo: passphrase } = config;
  const keys =
    source === 'generated'
      ? { generate: 'ed25519' as const }
      : { privateKey: privateKey ?? '', ...(passphrase !== null && { passphrase }) };
  await context.call(createManagedCredentials, {
    params: { managedIdentityId: planned.managed_identity_id ?? 0 },
    query: { orgId: planned.org_id ?? 0, userId },
    body: { provider: 'ssh', metadata: metadataOf(planned), credentials: { provider: 'ssh', keys } },
  });
};

/** Takes over what the member has, or notes that their key is still missing. */
const adopt = async (context: Context, planned: State, userId: number): Promise<void> => {
  await context.call(createManagedCredentials, {
    params: { managedIdentityId: planned.managed_identity_id ?? 0 },
    query: { orgId: planned.org_id ?? 0, userId },
    body: { metadata: metadataOf(planned), managedCredentials: { provider: 'ssh', userId } },
  });
};

const settings = ['linux_user_name', 'account', 'head_job_options'] as const;

export const managedCredentials = defineResource({
  noun: 'managed_credentials',
  section: 'Clusters',
  version: 1,
  attributes,
  description: `One member's SSH key on one cluster (a managed identity). Pipelines that the member launches run under their own Linux account with it.

The key comes from one of three places, and never enters state, plan or log:

- **nowhere**: the resource adopts the member's credential as it is. Where the member has none yet, an entry is made that still misses its key, and a warning says so with each plan until the member has added it.
- **\`private_key_wo\`**: a write-only key (Terraform 1.11 or newer). Raise \`private_key_wo_version\` to send another one. It proves itself on the cluster before it replaces the old one.
- **\`generate = "ed25519"\`**: the key is made in the server's vault and never leaves it. Put \`authorized_keys_line\` into the account's \`~/.ssh/authorized_keys\` on the cluster, then have it verified (\`POST …/verify\`, or the console). Where the member has a key that works, the new one waits until the cluster lets it in, and the old one serves until then: so asking for a new key loses none.

A plan file holds the values of variables that are not ephemeral, also of those that only a write-only attribute uses: declare a variable for a key as \`ephemeral = true\`, or read the key with \`file()\`.

Destroying the resource deletes the member's credential. Runs that depend on it are stopped, or, with \`checked = true\`, named, and nothing is deleted.`,
  example: `# Adopts what the member has added, or notes that it is missing.
resource "PREFIX_managed_credentials" "alice" {
  managed_identity_id = PREFIX_managed_identity.cluster.managed_identity_id
  org_id              = 1
  user_id             = 5
  checked             = true
}

# A key of your own, kept nowhere by Terraform. Raise the version to rotate.
variable "bob_private_key" {
  type      = string
  ephemeral = true
}

resource "PREFIX_managed_credentials" "bob" {
  managed_identity_id    = PREFIX_managed_identity.cluster.managed_identity_id
  org_id                 = 1
  user_id                = 6
  linux_user_name        = "bob"
  private_key_wo         = var.bob_private_key
  private_key_wo_version = 1
}

# A key that is born in the vault and stays there.
resource "PREFIX_managed_credentials" "carol" {
  managed_identity_id = PREFIX_managed_identity.cluster.managed_identity_id
  org_id              = 1
  user_id             = 7
  linux_user_name     = "carol"
  generate            = "ed25519"
}

output "line_for_carol" {
  value = PREFIX_managed_credentials.carol.authorized_keys_line
}`,
  places: {
    userName: ['linux_user_name'],
    privateKey: ['private_key_wo'],
    passphrase: ['passphrase_wo'],
  },
  scope: [['user_id'], ['managed_credentials_id'], ['org_id']],
  importKeys: [
    { name: 'managed_identity_id', kind: 'number', required: true },
    { name: 'org_id', kind: 'number', required: true },
    { name: 'managed_credentials_id', kind: 'number', required: false },
    { name: 'user_id', kind: 'number', required: false },
  ],
  importExample: '{"managed_identity_id": 0, "org_id": 0}',

  check: checkMember,

  plan: (draft, me) => {
    const { config, planned, prior } = draft;
    const written: Value = config['user_id'] ?? config['managed_credentials_id'] ?? null;
    const member: Value = written ?? prior?.['user_id'] ?? me?.userId ?? unknownValue;
    planned['user_id'] = member;
    planned['managed_credentials_id'] = member;
    const source = keySourceOf(config);
    planned['key_source'] = source === 'adopted' && prior ? (prior['key_source'] ?? source) : source;
    // The entry is there and its key is not: what is to be sent must be sent, though nothing that is written has changed.
    if (prior?.['status'] === 'missing' && source !== 'adopted') planned['status'] = unknownValue;
  },

  imported: async ({ managed_identity_id, org_id, user_id, managed_credentials_id }, context) => {
    if (user_id && managed_credentials_id && user_id !== managed_credentials_id)
      throw new AtPlace(
        [],
        'user_id and managed_credentials_id differ: a credential has the number of its member',
      );
    const place = {
      managed_identity_id: managed_identity_id as number,
      org_id: org_id as number,
      checked: false,
    };
    const named = (user_id ?? managed_credentials_id ?? null) as number | null;
    if (named !== null) return { ...place, user_id: named, managed_credentials_id: named };
    // The first row is whoever asks, where they have a credential.
    const [first] = (await findRows(context, place, null)).managedCredentials;
    if (!first || first.managedCredentialsId === null)
      throw new AtPlace(
        [],
        `Nobody has a credential on managed identity ${place.managed_identity_id} yet: there is nothing to import`,
      );
    return { ...place, user_id: first.userId, managed_credentials_id: first.managedCredentialsId };
  },

  read,

  create: async (context, { config, planned }) => {
    const userId = memberOf(planned) ?? context.me().userId;
    const source = keySourceOf(config);
    const state = { ...planned, user_id: userId, managed_credentials_id: userId };
    const before =
      source === 'given' ? (await findRows(context, state, userId)).managedCredentials[0] : undefined;
    if (source === 'adopted') await adopt(context, planned, userId);
    else await saveKey(context, { config, planned }, source, userId);
    if (before?.fingerprint)
      context.say({
        severity: 'WARNING',
        summary: 'A key was replaced',
        detail: `${before.userName} had a key on this managed identity already (${before.fingerprint}). The given one has taken its place.`,
        path: ['private_key_wo'],
      });
    return readAgain(context, state);
  },

  update: async (context, { config, planned, prior }) => {
    const userId = memberOf(planned) ?? context.me().userId;
    const source = keySourceOf(config);
    const rekeyed =
      planned.private_key_wo_version !== prior.private_key_wo_version ||
      planned.key_source !== prior.key_source ||
      prior.status === 'missing';
    if (source !== 'adopted' && rekeyed) await saveKey(context, { config, planned }, source, userId);
    else if (settings.some((name) => planned[name] !== prior[name]))
      await context.call(updateManagedCredentials, {
        params: { managedIdentityId: planned.managed_identity_id ?? 0, managedCredentialsId: userId },
        query: { orgId: planned.org_id ?? 0 },
        body: { metadata: metadataOf(planned), managedCredentials: { provider: 'ssh', userId } },
      });
    return readAgain(context, { ...prior, ...planned });
  },

  remove: async (context, state) => {
    const deleted = context.call(deleteManagedCredentials, {
      params: {
        managedIdentityId: state.managed_identity_id ?? 0,
        managedCredentialsId: memberOf(state) ?? '',
      },
      query: { orgId: state.org_id ?? 0, checked: state.checked ?? false },
    });
    await orGone(deleted);
  },
});
