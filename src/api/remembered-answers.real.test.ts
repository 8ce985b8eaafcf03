/**
 * Remembered answers are never too old: everything is asked twice, so that it may be remembered, then changed by another
 * process (another API on its own connections to the same database) and by this one, and asked again at once. On both
 * databases, though PostgreSQL remembers nothing.
 */
import { describe, expect, test } from 'vitest';
import { type Person, startApi, type TestApi } from '#test/support/api.ts';
import { onBothDatabases } from '#test/support/databases.ts';
import { peopleHouse } from '#test/support/people-house.ts';

const cluster = (name: string) => ({
  name,
  platform: 'slurm-platform',
  config: { hostName: 'login.example.org' },
});

onBothDatabases(({ name, url, open }) => {
  const house = async (settings = {}) => {
    const at = await url();
    const here = await startApi(await open(at), settings);
    const elsewhere = await startApi(await open(at));
    const { olga, org, workspace, memberOf } = await peopleHouse(here);
    const made = await here.call('POST', '/api/identities', { as: olga, body: cluster('hpc') });
    const identity = `/api/identities/${made.json<{ id: number }>().id}`;
    const bob = await here.person('bob', 'acme', { workspace: 'main' });
    const members = `/api${org}/members`;
    return { here, elsewhere, olga, bob, identity, members, workspace: `/api${workspace}`, memberOf };
  };
  /** The last answer of several. */
  const warm = async (api: TestApi, as: Pick<Person, 'token'>, path: string) => {
    await api.call('GET', path, { as });
    return api.call('GET', path, { as });
  };

  describe.each(['here', 'elsewhere'] as const)('a change made %s', (where) => {
    test('is told at once', async () => {
      const { olga, identity, ...apis } = await house();
      const names = async () => {
        const { managedIdentities } = (await warm(apis.here, olga, '/api/identities')).json();
        return managedIdentities.map((each: { name: string }) => each.name);
      };
      const change = (method: 'PUT' | 'POST' | 'DELETE', path: string, body?: unknown) =>
        apis[where].call(method, path, { as: olga, body });
      expect(await names()).toEqual(['hpc']);
      await change('PUT', identity, { name: 'renamed' });
      expect(await names()).toEqual(['renamed']);
      expect((await warm(apis.here, olga, identity)).json()).toMatchObject({ name: 'renamed' });
      await change('POST', '/api/identities', cluster('second'));
      expect((await names()).toSorted()).toEqual(['renamed', 'second']);
      await change('DELETE', identity);
      expect(await names()).toEqual(['second']);
      expect((await apis.here.call('GET', identity, { as: olga })).statusCode).toBe(404);
    });

    test('takes rights away with the very next request: role, membership, token, session', async () => {
      const { here, olga, bob, identity, members, workspace, memberOf, ...others } = await house();
      const change = { here, ...others }[where].call;
      const asked = [`${identity}/credentials?orgId=${olga.orgId}`, '/api/identities', workspace, members];
      const role = `${members}/${await memberOf(bob)}/role`;
      const rows = async () => (await warm(here, bob, asked[0] ?? '')).json().totalSize;
      expect(await rows()).toBe(1);
      await change('PUT', role, { as: olga, body: { role: 'owner' } });
      expect(await rows()).toBe(2);
      await change('PUT', role, { as: olga, body: { role: 'member' } });
      expect(await rows()).toBe(1);

      for (const path of asked) expect((await warm(here, bob, path)).statusCode).toBe(200);
      await change('DELETE', `${members}/${await memberOf(bob)}`, { as: olga });
      const now = asked.map(async (path) => (await here.call('GET', path, { as: bob })).statusCode);
      expect(await Promise.all(now)).toEqual([404, 403, 404, 404]);

      expect((await warm(here, olga, '/api/identities')).statusCode).toBe(200);
      await change('DELETE', '/api/tokens/delete-all', { as: olga });
      expect((await here.call('GET', '/api/identities', { as: olga })).statusCode).toBe(401);
    });
  });

  test('what a person sees is nobody else’s: other people and narrower tokens get their own', async () => {
    const { here, olga, bob, identity } = await house();
    const stranger = await here.organisation('elsewhere', 'zoe');
    const body = { name: 'narrow', orgId: stranger.orgId };
    const path = `${identity}/credentials?orgId=${olga.orgId}`;
    const narrow = (await here.call('POST', '/api/tokens', { as: stranger, body })).json().accessKey;
    const sizes = async (as: Pick<Person, 'token'>) => {
      const answer = await warm(here, as, path);
      return [answer.statusCode, answer.json().totalSize];
    };
    expect(await sizes(olga)).toEqual([200, 2]);
    expect(await sizes(bob)).toEqual([200, 1]);
    expect(await sizes(stranger)).toEqual([404, undefined]);
    expect(await sizes({ token: narrow })).toEqual([404, undefined]);
    expect((await here.call('GET', path)).statusCode).toBe(401);
    expect(await sizes(olga)).toEqual([200, 2]);
  });

  test('clocks and brakes go on: a token ends by itself, its use is noted, and requests are counted', async () => {
    const { here, olga } = await house({ requestsPerMinute: 12 });
    const ends = new Date(here.clock.now() + 90_000).toISOString();
    const body = { name: 'short', expiresAt: ends };
    const short = (await here.call('POST', '/api/tokens', { as: olga, body })).json().accessKey;
    const used = async () =>
      (await here.store.tokens.listOfUser(olga.id)).find((token) => token.name === 'short')?.lastUsedAt;
    const status = async () => (await warm(here, { token: short }, '/api/identities')).statusCode;
    expect([await status(), await used()]).toEqual([200, here.clock.now()]);
    here.clock.advance(60_000);
    expect([await status(), await used()]).toEqual([200, here.clock.now()]);
    here.clock.advance(29_999);
    expect(await status()).toBe(200);
    here.clock.advance(1);
    expect((await here.call('GET', '/api/identities', { as: { token: short } })).statusCode).toBe(401);
    const many = await Promise.all(
      Array.from({ length: 13 }, () => here.call('GET', '/api/identities', { as: olga })),
    );
    expect(many.map((each) => each.statusCode).filter((each) => each === 429).length).toBeGreaterThan(0);
  });

  test('the same bytes and headers come from memory, where there is one', async () => {
    const store = await open();
    let lists = 0;
    const api = await startApi(store, {}, (real) => ({
      members: {
        ...real.members,
        list: (...asked) => {
          lists += 1;
          return real.members.list(...asked);
        },
      },
    }));
    const olga = await api.organisation('acme', 'olga');
    await store.users.update(olga.id, { firstName: 'Ólga', lastName: '奥尔加' });
    const ask = () => api.call('GET', `/api/orgs/${olga.orgId}/members`, { as: olga });
    const answers = [await ask(), await ask(), await ask()];
    const ids = answers.map(({ headers }) => headers['x-request-id']);
    expect(new Set(ids).size).toBe(3);
    const [first, ...others] = answers.map(({ body, headers: { date: _, ...headers } }) => ({
      body,
      headers: { ...headers, 'x-request-id': '' },
    }));
    expect(first?.body).toContain('奥尔加');
    expect(first?.headers['cache-control']).toBe('no-store');
    for (const other of others) expect(other).toEqual(first);
    expect(lists).toBe(name === 'SQLite' ? 1 : 3);
  });
});
