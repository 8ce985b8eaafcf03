/** A person's own sessions and password, and whose word about addresses counts: on both databases. */
import { describe, expect, test } from 'vitest';
import { startApi, type TestApi } from '#test/support/api.ts';
import { onBothDatabases } from '#test/support/databases.ts';

const [before, after] = ['correct horse battery', 'staple correct horse'];

const signIn = async (
  api: TestApi,
  userAgent = 'browser',
  password = before,
  userNameOrEmail = 'olivia',
): Promise<string> => {
  const answer = await api.app.inject({
    method: 'POST',
    url: '/api/auth/sign-in',
    headers: { 'user-agent': userAgent },
    payload: { userNameOrEmail, password },
  });
  expect(answer.statusCode, answer.body).toBe(200);
  return String(answer.headers['set-cookie']).split(';')[0] ?? '';
};

const by = (cookie: string) => ({ headers: { cookie, 'x-latchkey-csrf': '1' } });
const works = async (api: TestApi, cookie: string) =>
  (await api.call('GET', '/api/auth/session', { headers: { cookie } })).statusCode === 200;

onBothDatabases(({ open }) => {
  describe('own sessions', () => {
    test('are listed with where they came from, and ended one by one or all but this', async () => {
      const store = await open();
      const api = await startApi(store);
      await api.organisation('acme', 'olivia', before);
      const mark = await api.person('mark', 'acme');
      const old = await signIn(api, 'old browser');
      api.clock.advance(1_000);
      const second = await signIn(api, 'second browser');
      api.clock.advance(1_000);
      const mine = await signIn(api, 'this browser');
      const { sessions } = (await api.call('GET', '/api/auth/sessions', by(mine))).json();
      expect(
        sessions.map((one: Record<string, unknown>) => [one['userAgent'], one['ip'], one['current']]),
      ).toEqual([
        ['this browser', '127.0.0.1', true],
        ['second browser', '127.0.0.1', false],
        ['old browser', '127.0.0.1', false],
      ]);
      expect(JSON.stringify(sessions)).not.toContain(mine.split('=')[1]);

      const path = `/api/auth/sessions/${sessions[2].id}`;
      expect((await api.call('DELETE', path, { as: mark })).statusCode).toBe(404);
      expect((await api.call('DELETE', path, by(mine))).statusCode).toBe(204);
      expect([await works(api, old), await works(api, second), await works(api, mine)]).toEqual([
        false,
        true,
        true,
      ]);
      expect((await api.call('DELETE', '/api/auth/sessions', by(mine))).statusCode).toBe(204);
      expect([await works(api, second), await works(api, mine)]).toEqual([false, true]);
      expect((await store.audit.list({ max: 9, event: 'user_signed_out' })).length).toBe(2);
    });

    test('promise 25: end a day after their last use, and a week after their beginning whatever the use', async () => {
      const api = await startApi(await open());
      await api.organisation('acme', 'olivia', before);
      const cookie = await signIn(api);
      for (let hours = 0; hours < 7 * 24 - 12; hours += 12) {
        expect(await works(api, cookie), `after ${hours} h`).toBe(true);
        api.clock.advance(12 * 3_600_000);
      }
      expect(await works(api, cookie)).toBe(true);
      api.clock.advance(12 * 3_600_000);
      expect(await works(api, cookie)).toBe(false);
      const unused = await signIn(api);
      api.clock.advance(24 * 3_600_000 - 1);
      expect(await works(api, unused)).toBe(true);
      api.clock.advance(24 * 3_600_000);
      expect(await works(api, unused)).toBe(false);
    });

    test('promise 13: end with the last membership; who belongs elsewhere too stays signed in, without power here', async () => {
      const api = await startApi(await open());
      const olivia = await api.organisation('acme', 'olivia', before);
      const zoe = await api.organisation('elsewhere', 'zoe');
      const org = `/api/orgs/${olivia.orgId}`;
      const remove = async (name: string) => {
        const { members } = (await api.call('GET', `${org}/members?search=${name}`, { as: olivia })).json();
        const path = `${org}/members/${members[0].memberId}`;
        expect((await api.call('DELETE', path, { as: olivia })).statusCode).toBe(204);
      };
      for (const name of ['mark', 'lena']) await api.person(name, 'acme', { password: before });
      await api.call('PUT', `/api/orgs/${zoe.orgId}/members/add`, { as: zoe, body: { user: 'lena' } });
      const [mark, lena] = [
        await signIn(api, 'browser', before, 'mark'),
        await signIn(api, 'browser', before, 'lena'),
      ];
      const sees = async (cookie: string) => (await api.call('GET', org, by(cookie))).statusCode;
      expect([await sees(mark), await sees(lena)]).toEqual([200, 200]);
      await remove('mark');
      await remove('lena');
      expect([await works(api, mark), await works(api, lena)]).toEqual([false, true]);
      expect([await sees(mark), await sees(lena)]).toEqual([401, 404]);
    });

    test('are fifty at most: the one that was not used for longest goes', async () => {
      const store = await open();
      const api = await startApi(store);
      const owner = await api.organisation('acme', 'olivia', before);
      const first = await signIn(api);
      const user = await store.users.find(owner.id);
      for (let count = 0; count < 50; count += 1) {
        api.clock.advance(1_000);
        await store.sessions.insert({
          hash: `${count}`,
          userId: owner.id,
          createdAt: api.clock.now(),
          lastSeenAt: api.clock.now(),
          expiresAt: api.clock.now() + 1_000_000,
          ip: null,
          userAgent: null,
        });
      }
      expect(user).toBeDefined();
      expect(await works(api, await signIn(api))).toBe(true);
      expect(await works(api, first)).toBe(false);
      expect((await store.sessions.listOfUser(owner.id)).length).toBe(50);
    });
  });

  describe('a new password', () => {
    test('takes the old one, ends all other sessions, and revokes tokens when told to', async () => {
      const store = await open();
      const api = await startApi(store);
      const owner = await api.organisation('acme', 'olivia', before);
      const [mine, other] = [await signIn(api), await signIn(api)];
      const change = (body: object) => api.call('POST', '/api/auth/password', { ...by(mine), body });
      const wrong = await change({ currentPassword: after, password: after });
      expect([wrong.statusCode, wrong.json().message]).toEqual([
        403,
        expect.stringContaining('currentPassword'),
      ]);
      expect((await change({ currentPassword: before, password: 'short' })).statusCode).toBe(400);
      expect([await works(api, mine), await works(api, other)]).toEqual([true, true]);

      const changed = await change({ currentPassword: before, password: after });
      expect(changed.statusCode).toBe(204);
      const fresh = String(changed.headers['set-cookie']).split(';')[0] ?? '';
      expect([await works(api, fresh), await works(api, mine), await works(api, other)]).toEqual([
        true,
        false,
        false,
      ]);
      expect((await api.call('GET', '/api/user-info', { as: owner })).statusCode).toBe(200);
      const body = { currentPassword: after, password: before, revokeTokens: true };
      expect((await api.call('POST', '/api/auth/password', { ...by(fresh), body })).statusCode).toBe(204);
      expect((await api.call('GET', '/api/user-info', { as: owner })).statusCode).toBe(401);
    });

    test('is not a way to guess the old one with a stolen token', async () => {
      const api = await startApi(await open());
      const owner = await api.organisation('acme', 'olivia', before);
      const guess = async () =>
        (
          await api.call('POST', '/api/auth/password', {
            as: owner,
            body: { currentPassword: 'wrong horse battery', password: after },
          })
        ).statusCode;
      const statuses: number[] = [];
      for (let tries = 0; tries < 6; tries += 1) statuses.push(await guess());
      expect(statuses).toEqual([403, 403, 403, 403, 403, 429]);
    });

    test('cannot be set by whoever has none: that takes a link', async () => {
      const api = await startApi(await open());
      await api.organisation('acme', 'olivia');
      const mark = await api.person('mark', 'acme');
      const body = { currentPassword: '', password: after };
      expect((await api.call('POST', '/api/auth/password', { as: mark, body })).statusCode).toBe(400);
      const some = { currentPassword: 'anything', password: after };
      const answer = await api.call('POST', '/api/auth/password', { as: mark, body: some });
      expect([answer.statusCode, answer.json().message]).toEqual([
        403,
        expect.stringContaining('no password yet'),
      ]);
    });
  });

  describe('X-Forwarded-*', () => {
    const ask = async (api: TestApi, remoteAddress: string, headers: Record<string, string>) =>
      api.app.inject({
        method: 'POST',
        url: '/api/auth/sign-in',
        remoteAddress,
        headers,
        payload: { userNameOrEmail: 'nobody', password: 'wrong horse battery' },
      });

    test('is believed from a configured proxy, and from nobody else', async () => {
      const store = await open();
      await (await startApi(store)).organisation('acme', 'olivia', before);
      const seen = async (trustedProxies: string[], remoteAddress: string, forwarded: string) => {
        const api = await startApi(store, { trustedProxies });
        await ask(api, remoteAddress, { 'x-forwarded-for': forwarded });
        return (await store.audit.list({ max: 1 }))[0]?.client.ip;
      };
      expect(await seen([], '10.0.0.1', '203.0.113.5')).toBe('10.0.0.1');
      expect(await seen(['10.0.0.0/8'], '10.0.0.1', '203.0.113.5')).toBe('203.0.113.5');
      expect(await seen(['10.0.0.0/8'], '192.0.2.1', '203.0.113.5')).toBe('192.0.2.1');
      // What the client itself wrote in front of it is not the proxy's word.
      expect(await seen(['10.0.0.0/8'], '10.0.0.1', '198.51.100.1, 203.0.113.5')).toBe('203.0.113.5');
      expect(await seen(['fd00::/8'], 'fd00::1', '2001:db8::7')).toBe('2001:db8::7');
      expect(await seen(['10.0.0.0/8'], '10.0.0.1', '<script>')).toBe('10.0.0.1');
    });

    test('a stranger cannot choose the address that is held back, nor the host that counts as ours', async () => {
      const store = await open();
      const api = await startApi(store, { trustedProxies: ['10.0.0.0/8'] });
      await api.organisation('acme', 'olivia', before);
      const statuses: number[] = [];
      for (let tries = 0; tries < 6; tries += 1)
        statuses.push((await ask(api, '192.0.2.1', { 'x-forwarded-for': `203.0.113.${tries}` })).statusCode);
      expect(statuses.at(-1)).toBe(429);

      const forged = {
        origin: 'https://evil.example',
        'x-forwarded-host': 'evil.example',
        'x-forwarded-proto': 'https',
        'content-type': 'application/x-www-form-urlencoded',
      };
      const form = (remoteAddress: string) =>
        api.app.inject({ method: 'POST', url: '/sign-out', remoteAddress, headers: forged, payload: '' });
      expect((await form('192.0.2.1')).statusCode).toBe(403);
      expect((await form('10.0.0.1')).statusCode).toBe(303);
    });

    test('who has one address of a /64 has them all', async () => {
      const api = await startApi(await open());
      await api.organisation('acme', 'olivia', before);
      const statuses: number[] = [];
      for (let tries = 0; tries < 6; tries += 1)
        statuses.push((await ask(api, `2001:db8:1:2::${tries}`, {})).statusCode);
      expect(statuses).toEqual([401, 401, 401, 401, 401, 429]);
      expect((await ask(api, '2001:db8:1:3::1', {})).statusCode).toBe(401);
    });
  });
});
