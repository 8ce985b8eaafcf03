/** What access tokens of limited scope reach: every route, on both databases. */
import { expect, test } from 'vitest';
import type { Route } from '#contract/route.ts';
import { routes } from '#contract/routes.ts';
import { accessWorld, addressOf } from '#test/support/access-world.ts';
import { startApi, type TestApi } from '#test/support/api.ts';
import { addWorkspace, onBothDatabases } from '#test/support/databases.ts';

const guarded = routes.filter((route) => route.permission !== 'public');
const walled = guarded.filter((route) => route.scope !== 'user');

const make = async (api: TestApi, as: { token: string }, body: Record<string, unknown>): Promise<string> => {
  const made = await api.call('POST', '/api/tokens', { as, body: { name: 'limited', ...body } });
  expect([made.statusCode, made.body]).toEqual([200, expect.stringContaining('accessKey')]);
  return made.json<{ accessKey: string }>().accessKey;
};

const mayOnly = (route: Route, power: 'read' | 'launch'): boolean => {
  const reading = route.method === 'GET' && /:(read|list|own)$/.test(route.permission);
  const launching = [
    'workflow:execute',
    'workflow_quick:execute',
    'workflow:write',
    'workflow_label:write',
  ].includes(route.permission);
  return reading || (power === 'launch' && launching);
};

onBothDatabases(({ open }) => {
  test('promise 25: a token for reading only reads, one for launching launches beside; both make no tokens', async () => {
    const { api, owner, ids } = await accessWorld(await open());
    const wrong: string[] = [];
    for (const scope of ['read', 'launch'] as const) {
      const token = await make(api, owner, { scope });
      for (const route of guarded) {
        const { statusCode } = await api.call(route.method, addressOf(route, ids), {
          as: { token },
          body: {},
        });
        const isOpen = route.scope === 'user' ? route.scopedTokens === true : mayOnly(route, scope);
        if (isOpen === [401, 403, 404].includes(statusCode))
          wrong.push(`${scope}: ${route.operationId} → ${statusCode}`);
      }
    }
    expect(wrong).toEqual([]);
    // What is about the person is never changed with such a token.
    const personal = guarded.filter(({ scope, scopedTokens }) => scope === 'user' && scopedTokens);
    expect(personal.filter(({ method }) => method !== 'GET')).toEqual([]);
    // Both kinds occur, or this shows nothing.
    expect(walled.filter((route) => mayOnly(route, 'read')).length).toBeGreaterThan(15);
    expect(walled.filter((route) => !mayOnly(route, 'launch')).length).toBeGreaterThan(15);
  });

  test('promise 14: what lies outside the walls of a token answers like ids that do not exist', async () => {
    const store = await open();
    const { api, owner, outsider, ids } = await accessWorld(store);
    const second = await addWorkspace(store, owner.orgId, 'second');
    await api.person('olivia', 'elsewhere', { workspace: 'main' });
    const elsewhere = await make(api, owner, { orgId: outsider.orgId });
    const other = await make(api, owner, { workspaceId: second.id });
    const own = await make(api, owner, { orgId: owner.orgId, workspaceId: owner.workspaceId });
    const nowhere = Object.fromEntries(Object.keys(ids).map((name) => [name, 987_654]));
    const ask = async (route: Route, token: string, given: Record<string, string | number>) => {
      const answer = await api.call(route.method, addressOf(route, given), { as: { token }, body: {} });
      const digits = new RegExp(
        Object.values(given)
          .map((id) => `\\b${id}\\b`)
          .join('|'),
        'g',
      );
      return `${answer.statusCode} ${answer.body.replaceAll(digits, 'ID')}`;
    };
    const wrong: string[] = [];
    for (const route of walled) {
      for (const token of [elsewhere, other]) {
        const found = await ask(route, token, ids);
        if (!found.startsWith('404') || found !== (await ask(route, token, nowhere)))
          wrong.push(`${route.operationId}: ${found}`);
      }
      const inside = await ask(route, own, ids);
      const organisationWide = route.scope === 'organisation' || route.scope === 'identity';
      if (inside.startsWith('404') !== organisationWide) wrong.push(`own ${route.operationId}: ${inside}`);
    }
    expect(wrong).toEqual([]);
  });

  test('names are resolved within the walls alone, and the personal context lies outside', async () => {
    const store = await open();
    const api = await startApi(store);
    const owner = await api.organisation('acme', 'olivia');
    const outsider = await api.organisation('elsewhere', 'oscar');
    await api.person('olivia', 'elsewhere');
    const second = await addWorkspace(store, owner.orgId, 'second');
    const names = async (token: string) => {
      const ask = async (path: string) => (await api.call('GET', path, { as: { token } })).json();
      const { orgsAndWorkspaces } = await ask(`/api/user/${owner.id}/workspaces`);
      const { organizations } = await ask('/api/orgs');
      return [
        orgsAndWorkspaces.map(
          (row: Record<string, string | null>) => `${row['orgName']}/${row['workspaceName']}`,
        ),
        organizations.map(({ name }: { name: string }) => name),
      ];
    };
    const whole = await make(api, owner, { orgId: owner.orgId });
    const narrow = await make(api, owner, { workspaceId: second.id });
    expect(await names(whole)).toEqual([['acme/null', 'acme/main', 'acme/second'], ['acme']]);
    expect(await names(narrow)).toEqual([['acme/second'], []]);
    for (const token of [whole, narrow]) {
      const personal = await api.call('GET', '/api/workflow', { as: { token } });
      expect([personal.statusCode, personal.json().message]).toEqual([
        403,
        expect.stringContaining('add workspaceId'),
      ]);
    }
    const refused = async (walls: Record<string, number>) =>
      (await api.call('POST', '/api/tokens', { as: owner, body: { name: 'x', ...walls } })).statusCode;
    expect(await refused({ orgId: 987_654 })).toBe(404);
    expect(await refused({ workspaceId: outsider.workspaceId })).toBe(404);
    expect(await refused({ orgId: outsider.orgId, workspaceId: second.id })).toBe(404);
  });

  test('promise 25: a token ends when it was told to; list and audit log show its limits; all are revoked at once', async () => {
    const store = await open();
    const api = await startApi(store);
    const owner = await api.organisation('acme', 'olivia');
    const mark = await api.person('mark', 'acme');
    const token = await make(api, owner, { name: 'ci', days: 2, scope: 'launch', orgId: owner.orgId });
    const status = async (as: { token: string }) =>
      (await api.call('GET', '/api/user-info', { as })).statusCode;
    const list = (await api.call('GET', '/api/tokens', { as: owner })).json();
    const expiresAt = new Date(api.clock.now() + 2 * 86_400_000).toISOString();
    const limits = { expiresAt, scope: 'launch', orgId: owner.orgId };
    expect(list.tokens[0]).toMatchObject({ name: 'ci', ...limits });
    expect(Object.keys(list.tokens[1])).toEqual(['id', 'name', 'dateCreated', 'lastUsed']);
    const [record] = await store.audit.list({ max: 1, event: 'access_token_created' });
    expect(record?.state.newState).toEqual({
      expiresAt,
      power: 'launch',
      organisationId: owner.orgId,
      workspaceId: null,
    });

    expect(await status({ token })).toBe(200);
    api.clock.advance(2 * 86_400_000);
    expect(await status({ token })).toBe(401);
    const bad = async (body: Record<string, unknown>) =>
      (await api.call('POST', '/api/tokens', { as: owner, body: { name: 'x', ...body } })).json().message;
    expect(await bad({ expiresAt: '2020-01-01' })).toBe('expiresAt: lies in the past');
    expect(await bad({ expiresAt: '2030-01-01T10:00:00' })).toContain('expiresAt: must be a date, or a time');
    expect(await bad({ days: 1, expiresAt: '2030-01-01' })).toBe('days: give either expiresAt or days');
    expect(await bad({ days: 4000 })).toBe('days: must be a whole number from 1 to 3650');
    expect(await bad({ scope: 'admin' })).toBe('scope: must be one of read, launch');

    const cut = await make(api, owner, { expiresAt: '2026-02-01T00:00:00+02:00' });
    expect((await api.call('DELETE', '/api/tokens/delete-all', { as: { token: cut } })).statusCode).toBe(204);
    for (const gone of [owner, { token: cut }]) expect(await status(gone)).toBe(401);
    expect(await status(mark)).toBe(200);
    expect((await store.audit.list({ max: 10, event: 'access_token_deleted' })).length).toBe(3);
  });
});
