/** Tokens, passwords, sessions, the first owner: on both databases. */
import { describe, expect, test } from 'vitest';
import { systemCaller } from '#core/caller.ts';
import { startApi, type TestApi } from '#test/support/api.ts';
import { onBothDatabases } from '#test/support/databases.ts';

const password = 'correct horse battery';
const ours = { origin: 'http://latchkey.test' };
const form = { 'content-type': 'application/x-www-form-urlencoded' };

const cookieOf = (answer: { headers: Record<string, unknown> }): string => {
  const set = answer.headers['set-cookie'];
  return String(Array.isArray(set) ? set[0] : set).split(';')[0] ?? '';
};

const signIn = (api: TestApi, userNameOrEmail: string, given: string, ip = '192.0.2.1') =>
  api.app.inject({
    method: 'POST',
    url: '/api/auth/sign-in',
    remoteAddress: ip,
    payload: { userNameOrEmail, password: given },
  });

onBothDatabases(({ open }) => {
  describe('access tokens', () => {
    test('promise 25: kept as hashes, shown once, touched once a minute, revoked at once', async () => {
      const store = await open();
      const api = await startApi(store);
      const owner = await api.organisation('acme', 'olivia');
      const made = await api.call('POST', '/api/tokens', { as: owner, body: { name: 'laptop' } });
      expect([made.statusCode, Object.keys(made.json())]).toEqual([200, ['accessKey']]);
      const token = made.json<{ accessKey: string }>().accessKey;
      const [, id, secret] =
        /^{"tid":(\d+)}\.([0-9a-f]{64})$/.exec(Buffer.from(token, 'base64').toString()) ?? [];
      const stored = await store.tokens.find(Number(id));
      expect(stored?.hash).toMatch(/^[0-9a-f]{64}$/);
      expect(JSON.stringify(stored)).not.toContain(secret);

      const info = () => api.call('GET', '/api/user-info', { as: { token } });
      expect((await info()).statusCode).toBe(200);
      const used = (await store.tokens.find(Number(id)))?.lastUsedAt;
      api.clock.advance(59_000);
      await info();
      expect((await store.tokens.find(Number(id)))?.lastUsedAt).toBe(used);
      api.clock.advance(1_000);
      await info();
      expect((await store.tokens.find(Number(id)))?.lastUsedAt).toBe(api.clock.now());

      const list = await api.call('GET', '/api/tokens', { as: owner });
      expect(list.json().tokens.map(({ name }: { name: string }) => name)).toEqual(['laptop', 'test']);
      expect(list.body).not.toContain(secret);
      expect((await api.call('DELETE', `/api/tokens/${id}`, { as: owner })).statusCode).toBe(204);
      expect((await info()).statusCode).toBe(401);
      expect(api.logged()).not.toContain(secret);
      expect(JSON.stringify(await store.audit.list({ max: 100 }))).not.toContain(secret);
    });

    test("another's token cannot be revoked; an expired or altered one opens nothing", async () => {
      const store = await open();
      const api = await startApi(store);
      const owner = await api.organisation('acme', 'olivia');
      const mark = await api.person('mark', 'acme');
      const [{ id }] = (await api.call('GET', '/api/tokens', { as: owner })).json().tokens;
      expect((await api.call('DELETE', `/api/tokens/${id}`, { as: mark })).statusCode).toBe(404);

      const text = Buffer.from(owner.token, 'base64').toString();
      const altered = [
        text.replace(/.$/, (last) => (last === '0' ? '1' : '0')),
        text.replace(/"tid":\d+/, '"tid":999999'),
        text.replace('{', '{ '),
        text.slice(0, -1),
        `${text}0`,
        '',
      ];
      for (const wrong of altered) {
        const token = Buffer.from(wrong).toString('base64');
        const answer = await api.call('GET', '/api/user-info', { as: { token } });
        expect([wrong.slice(0, 12), answer.statusCode]).toEqual([wrong.slice(0, 12), 401]);
        expect(answer.headers['www-authenticate']).toContain('Bearer');
      }
    });

    test('Basic with user @token is taken too, and nothing else', async () => {
      const api = await startApi(await open());
      const { token } = await api.organisation('acme', 'olivia', password);
      const ask = async (authorization: string) =>
        (await api.call('GET', '/api/user-info', { headers: { authorization } })).statusCode;
      const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
      expect(await ask(basic(`@token:${token}`))).toBe(200);
      expect(await ask(`bearer ${token}`)).toBe(200);
      expect(await ask(basic(`olivia:${password}`))).toBe(401);
      expect(await ask(`Digest ${token}`)).toBe(401);
      expect(await ask(token)).toBe(401);
    });
  });

  describe('sessions', () => {
    test('promise 25: a cookie that only this host sees, hashed, ending with time and sign-out', async () => {
      const store = await open();
      const api = await startApi(store);
      await api.organisation('acme', 'olivia', password);
      const answer = await signIn(api, 'OLIVIA@example.org', password);
      expect([answer.statusCode, answer.json().user.userName]).toEqual([200, 'olivia']);
      const [set] = [answer.headers['set-cookie']].flat();
      expect(set).toMatch(/; Path=\/; .*HttpOnly; SameSite=Lax/);
      expect(set).not.toMatch(/Domain/i);
      const cookie = cookieOf(answer);
      const session = () => api.call('GET', '/api/auth/session', { headers: { cookie } });
      expect((await session()).json().user.userName).toBe('olivia');
      const secret = cookie.split('=')[1] ?? '';
      expect(secret.length).toBeGreaterThan(40);
      expect(api.logged()).not.toContain(secret);

      api.clock.advance(25 * 3_600_000);
      expect((await session()).statusCode).toBe(401);
      const again = cookieOf(await signIn(api, 'olivia', password));
      const csrf = { cookie: again, 'x-latchkey-csrf': '1' };
      expect((await api.call('POST', '/api/auth/sign-out', { headers: csrf })).statusCode).toBe(204);
      expect((await api.call('GET', '/api/auth/session', { headers: { cookie: again } })).statusCode).toBe(
        401,
      );
    });

    test('over https the cookie is Secure and bound to the host', async () => {
      const api = await startApi(await open(), { publicUrl: 'https://latchkey.test' });
      await api.organisation('acme', 'olivia', password);
      const [set] = [(await signIn(api, 'olivia', password)).headers['set-cookie']].flat();
      expect(set).toMatch(/^__Host-latchkey=.*Secure/);
    });

    test('a forged request changes nothing: header and origin are needed', async () => {
      const store = await open();
      const api = await startApi(store);
      const owner = await api.organisation('acme', 'olivia', password);
      const cookie = cookieOf(await signIn(api, 'olivia', password));
      const make = async (headers: Record<string, string>) =>
        (await api.call('POST', '/api/tokens', { headers: { cookie, ...headers }, body: { name: 'x' } }))
          .statusCode;
      expect(await make({})).toBe(403);
      expect(await make({ 'x-latchkey-csrf': '1', origin: 'https://evil.example' })).toBe(403);
      expect(await make({ ...ours })).toBe(403);
      expect((await store.tokens.listOfUser(owner.id)).length).toBe(1);
      expect(await make({ 'x-latchkey-csrf': '1', ...ours })).toBe(200);
      const asForm = await api.app.inject({
        method: 'POST',
        url: '/api/tokens',
        headers: { cookie, 'x-latchkey-csrf': '1', ...form },
        payload: 'name=x',
      });
      expect([asForm.statusCode, Object.keys(asForm.json())]).toEqual([415, ['message']]);
    });
  });

  describe('passwords', () => {
    test('one answer for wrong passwords, unknown users and users without one', async () => {
      const api = await startApi(await open());
      await api.organisation('acme', 'olivia', password);
      await api.person('nopass', 'acme');
      const answers = [
        await signIn(api, 'olivia', 'wrong horse battery'),
        await signIn(api, 'nobody', password),
        await signIn(api, 'nopass', password),
      ];
      expect(new Set(answers.map(({ statusCode, body }) => `${statusCode} ${body}`))).toEqual(
        new Set(['401 {"message":"User name or password is wrong"}']),
      );
    });

    test('many guesses at once are refused like many one after the other', async () => {
      const api = await startApi(await open());
      await api.organisation('acme', 'olivia', password);
      const answers = await Promise.all(Array.from({ length: 30 }, () => signIn(api, 'olivia', 'wrong')));
      const refused = answers.filter((answer) => answer.statusCode === 429);
      expect(refused.length).toBeGreaterThanOrEqual(25);
    });

    test('guessing is slowed down there, and never locks the person out elsewhere or for good', async () => {
      const store = await open();
      const api = await startApi(store);
      await api.organisation('acme', 'olivia', password);
      for (let tries = 0; tries < 5; tries += 1)
        expect((await signIn(api, 'olivia', `wrong ${tries} password`)).statusCode).toBe(401);
      const refused = await signIn(api, 'olivia', password);
      expect([refused.statusCode, refused.headers['retry-after']]).toEqual([429, '1']);
      expect((await signIn(api, 'olivia', password, '192.0.2.2')).statusCode).toBe(200);
      api.clock.advance(1_000);
      expect((await signIn(api, 'olivia', password)).statusCode).toBe(200);
      const events = await store.audit.list({ max: 100, event: 'user_sign_in_refused' });
      expect(events.length).toBe(5);
    });
  });

  describe('the first owner', () => {
    const fields = 'organisation=acme&workspace=main&userName=olivia&email=o%40example.org';

    test('the link works once, and mistakes do not use it up', async () => {
      const store = await open();
      const api = await startApi(store);
      const older = await api.setup.firstOwnerLink();
      const secret = await api.setup.firstOwnerLink();
      const post = (link: string | null, body: string, headers: Record<string, string> = ours) =>
        api.app.inject({
          method: 'POST',
          url: `/setup/${link}`,
          headers: { ...form, ...headers },
          payload: body,
        });
      expect((await api.call('GET', `/setup/${older}`)).statusCode).toBe(404);
      const page = await api.call('GET', `/setup/${secret}`);
      expect([page.statusCode, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
      expect(page.headers['content-security-policy']).toContain("default-src 'none'");
      const short = await post(secret, `${fields}&password=short`);
      expect([short.statusCode, short.body.includes('password: use 10 to 1024 characters')]).toEqual([
        400,
        true,
      ]);
      expect(
        (await post(secret, `${fields}&password=${password}`, { origin: 'https://evil.example' })).statusCode,
      ).toBe(403);
      const made = await post(secret, `${fields}&password=${password}`);
      expect([made.statusCode, made.headers['location']]).toEqual([303, '/']);
      const home = await api.call('GET', '/', { headers: { cookie: cookieOf(made) } });
      expect(home.body).toContain('Hello, olivia');
      expect(home.body).toContain('acme / main');
      expect((await post(secret, `${fields}2&password=${password}`)).statusCode).toBe(404);
      expect((await api.call('GET', `/setup/${secret}`)).statusCode).toBe(404);
      expect(await api.setup.firstOwnerLink()).toBeNull();
      expect(await store.users.count()).toBe(1);
    });

    test('of many who use it at once, one becomes owner', async () => {
      const store = await open();
      const api = await startApi(store);
      const secret = await api.setup.firstOwnerLink();
      const tries = Array.from({ length: 5 }, (_, index) =>
        api.app.inject({
          method: 'POST',
          url: `/setup/${secret}`,
          headers: { ...form, ...ours },
          payload: `organisation=org${index}&userName=user${index}&email=u${index}%40example.org&password=${password}`,
        }),
      );
      const statuses = (await Promise.all(tries)).map(({ statusCode }) => statusCode).sort((a, b) => a - b);
      expect(statuses).toEqual([303, 404, 404, 404, 404]);
      expect(await store.users.count()).toBe(1);
    });

    test('signing in on the page, a token shown once, signing out', async () => {
      const api = await startApi(await open());
      const { id } = await api.organisation('acme', 'olivia', password);
      const post = (url: string, payload: string, headers: Record<string, string> = {}) =>
        api.app.inject({ method: 'POST', url, headers: { ...form, ...ours, ...headers }, payload });
      const wrong = await post('/sign-in', 'userNameOrEmail=<b>olivia&password=wrong');
      expect([wrong.statusCode, wrong.body.includes('<b>')]).toEqual([401, false]);
      expect(wrong.body).toContain('&lt;b&gt;olivia');
      const cookie = cookieOf(await post('/sign-in', `userNameOrEmail=olivia&password=${password}`));
      const made = await post('/access-tokens', 'name=laptop', { cookie });
      const token = /<code class="secret">([^<]+)</.exec(made.body)?.[1] ?? '';
      expect((await api.call('GET', '/api/user-info', { as: { token } })).json().user.id).toBe(id);
      expect((await api.call('GET', '/', { headers: { cookie } })).body).not.toContain(token);
      await post('/sign-out', '', { cookie });
      expect((await api.call('GET', '/', { headers: { cookie } })).body).toContain('Sign in');
    });
  });

  describe('people from the command line', () => {
    test('may be asked for again and again', async () => {
      const store = await open();
      const api = await startApi(store);
      await api.organisation('acme', 'olivia', password);
      const events = async () => (await store.audit.list({ max: 200 })).length;
      const mark = { user: 'mark', email: 'mark@example.org', org: 'acme', workspace: 'main' };
      const caller = systemCaller('c');
      const first = await api.setup.ensureUser(caller, { ...mark, workspaceRole: 'launch', password });
      const after = await events();
      const again = await api.setup.ensureUser(caller, { ...mark, workspaceRole: 'launch', password });
      expect([first.changed, again.changed, again.user.id]).toEqual([true, false, first.user.id]);
      const init = { org: 'acme', user: 'olivia', email: 'olivia@example.org', workspace: 'main', password };
      expect((await api.setup.ensureFirstOwner(caller, init)).changed).toBe(false);
      expect(await events()).toBe(after);
      expect((await api.setup.ensureUser(caller, mark)).changed).toBe(false);
      const raised = await api.setup.ensureUser(caller, { ...mark, role: 'owner', workspaceRole: 'admin' });
      expect(raised.changed).toBe(true);
      const clash = api.setup.ensureUser(caller, { ...mark, email: 'olivia@example.org' });
      await expect(clash).rejects.toMatchObject({ status: 409 });
      const nowhere = api.setup.ensureUser(caller, { ...mark, workspace: 'nowhere' });
      await expect(nowhere).rejects.toMatchObject({
        status: 404,
        message: 'Unknown workspace: acme/nowhere',
      });
    });
  });
});
