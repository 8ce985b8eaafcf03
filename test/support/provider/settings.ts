/** What most provider tests begin with: a built provider, a server, and clusters that nobody can reach. */
import { afterAll, expect } from 'vitest';
import { freshName } from '#test/support/road.ts';
import type { ReadyServer } from '#test/support/server.ts';
import { contentOfFile, createKeyMaker } from '#vault/key-formats/make-keys.ts';
import type { BuiltProvider } from './build.ts';
import type { Outcome, Stack, StackOptions } from './stack.ts';

/** Without the line breaks and frames that Terraform puts into sentences. */
export const flat = (text: string): string => text.replaceAll(/[\s│╷╵]+/g, ' ');

export const optionsFor =
  (built: BuiltProvider, server: ReadyServer) =>
  (more: Partial<StackOptions> & { token?: string } = {}): StackOptions => ({
    provider: 'latchkey',
    providerDir: built.dir,
    environment: { LATCHKEY_SERVER_URL: server.url, LATCHKEY_TOKEN: more.token ?? server.ownerToken },
    ...more,
  });

/** Registers a cluster that nobody can reach: keys are stored there as unverified. */
export const unreachableCluster = async (
  server: ReadyServer,
  config: Record<string, unknown> = {},
): Promise<number> => {
  const { body } = await server.owner.post<{ id: number }>(`/identities?orgId=${server.organisationId}`, {
    name: freshName('hpc'),
    platform: 'slurm-platform',
    config: { hostName: '127.0.0.1', port: 1, ...config },
  });
  return body.id;
};

/** Somebody with an account on the server who is in no organisation any more. */
export const outsider = async (server: ReadyServer, label: string) => {
  const name = freshName(label);
  const person = await server.addMember(name);
  const members = `/orgs/${server.organisationId}/members`;
  const { body } = await server.owner.get<{ members: { memberId: number }[] }>(`${members}?search=${name}`);
  await server.owner.del(`${members}/${body.members[0]?.memberId}`);
  return { ...person, name };
};

/** A resource, and its attributes as HCL writes them. */
export const resource = (address: string, lines: Readonly<Record<string, string | number>>): string => {
  const [type, name] = address.split('.');
  const written = Object.entries(lines).map(([key, value]) => `  ${key} = ${value}\n`);
  return `resource "${type}" "${name}" {\n${written.join('')}}\n`;
};

/** The variable that a key comes in by: in no plan file, as the documentation asks for. */
export const keyVariable = 'variable "key" {\n  type      = string\n  ephemeral = true\n}\n';

/** A key that everybody in the workspace shares, from that variable; with more attributes, or others. */
export const sharedKey = (
  server: ReadyServer,
  name: string,
  lines: Readonly<Record<string, string | number>> = { private_key_wo_version: 1 },
): string =>
  keyVariable +
  resource('latchkey_ssh_credential.shared', {
    workspace_id: server.workspaceId,
    name: `"${name}"`,
    private_key_wo: 'var.key',
    ...lines,
  });

export interface CredentialRow {
  managedCredentialsId: number | null;
  status: string;
  fingerprint?: string;
  nextKey?: { fingerprint: string };
  metadata?: { userName?: string; account?: string };
}

/** One member's row, as owners see it. */
export const rowOf = async (server: ReadyServer, id: number, userId: number): Promise<CredentialRow> => {
  const { body } = await server.owner.get<{ managedCredentials: CredentialRow[] }>(
    `/identities/${id}/credentials?orgId=${server.organisationId}&userId=${userId}`,
  );
  const [row] = body.managedCredentials;
  if (!row) throw new Error(`user ${userId} has no row`);
  return row;
};

interface MadeKey {
  privateKey: string;
  publicKey: string;
  fingerprint: string;
}

/** Keys as ssh-keygen makes them, in a folder that goes with the file's tests. */
export const useKeys = (): ((passphrase?: string) => MadeKey) => {
  const make = createKeyMaker();
  afterAll(() => make.remove());
  return (passphrase = '') => {
    const file = make.sshKeygen('-t', 'ed25519', '-N', passphrase);
    const publicKey = contentOfFile(`${file}.pub`).trim();
    const [, fingerprint = ''] = make.fingerprintOf(publicKey).split(' ');
    return { privateKey: contentOfFile(file), publicKey, fingerprint };
  };
};

/** Lines that nobody has in common with another key. */
const secretLines = (privateKey: string): string[] => privateKey.split('\n').slice(1, -2);

/** State, plan file and log have none of these: keys line by line, anything else as a whole. */
export const expectNoSecrets = async (it: Stack, secrets: readonly string[]): Promise<string> => {
  const traces = await it.traces();
  for (const secret of secrets)
    for (const line of secret.startsWith('-----') ? secretLines(secret) : [secret])
      expect(traces.includes(line), line).toBe(false);
  return traces;
};

/** Refused, at this attribute of the configuration, with this sentence. */
export const expectRefusal = (outcome: Outcome, attribute: string | undefined, sentence: RegExp): void => {
  expect(outcome.ok).toBe(false);
  // What was planned before it names attributes too.
  const said = flat(outcome.output.slice(outcome.output.indexOf('Error: ')));
  expect(said).toMatch(sentence);
  // Terraform shows the line of the attribute, the gRPC client its name.
  if (attribute !== undefined) expect(said).toMatch(new RegExp(`${attribute}[.\\[\\]\\d\\w]*\\s+=`));
};
