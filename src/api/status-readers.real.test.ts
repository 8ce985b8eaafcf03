/** A status reader on the wire: what comes back is a public half and a line, and only an owner gets that. */
import { expect, test } from 'vitest';
import { identityOf, startApi } from '#test/support/api.ts';
import { onBothDatabases } from '#test/support/databases.ts';

const made = {
  provider: 'ssh',
  metadata: { userName: 'observer' },
  credentials: { provider: 'ssh', keys: { generate: 'ed25519' } },
};
const pasted = { privateKey: 'PRIVATE KEY', passphrase: '' };

onBothDatabases(({ open }) => {
  test('made, shown with the line that binds it, kept untried where the cluster is not reached, deleted', async () => {
    const store = await open();
    const api = await startApi(store);
    const owner = await api.organisation('acme', 'olivia');
    const id = await identityOf(api, owner);
    const path = `/api/identities/${id}/status-reader`;
    expect((await api.call('GET', path, { as: owner })).statusCode).toBe(404);
    const created = await api.call('PUT', path, { as: owner, body: made });
    expect(created.statusCode).toBe(200);
    expect(created.json()).toEqual({
      managedIdentityId: id,
      userName: 'observer',
      status: 'unverified',
      message: expect.stringContaining('authorized_keys'),
      fingerprint: 'SHA256:test',
      keyType: 'ssh-ed25519',
      publicKey: 'ssh-ed25519 AAAA',
      authorizedKeysLine: `restrict,command="answer questions" ssh-ed25519 AAAA latchkey:identity-${id}:status-reader`,
      forceCommand: 'answer questions',
      sees: 'unknown',
      hiddenUsers: [],
      dateCreated: expect.any(String),
      lastUpdated: expect.any(String),
    });
    const verified = await api.call('POST', `${path}/verify`, { as: owner });
    expect([verified.statusCode, verified.json().ok]).toEqual([200, false]);
    const other = await api.call('PUT', path, {
      as: owner,
      body: { ...made, credentials: { provider: 'ssh', keys: pasted } },
    });
    expect(other.json()).toMatchObject({
      status: 'unverified',
      message: expect.stringContaining('Not tried'),
    });
    await store.statusReaders.update(id, { seenAt: 5, hiddenUsers: ['bob'] });
    expect((await api.call('GET', path, { as: owner })).json()).toMatchObject({
      sees: 'not everybody',
      hiddenUsers: ['bob'],
    });
    expect((await api.call('DELETE', path, { as: owner })).statusCode).toBe(204);
    expect((await api.call('GET', path, { as: owner })).statusCode).toBe(404);
    const events = (await store.audit.list({ max: 100 })).map((row) => row.event);
    expect(events.filter((event) => event.startsWith('status_reader')).toReversed()).toEqual([
      'status_reader_created',
      'status_reader_updated',
      'status_reader_deleted',
    ]);
  });

  test('members and strangers are kept out, and what is wrong is named', async () => {
    const api = await startApi(await open());
    const owner = await api.organisation('acme', 'olivia');
    const alice = await api.person('alice', 'acme');
    const mallory = await api.organisation('other', 'mallory');
    const path = `/api/identities/${await identityOf(api, owner)}/status-reader`;
    for (const [method, where] of [
      ['GET', path],
      ['PUT', path],
      ['DELETE', path],
      ['POST', `${path}/verify`],
    ] as const) {
      const body = method === 'PUT' ? made : undefined;
      const status = async (as: typeof alice) =>
        (await api.call(method, where, { as, ...(body && { body }) })).statusCode;
      expect([await status(alice), await status(mallory)], method).toEqual([403, 404]);
    }
    const refused = async (body: object) => {
      const answer = await api.call('PUT', path, { as: owner, body });
      return `${answer.statusCode} ${answer.json().message}`;
    };
    expect(await refused({ ...made, metadata: {} })).toMatch(/^400 metadata\.userName: /);
    expect(await refused({ ...made, metadata: { userName: 'root' } })).toMatch(
      /^400 userName: root is a system/,
    );
    expect(await refused({ metadata: { userName: 'observer' } })).toMatch(
      /^400 credentials\.keys\.privateKey: paste/,
    );
    const both = { provider: 'ssh', keys: { ...pasted, generate: 'ed25519' } };
    expect(await refused({ ...made, credentials: both })).toMatch(/^400 credentials\.keys\.generate: cannot/);
  });
});
