/** Access tokens that have ended take nobody's room. On both databases. */
import { expect, test } from 'vitest';
import { startApi } from '#test/support/api.ts';
import { onBothDatabases } from '#test/support/databases.ts';

onBothDatabases(({ open }) => {
  test('those that have expired make room, and are gone with the next one', async () => {
    const store = await open();
    const api = await startApi(store);
    const owner = await api.organisation('acme', 'olivia');
    const make = (name: string) => api.call('POST', '/api/tokens', { as: owner, body: { name } });
    const hash = 'no token has it';
    const row = {
      userId: owner.id,
      hash,
      lastUsedAt: null,
      power: null,
      organisationId: null,
      workspaceId: null,
    };
    const now = api.clock.now();
    for (let count = 0; count < 199; count += 1)
      await store.tokens.insert({
        ...row,
        name: `t${count}`,
        hash: `${hash} ${count}`,
        createdAt: now,
        expiresAt: now + 5,
      });
    const full = await make('one more');
    expect([full.statusCode, full.json().message]).toEqual([
      400,
      'olivia has 200 access tokens already: delete some first',
    ]);
    api.clock.advance(5);
    expect((await make('one more')).statusCode).toBe(200);
    expect((await store.tokens.listOfUser(owner.id)).map(({ name }) => name)).toEqual(['one more', 'test']);
    const [last] = await store.audit.list({ max: 10, event: 'access_token_deleted' });
    expect(last).toMatchObject({ state: { metadata: { why: 'it had expired' } } });
  });
});
