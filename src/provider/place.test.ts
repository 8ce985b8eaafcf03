/** Which attribute a server's sentence is shown at. */
import { expect, test } from 'vitest';
import { ClientProblem } from '#client/problem.ts';
import { resources } from './catalogue.ts';
import { explain } from './diagnostics.ts';
import { placeOf } from './place.ts';
import type { ValueMap } from './values/value.ts';

const at = (noun: string, status: number, message: string, config: ValueMap = {}) => {
  const resource = resources.get(noun);
  if (!resource) throw new Error(noun);
  return placeOf(resource, new ClientProblem(message, { kind: 'refused', status }), config)?.join('.');
};

test.each([
  ['managed_credentials', 'metadata.userName: may not be root', 'linux_user_name'],
  ['managed_credentials', 'privateKey: this is a public key', 'private_key_wo'],
  ['managed_credentials', 'credentials.keys.passphrase: does not open it', 'passphrase_wo'],
  ['managed_identity', 'config.hostName: must be a host name', 'host_name'],
  ['managed_identity', 'managedIdentity.config.environment.3.name: must be letters', 'environment.3.name'],
  ['compute_env', 'config.jumpHosts.0.hostKeys: give the host keys', 'jump_hosts.0.host_keys'],
  ['compute_env', 'config.environment: holds too many', 'environment'],
  ['managed_identity', 'name: is already taken', 'name'],
  ['compute_env', 'computeEnv.config.maxQueueSize: must be at least 1', 'max_queue_size'],
  ['compute_env', 'computeEnv.managedIdentityId: Unknown managed identity: 7', 'managed_identity_id'],
  ['ssh_credential', 'credentials.keys.privateKey: cannot be read', 'private_key_wo'],
  ['participant', 'role: must be one of owner', 'role'],
])('%s: %s', (noun, message, attribute) => {
  expect(at(noun, 400, message)).toBe(attribute);
});

test('who is unknown is shown where they are named', () => {
  const unknown = 'Unknown member: 5 is not in this organisation';
  expect(at('managed_credentials', 404, unknown, { user_id: 5 })).toBe('user_id');
  expect(at('managed_credentials', 404, unknown, { managed_credentials_id: 5 })).toBe(
    'managed_credentials_id',
  );
  // Both are written, or neither: the one that says more.
  expect(at('managed_credentials', 404, unknown, { user_id: 5, managed_credentials_id: 5 })).toBe('user_id');
  expect(at('managed_credentials', 404, unknown)).toBe('user_id');
  expect(at('managed_credentials', 404, 'Unknown organisation: 9')).toBe('org_id');
  expect(at('compute_env', 404, 'Unknown credentials: x', { credentials_id: 'x' })).toBe('credentials_id');
});

test('a missing right is shown at what is asked for; what names nothing, at the whole', () => {
  const message = 'Only an owner may do this for somebody else';
  expect(at('managed_credentials', 403, message, { user_id: 5 })).toBe('user_id');
  expect(at('managed_credentials', 403, message, { org_id: 7 })).toBe('org_id');
  expect(at('workspace', 403, message, { org_id: 7 })).toBe('org_id');
  expect(at('compute_env', 403, message)).toBe('workspace_id');
  expect(at('compute_env', 409, 'Two runs depend on it')).toBeUndefined();
});

test('what stands in the way is listed, and nothing of the answer is lost', () => {
  const conflicts = [
    { type: 'workflow', id: 'a1', name: 'big_run', url: 'https://x/a1' },
    { type: 'workflow', id: 'b2', name: 'small_run', url: 'https://x/b2' },
  ];
  const problem = new ClientProblem('2 runs depend on this key.', {
    kind: 'refused',
    status: 409,
    conflicts,
  });
  const { summary, detail } = explain(problem, 'delete managed_credentials', () => undefined);
  expect(summary).toBe('Cannot delete managed_credentials. The server has a conflict');
  expect(detail).toBe(
    '2 runs depend on this key.\n  - big_run (a1): https://x/a1\n  - small_run (b2): https://x/b2',
  );
  const taken = new ClientProblem('name: is already taken', { kind: 'refused', status: 409 });
  expect(explain(taken, 'create workspace', () => undefined).detail).toContain('import it');
  expect(explain(taken, 'update workspace', () => undefined).detail).not.toContain('import it');
});
