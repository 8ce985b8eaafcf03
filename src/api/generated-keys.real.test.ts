/** `keys: {generate: "ed25519"}` on the wire: what comes back is a public half, and never more. */
import { describe, expect, test } from 'vitest';
import { identityOf, startApi } from '#test/support/api.ts';
import { onBothDatabases } from '#test/support/databases.ts';

const made = (more: Record<string, unknown> = {}) => ({
  provider: 'ssh',
  metadata: { userName: 'alice' },
  credentials: { provider: 'ssh', keys: { generate: 'ed25519', ...more } },
});
const pasted = { privateKey: '-----BEGIN OPENSSH PRIVATE KEY-----' };

onBothDatabases(({ open }) => {
  describe('a key that is made here', () => {
    test('comes back as its public half with a restricted line, on create, in the list, and after replacing', async () => {
      const api = await startApi(await open());
      const owner = await api.organisation('acme', 'olivia');
      const alice = await api.person('alice', 'acme');
      const id = await identityOf(api, owner);
      const created = await api.call('POST', `/api/identities/${id}/credentials`, {
        as: alice,
        body: made(),
      });
      const line = `restrict ssh-ed25519 AAAA latchkey:identity-${id}:user-${alice.id}`;
      expect(created.json()).toEqual({
        managedCredentialsId: alice.id,
        managedCredentials: { id: alice.id },
        status: 'unverified',
        message: expect.stringContaining('authorized_keys'),
        publicKey: 'ssh-ed25519 AAAA',
        authorizedKeysLine: line,
      });
      const row = async () =>
        (await api.call('GET', `/api/identities/${id}/credentials`, { as: alice })).json()
          .managedCredentials[0];
      expect(await row()).toMatchObject({ status: 'unverified', authorizedKeysLine: line });
      expect(await row()).not.toHaveProperty('nextKey');

      const again = await api.call('PUT', `/api/identities/${id}/credentials/${alice.id}`, {
        as: alice,
        body: made(),
      });
      expect(again.statusCode).toBe(204);
      expect(await row()).toMatchObject({
        status: 'unverified',
        nextKey: { fingerprint: 'SHA256:test', authorizedKeysLine: line },
      });
    });

    test('a given key and a made one exclude each other, and there is one kind', async () => {
      const api = await startApi(await open());
      const owner = await api.organisation('acme', 'olivia');
      const path = `/api/identities/${await identityOf(api, owner)}/credentials`;
      const both = await api.call('POST', path, { as: owner, body: made(pasted) });
      expect(both.statusCode).toBe(400);
      expect(both.json().message).toMatch(/^credentials\.keys\.generate: cannot go together/);
      const rsa = await api.call('POST', path, { as: owner, body: made({ generate: 'rsa' }) });
      expect(rsa.statusCode).toBe(400);
      expect(rsa.json().message).toMatch(/^credentials\.keys\.generate: must be one of ed25519/);
    });

    test('an owner has one made for a member; another member cannot', async () => {
      const api = await startApi(await open());
      const owner = await api.organisation('acme', 'olivia');
      const [alice, bob] = [await api.person('alice', 'acme'), await api.person('bob', 'acme')];
      const path = `/api/identities/${await identityOf(api, owner)}/credentials?userId=${alice.id}`;
      expect((await api.call('POST', path, { as: bob, body: made() })).statusCode).toBe(403);
      const answer = await api.call('POST', path, { as: owner, body: made() });
      expect(answer.json()).toMatchObject({ managedCredentialsId: alice.id, status: 'unverified' });
    });
  });
});
