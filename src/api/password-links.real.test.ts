/** Forgotten passwords: who may make a link for whom, and what it does. On both databases. */
import { describe, expect, test } from 'vitest';
import { systemCaller } from '#core/caller.ts';
import type { Store } from '#core/ports/store.ts';
import { type Person, startApi, type TestApi } from '#test/support/api.ts';
import { onBothDatabases } from '#test/support/databases.ts';

const [before, after] = ['correct horse battery', 'staple correct horse'];
const form = { 'content-type': 'application/x-www-form-urlencoded', origin: 'http://latchkey.test' };

const world = async (store: Store) => {
  const api = await startApi(store);
  const owner = await api.organisation('acme', 'olivia', before);
  const mark = await api.person('mark', 'acme', { password: before });
  const memberId = async (orgId: number, { id }: Pick<Person, 'id'>) =>
    (await store.members.findByUser(orgId, id))?.id ?? 0;
  const ask = async (as: { token: string }, orgId: number, whom: Pick<Person, 'id'>) =>
    api.call('POST', `/api/orgs/${orgId}/members/${await memberId(orgId, whom)}/password-link`, { as });
  return { api, owner, mark, ask };
};

const pathOf = (answer: { json(): { url: string } }): string => new URL(answer.json().url).pathname;

const set = (api: TestApi, path: string, payload: string, headers: Record<string, string> = form) =>
  api.app.inject({ method: 'POST', url: path, headers, payload });

const signIn = async (api: TestApi, userNameOrEmail: string, password: string) =>
  api.call('POST', '/api/auth/sign-in', { body: { userNameOrEmail, password } });

onBothDatabases(({ open }) => {
  test('a link sets the password once, ends every session, and revokes the tokens that it is told to', async () => {
    const store = await open();
    const { api, owner, mark, ask } = await world(store);
    const session = String((await signIn(api, 'mark', before)).headers['set-cookie']).split(';')[0] ?? '';
    const older = pathOf(await ask(owner, owner.orgId, mark));
    const made = await ask(owner, owner.orgId, mark);
    expect(made.json().expiresAt).toBe(new Date(api.clock.now() + 24 * 3_600_000).toISOString());
    const path = pathOf(made);
    expect((await api.call('GET', older)).statusCode).toBe(404);
    const page = await api.call('GET', path);
    expect([page.statusCode, page.body.includes('A new password for mark')]).toEqual([200, true]);
    expect(page.headers['content-security-policy']).toContain("default-src 'none'");

    const short = await set(api, path, 'password=short');
    expect([short.statusCode, short.body.includes('use 10 to 1024 characters')]).toEqual([400, true]);
    const evil = { ...form, origin: 'https://evil.example' };
    expect((await set(api, path, `password=${after}`, evil)).statusCode).toBe(403);
    expect((await set(api, path, `password=${after}&revokeTokens=true`)).statusCode).toBe(200);
    expect((await set(api, path, `password=${after}again`)).statusCode).toBe(404);
    expect((await api.call('GET', path)).statusCode).toBe(404);

    expect((await signIn(api, 'mark', before)).statusCode).toBe(401);
    expect((await signIn(api, 'mark', after)).statusCode).toBe(200);
    const cookie = { headers: { cookie: session } };
    expect((await api.call('GET', '/api/auth/session', cookie)).statusCode).toBe(401);
    expect((await api.call('GET', '/api/user-info', { as: mark })).statusCode).toBe(401);
    expect((await api.call('GET', '/api/user-info', { as: owner })).statusCode).toBe(200);

    const events = (await store.audit.list({ max: 100 })).map(({ event }) => event);
    expect(events).toEqual(expect.arrayContaining(['user_password_link_created', 'access_token_deleted']));
    const secret = path.split('/').at(-1) ?? '';
    expect(api.logged()).not.toContain(secret);
    expect(JSON.stringify(await store.audit.list({ max: 100 }))).not.toContain(secret);
  });

  test('without the tick, tokens stay; a day later the link is gone', async () => {
    const { api, owner, mark, ask } = await world(await open());
    expect(
      (await set(api, pathOf(await ask(owner, owner.orgId, mark)), `password=${after}`)).statusCode,
    ).toBe(200);
    expect((await api.call('GET', '/api/user-info', { as: mark })).statusCode).toBe(200);
    const late = pathOf(await ask(owner, owner.orgId, mark));
    api.clock.advance(24 * 3_600_000);
    expect((await api.call('GET', late)).statusCode).toBe(404);
    expect((await set(api, late, `password=${before}`)).statusCode).toBe(404);
  });

  test('of many who use it at once, one sets the password', async () => {
    const { api, owner, mark, ask } = await world(await open());
    const path = pathOf(await ask(owner, owner.orgId, mark));
    const tries = [1, 2, 3, 4, 5].map((count) => set(api, path, `password=${after}${count}`));
    const statuses = (await Promise.all(tries)).map(({ statusCode }) => statusCode).sort((a, b) => a - b);
    expect(statuses).toEqual([200, 404, 404, 404, 404]);
  });

  describe('an owner takes nobody over', () => {
    test('who belongs to another organisation too, whose account began elsewhere, or oneself', async () => {
      const store = await open();
      const { api, owner, mark, ask } = await world(store);
      const other = await api.organisation('elsewhere', 'oscar', before);
      await api.person('mark', 'elsewhere');
      const status = async (...asked: Parameters<typeof ask>) => (await ask(...asked)).statusCode;
      expect(await status(owner, owner.orgId, mark)).toBe(403);
      expect(await status(other, other.orgId, mark)).toBe(403);
      // Whoever owns both may, where the account began.
      await api.person('olivia', 'elsewhere', { role: 'owner' });
      expect(await status(owner, owner.orgId, mark)).toBe(200);
      expect(await status(owner, other.orgId, mark)).toBe(403);
      expect(await status(owner, owner.orgId, owner)).toBe(400);

      // Somebody who has left everywhere is added by a stranger to an organisation of the stranger's own.
      const lost = await api.person('lost', 'elsewhere');
      const place = await store.members.findByUser(other.orgId, lost.id);
      await store.members.remove(place?.id ?? 0);
      const trap = (
        await api.call('POST', '/api/orgs', {
          as: mark,
          body: { organization: { name: 'trap', fullName: 'Trap' } },
        })
      ).json().organization.orgId;
      await api.call('PUT', `/api/orgs/${trap}/members/add`, { as: mark, body: { user: 'lost' } });
      expect(await status(mark, trap, lost)).toBe(403);
    });

    test('and a link stops working when it would give something by now', async () => {
      const store = await open();
      const { api, owner, mark, ask } = await world(store);
      const path = pathOf(await ask(owner, owner.orgId, mark));
      await api.organisation('elsewhere', 'oscar');
      await api.person('mark', 'elsewhere');
      expect((await api.call('GET', path)).statusCode).toBe(404);
      expect((await set(api, path, `password=${after}`)).statusCode).toBe(404);
      expect((await signIn(api, 'mark', before)).statusCode).toBe(200);

      // Who has left belongs to nobody.
      const nina = await api.person('nina', 'acme', { password: before });
      const left = pathOf(await ask(owner, owner.orgId, nina));
      const place = await store.members.findByUser(owner.orgId, nina.id);
      await store.members.remove(place?.id ?? 0);
      expect((await set(api, left, `password=${after}`)).statusCode).toBe(404);
    });

    test('members make none, and neither does a token of limited scope', async () => {
      const { api, owner, mark, ask } = await world(await open());
      const nina = await api.person('nina', 'acme');
      expect((await ask(nina, owner.orgId, mark)).statusCode).toBe(403);
      const limited = await api.call('POST', '/api/tokens', {
        as: owner,
        body: { name: 'x', orgId: owner.orgId },
      });
      const answer = await ask({ token: limited.json().accessKey }, owner.orgId, mark);
      expect([answer.statusCode, answer.json().message]).toEqual([403, expect.stringContaining('limited')]);
    });

    test('the operator helps everybody', async () => {
      const { api, mark } = await world(await open());
      await api.organisation('elsewhere', 'oscar');
      await api.person('mark', 'elsewhere');
      const { secret, user } = await api.passwords.operatorLinkFor(systemCaller('c'), 'MARK@example.org');
      expect(user.id).toBe(mark.id);
      expect((await set(api, `/password/${secret}`, `password=${after}`)).statusCode).toBe(200);
      expect((await signIn(api, 'mark', after)).statusCode).toBe(200);
      await expect(api.passwords.operatorLinkFor(systemCaller('c'), 'nobody')).rejects.toMatchObject({
        status: 404,
      });
    });
  });
});
