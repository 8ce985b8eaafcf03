/** What a member's key on a cluster is written as. The first eight are those of the published provider. */
import { choice, flag, number, text } from '../schema/attribute.ts';
import { positive, said } from '../schema/rules.ts';
import { keyAttributes } from './member-keys.ts';

const rotates = ['private_key_wo_version', 'generate', 'key_source', 'status'];

export const managedCredentialAttributes = {
  managed_identity_id: number({
    required: true,
    replaces: true,
    check: positive,
    description: 'Number of the managed identity: the cluster.',
  }),
  org_id: number({
    required: true,
    replaces: true,
    check: positive,
    description: 'Number of the organisation.',
  }),
  checked: flag({
    optional: true,
    computed: true,
    default: false,
    description:
      'Refuse to delete the credential while runs depend on it, and name them. Otherwise they are stopped.',
  }),
  credential_provider: choice(['ssh'], {
    optional: true,
    computed: true,
    default: 'ssh',
    description: 'Kind of credential.',
  }),
  managed_credentials_id: number({
    optional: true,
    computed: true,
    replaces: true,
    check: positive,
    description: "Number of the credential, which is the member's user number.",
  }),
  user_id: number({
    optional: true,
    computed: true,
    replaces: true,
    check: positive,
    description: 'User number of the member. Default: whose token it is.',
  }),
  total_size: number({ description: 'Number of credentials that these numbers name: 1.' }),
  user_name: text({ description: "The member's user name on the server." }),

  linux_user_name: text({
    optional: true,
    computed: true,
    check: said(),
    description:
      "The member's Linux account on the cluster. Needed with a key, unless the managed identity names one for all.",
  }),
  account: text({
    optional: true,
    computed: true,
    description:
      "The scheduler's account, project or billing group that this member's jobs are charged to. What is not written here stays as it is; an empty text takes it away.",
  }),
  head_job_options: text({
    optional: true,
    computed: true,
    description:
      "Options that are added to this member's submissions alone. What is not written here stays as it is; an empty text takes them away.",
  }),
  ...keyAttributes,
  key_source: text({ description: 'Where the key came from: `adopted`, `given` or `generated`.' }),
  public_key: text({
    follows: rotates,
    description: 'Public half of the newest key: of the one that waits to be let in, where there is one.',
  }),
  authorized_keys_line: text({
    follows: rotates,
    description:
      "Line for the account's `~/.ssh/authorized_keys` that lets the newest key in, for commands alone (`restrict`).",
  }),
  fingerprint: text({ follows: rotates, description: 'Fingerprint of the key in use.' }),
  next_fingerprint: text({
    follows: rotates,
    description: 'Fingerprint of a key that is to follow once the cluster lets it in; otherwise null.',
  }),
  status: text({
    follows: [...rotates, 'linux_user_name'],
    description: '`missing`, `unverified`, `verified` or `refused`.',
  }),
  message: text({
    follows: [...rotates, 'linux_user_name'],
    description: 'What is to be known or done about the key.',
  }),
};
