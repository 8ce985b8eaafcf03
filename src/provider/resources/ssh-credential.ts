/** An SSH key that a workspace shares, for environments that name their host themselves. */
import {
  createCredentials,
  deleteCredentials,
  describeCredentials,
  updateCredentials,
} from '#contract/credentials.ts';
import { AtPlace, clash } from '../diagnostics.ts';
import { type Context, defineResource } from '../resource.ts';
import { flag, number, text, type Values } from '../schema/attribute.ts';
import { name, positive, said } from '../schema/rules.ts';
import { isGiven } from '../values/value.ts';
import { orGone, stillThere } from './gone.ts';
import { checkKeyParts, keyAttributes } from './member-keys.ts';

const { private_key_wo, passphrase_wo, private_key_wo_version } = keyAttributes;
const rotates = ['private_key_wo_version'];

const attributes = {
  name: text({ required: true, check: name, description: 'Name, unique in the workspace.' }),
  workspace_id: number({
    optional: true,
    replaces: true,
    check: positive,
    description: 'Number of the workspace. Default: the personal context of whose token it is.',
  }),
  description: text({ optional: true, check: said(), description: 'For people.' }),
  private_key_wo,
  passphrase_wo,
  private_key_wo_version,
  private_key: text({
    optional: true,
    writeOnly: true,
    check: said(),
    description: 'Another name of `private_key_wo`, under which existing configurations have it.',
  }),
  passphrase: text({
    optional: true,
    writeOnly: true,
    description: 'Another name of `passphrase_wo`; may be empty.',
  }),
  checked: flag({
    optional: true,
    computed: true,
    default: false,
    description: 'Refuse to delete the key while runs depend on it, and name them.',
  }),
  credentials_id: text({ description: 'Id of the credentials.' }),
  provider_type: text({ description: 'Always `ssh`.' }),
  fingerprint: text({ follows: rotates, description: 'Fingerprint of the key in use.' }),
  key_type: text({ follows: rotates, description: 'Type of the key, such as `ssh-ed25519`.' }),
  status: text({ follows: rotates, description: '`AVAILABLE` or `INVALID`.' }),
  message: text({ follows: rotates, description: 'What is wrong with the key; otherwise null.' }),
};

type State = Values<typeof attributes>;

const keysOf = (config: State) => {
  const passphrase = config.passphrase_wo ?? (config.passphrase || null);
  return {
    privateKey: config.private_key_wo ?? config.private_key ?? '',
    ...(passphrase !== null && { passphrase }),
  };
};

const query = ({ workspace_id }: Pick<State, 'workspace_id'>) => ({
  ...(workspace_id !== null && { workspaceId: workspace_id }),
});
const place = (state: State) => ({
  params: { credentialsId: state.credentials_id ?? '' },
  query: query(state),
});

const read = async (context: Context, state: State): Promise<State | null> => {
  const found = await orGone(context.call(describeCredentials, place(state)));
  if (!found) return null;
  const { credentials } = found;
  return {
    ...state,
    name: credentials.name,
    description: credentials.description || null,
    provider_type: 'ssh',
    checked: state.checked ?? false,
    credentials_id: credentials.id,
    fingerprint: credentials.fingerprint ?? null,
    key_type: credentials.keyType ?? null,
    status: credentials.status ?? null,
    message: credentials.message ?? null,
  };
};

const readAgain = async (context: Context, state: State): Promise<State> =>
  stillThere(await read(context, state), 'credentials_id', 'key');

export const sshCredential = defineResource({
  noun: 'ssh_credential',
  section: 'Clusters',
  version: 1,
  attributes,
  description: `An SSH key that everybody shares who may launch in the workspace. Where each member should run under their own account, use a managed identity with \`managed_credentials\` instead.

The key is write-only: it is in no state and no plan. Raise \`private_key_wo_version\` to replace it in place: the id stays, and environments that use it go on.`,
  example: `variable "shared_key" {
  type      = string
  ephemeral = true
}

resource "PREFIX_ssh_credential" "shared" {
  workspace_id           = 1
  name                   = "cluster-key"
  private_key_wo         = var.shared_key
  private_key_wo_version = 1
}`,
  places: { privateKey: ['private_key_wo'], passphrase: ['passphrase_wo'] },
  importKeys: [
    { name: 'credentials_id', kind: 'text', required: true },
    { name: 'workspace_id', kind: 'number', required: false },
  ],
  importExample: '{"credentials_id": "…", "workspace_id": 0}',
  check: (config) =>
    isGiven(config['private_key']) && isGiven(config['private_key_wo'])
      ? [clash(['private_key'], 'is another name of private_key_wo: give one of them')]
      : checkKeyParts(config, ['private_key_wo', 'private_key']),
  plan: ({ config, prior }) => {
    if (!prior && !isGiven(config['private_key']) && !isGiven(config['private_key_wo']))
      throw new AtPlace(['private_key_wo'], 'private_key_wo: give the private key');
  },
  imported: ({ credentials_id, workspace_id }) => ({
    credentials_id: credentials_id as string,
    workspace_id: (workspace_id ?? null) as number | null,
    checked: false,
  }),
  read,
  create: async (context, { config, planned }) => {
    const { credentialsId } = await context.call(createCredentials, {
      query: query(planned),
      body: {
        credentials: {
          name: planned.name ?? '',
          provider: 'ssh',
          ...(planned.description !== null && { description: planned.description }),
          keys: keysOf(config),
        },
      },
    });
    return readAgain(context, { ...planned, credentials_id: credentialsId });
  },
  update: async (context, { config, planned, prior }) => {
    const rotated = planned.private_key_wo_version !== prior.private_key_wo_version;
    const renamed = planned.name !== prior.name || planned.description !== prior.description;
    const keys = keysOf(config);
    if (renamed || (rotated && keys.privateKey !== ''))
      await context.call(updateCredentials, {
        ...place(prior),
        body: {
          credentials: {
            name: planned.name ?? '',
            description: planned.description ?? '',
            ...(rotated && keys.privateKey !== '' && { keys }),
          },
        },
      });
    return readAgain(context, { ...planned, credentials_id: prior.credentials_id });
  },
  remove: async (context, state) => {
    const { params, query: where } = place(state);
    const checked = state.checked ?? false;
    await orGone(context.call(deleteCredentials, { params, query: { ...where, checked } }));
  },
});
