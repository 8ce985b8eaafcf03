/** Everything that there is, by noun. What is not listed here does not exist. */
import { hostKeys } from './data-sources/host-keys.ts';
import { managedIdentities } from './data-sources/managed-identities.ts';
import { missingCredentials } from './data-sources/missing-credentials.ts';
import { token } from './ephemeral/token.ts';
import { computeEnv } from './resources/compute-env.ts';
import { managedCredentials } from './resources/managed-credentials.ts';
import { managedIdentity } from './resources/managed-identity.ts';
import { member } from './resources/member.ts';
import { participant } from './resources/participant.ts';
import { sshCredential } from './resources/ssh-credential.ts';
import { workspace } from './resources/workspace.ts';

const byNoun = <Kind extends { noun: string }>(...all: Kind[]): ReadonlyMap<string, Kind> =>
  new Map(all.map((one) => [one.noun, one]));

export const resources = byNoun(
  managedIdentity,
  managedCredentials,
  sshCredential,
  computeEnv,
  workspace,
  member,
  participant,
);
export const dataSources = byNoun(managedIdentities, missingCredentials, hostKeys);
export const ephemerals = byNoun(token);
