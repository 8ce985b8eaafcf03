/** Keys in a configuration: given and kept nowhere, made on the server, or neither. */
import { clash, type Diagnostic } from '../diagnostics.ts';
import type { Context } from '../resource.ts';
import { choice, number, text } from '../schema/attribute.ts';
import { said } from '../schema/rules.ts';
import { isGiven, type ValueMap } from '../values/value.ts';

export type KeySource = 'adopted' | 'given' | 'generated';

/** What a key is written as. */
export const keyAttributes = {
  private_key_wo: text({
    optional: true,
    writeOnly: true,
    check: said(),
    description:
      'Private key (OpenSSH, PEM or PuTTY). Write-only: it is in no state and no plan. Goes together with `private_key_wo_version`.',
  }),
  passphrase_wo: text({
    optional: true,
    writeOnly: true,
    check: said(),
    description: 'Passphrase that opens `private_key_wo`. Write-only; the server does not keep it either.',
  }),
  private_key_wo_version: number({
    optional: true,
    description: 'Raise it to send the key again, or to have another one made.',
  }),
  generate: choice(['ed25519'], {
    optional: true,
    description:
      'Has the key made in the vault of the server, which it never leaves. Instead of `private_key_wo`.',
  }),
};

/** Where the key of this configuration comes from. */
export const keySourceOf = (config: ValueMap): KeySource => {
  if (isGiven(config['private_key_wo'])) return 'given';
  return isGiven(config['generate']) ? 'generated' : 'adopted';
};

/** What a passphrase and a version are of no use without. */
export const checkKeyParts = (config: ValueMap, keys: readonly string[]): Diagnostic[] => {
  if (keys.some((key) => isGiven(config[key]))) return [];
  if (isGiven(config['passphrase_wo']))
    return [clash(['passphrase_wo'], 'opens nothing without private_key_wo')];
  return isGiven(config['private_key_wo_version'])
    ? [clash(['private_key_wo_version'], `changes nothing without ${keys.join(' or ')}`)]
    : [];
};

const checkKeys = (config: ValueMap): Diagnostic[] => {
  const source = keySourceOf(config);
  if (source === 'given' && isGiven(config['generate']))
    return [clash(['generate'], 'cannot go together with private_key_wo: give a key, or have one made')];
  if (source === 'generated' && isGiven(config['passphrase_wo']))
    return [clash(['passphrase_wo'], 'opens nothing without private_key_wo')];
  return checkKeyParts(config, ['private_key_wo', 'generate']);
};

/** Whether what is written about a member and their key goes together. */
export const checkMember = (config: ValueMap): Diagnostic[] => {
  const [member, credential] = [config['user_id'], config['managed_credentials_id']];
  const differ = typeof member === 'number' && typeof credential === 'number' && member !== credential;
  return [
    ...checkKeys(config),
    ...(differ
      ? [
          clash(
            ['managed_credentials_id'],
            `must be ${member}, like user_id: a credential has the number of its member. Leave it out`,
          ),
        ]
      : []),
  ];
};

/** What is not said stays; an empty text takes away. */
export const metadataOf = (planned: {
  linux_user_name: string | null;
  account: string | null;
  head_job_options: string | null;
}) => ({
  ...(planned.linux_user_name !== null && { userName: planned.linux_user_name }),
  ...(planned.account !== null && { account: planned.account || null }),
  ...(planned.head_job_options !== null && { headJobOptions: planned.head_job_options || null }),
});

/** Warns after a change that left a key untried. */
export const describeWaiting = (
  { say }: Pick<Context, 'say'>,
  { status, message, next_fingerprint: next, user_name: user, authorized_keys_line: line }: Described,
): void => {
  if (next !== null)
    say({
      severity: 'WARNING',
      summary: `The new key of ${user} waits to be let in`,
      detail: `${user} has a key already, which serves until the cluster lets the new one in. Add this line to the account's ~/.ssh/authorized_keys there, then have the credential verified:\n${line}`,
    });
  else if (status === 'unverified')
    say({
      severity: 'WARNING',
      summary: `The key of ${user} has not been tried on the cluster`,
      detail: message ?? 'Verify it once the cluster can be reached.',
    });
};

interface Described {
  status: string | null;
  message: string | null;
  user_name: string | null;
  user_id: number | null;
  managed_identity_id: number | null;
  org_id: number | null;
  next_fingerprint: string | null;
  authorized_keys_line: string | null;
}

/** Warns where a launch would be refused, or where somebody has something to do. */
export const describeMissing = ({ say }: Pick<Context, 'say'>, state: Described): void => {
  const who = `${state.user_name} (user ${state.user_id})`;
  const where = `managed identity ${state.managed_identity_id}`;
  if (state.status === 'missing')
    say({
      severity: 'WARNING',
      summary: `${state.user_name} has no SSH key on this cluster yet`,
      detail: `There is an entry for ${who} on ${where}, but its private key is missing, so launches are refused. Let ${state.user_name} add a key (POST /identities/${state.managed_identity_id}/credentials?orgId=${state.org_id}), or give one here: private_key_wo with private_key_wo_version, or generate = "ed25519".`,
    });
  if (state.status === 'refused')
    say({
      severity: 'WARNING',
      summary: `The cluster refuses the key of ${state.user_name}`,
      detail: `${state.message ?? 'It gave no reason.'} Launches of ${who} on ${where} are refused until the key is replaced.`,
    });
};
