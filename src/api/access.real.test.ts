/** Who gets through: every route against everybody, on both databases. */
import { describe, expect, test } from 'vitest';
import type { Route } from '#contract/route.ts';
import { routes } from '#contract/routes.ts';
import { isOrganisationPermission, isWorkspacePermission, organisationRoleAllows } from '#core/roles.ts';
import { accessWorld, addressOf, type Somebody } from '#test/support/access-world.ts';
import type { Person } from '#test/support/api.ts';
import { aWorkspaceCredential, onBothDatabases } from '#test/support/databases.ts';

const guarded = routes.filter((route) => route.permission !== 'public');
const walled = guarded.filter((route) => route.scope !== 'user');

const allowed = ({ permission }: Route, { organisationRole, permissions }: Somebody): boolean =>
  isOrganisationPermission(permission)
    ? organisationRoleAllows(organisationRole, permission)
    : isWorkspacePermission(permission) && permissions.has(permission);

onBothDatabases(({ open }) => {
  test('promise 27: every route × everybody; what no permission allows never reaches its action', async () => {
    const { api, outsider, people, ids } = await accessWorld(await open());
    const wrong: string[] = [];
    for (const route of routes) {
      const address = addressOf(route, ids);
      const status = async (as?: { token: string }) =>
        (await api.call(route.method, address, { ...(as && { as }), body: {} })).statusCode;
      const check = (who: string, found: number, expected: number[]) => {
        if (!expected.includes(found))
          wrong.push(`${who}: ${route.operationId} → ${found}, not ${expected.join()}`);
      };
      const isPublic = route.permission === 'public';
      check('no token', await status(), isPublic ? [200, 204, 400] : [401]);
      check('bad token', await status({ token: 'eyJ0aWQiOiAxfS5hYmM=' }), isPublic ? [200, 204, 400] : [401]);
      if (route.scope === 'none') continue;
      if (route.scope !== 'user') check('outsider', await status(outsider), [404]);
      const asked = Object.entries(people).map(async ([who, person]) => {
        const isInvisible = person.permissions.size === 0 && isWorkspacePermission(route.permission);
        const mayNot = isInvisible ? 404 : 403;
        if (route.scope === 'user') check(who, await status(person), [200, 204, 400, 409]);
        else
          check(
            who,
            await status(person),
            allowed(route, person) ? [400, 409, ...(route.form ? [415] : [])] : [mayNot],
          );
      });
      await Promise.all(asked);
    }
    expect(wrong).toEqual([]);
  });

  test("promise 14: another organisation's ids answer exactly like ids that do not exist", async () => {
    const { api, outsider, ids } = await accessWorld(await open());
    const nowhere: Record<string, string | number> = {
      ...ids,
      orgId: 987_654,
      workspaceId: 987_654,
      managedIdentityId: 987_654,
      credentialsId: 'AAAAAAAAAAAAAAAAAAAAAA',
      computeEnvId: 'AAAAAAAAAAAAAAAAAAAAAA',
      workflowId: 'AAAAAAAAAAAA',
      run_id: 'AAAAAAAAAAAA',
      labelId: 987_654,
      secretId: 987_654,
      pipelineId: 987_654,
      launchId: 'AAAAAAAAAAAAAAAAAAAAAA',
      datasetId: 'AAAAAAAAAAAAAAAAAAAAAA',
    };
    const ask = async (route: Route, which: Record<string, string | number>) => {
      const answer = await api.call(route.method, addressOf(route, which), { as: outsider, body: {} });
      // The message names the id that was asked for.
      const body = answer.body.replaceAll(/: \w+"/g, ': <id>"');
      const headers = Object.keys(answer.headers).sort();
      return { status: answer.statusCode, body, headers };
    };
    for (const route of walled) {
      const foreign = await ask(route, ids);
      expect(foreign.status, route.operationId).toBe(404);
      expect(await ask(route, nowhere), route.operationId).toEqual(foreign);
    }
    expect(walled.length).toBeGreaterThan(45);
  });

  describe('which walls', () => {
    test('an id beside another workspace or organisation is unknown', async () => {
      const { api, owner, ids } = await accessWorld(await open());
      const status = async (path: string) => (await api.call('GET', path, { as: owner })).statusCode;
      expect(await status(`/api/workflow/${ids['workflowId']}`)).toBe(409);
      expect(await status(`/api/workflow/${ids['workflowId']}?workspaceId=0`)).toBe(409);
      expect(await status(`/api/workflow/${ids['workflowId']}?workspaceId=${ids['workspaceId']}`)).toBe(409);
      expect(await status(`/api/workflow/${ids['workflowId']}?workspaceId=987654`)).toBe(404);
      expect(await status(`/api/identities/${ids['managedIdentityId']}?orgId=0`)).toBe(409);
      expect(await status(`/api/identities/${ids['managedIdentityId']}?orgId=987654`)).toBe(404);
      expect(await status('/api/orgs/0')).toBe(404);
      expect(await status('/api/orgs/0/members')).toBe(404);
      expect(await status(`/api/orgs/987654/workspaces/${ids['workspaceId']}`)).toBe(404);
      expect(await status(`/api/orgs/${ids['orgId']}/workspaces/0`)).toBe(404);
    });

    test('nobody sees what lies in the personal context of another', async () => {
      const store = await open();
      const { api, owner, people } = await accessWorld(store);
      const mine = aWorkspaceCredential(people['member']?.id ?? 0);
      await store.credentials.insert(mine);
      const status = async (as: Person) =>
        (await api.call('GET', `/api/credentials/${mine.id}`, { as })).statusCode;
      expect(await status(people['member'] as Person)).toBe(409);
      expect(await status(owner)).toBe(404);
    });

    test('without an organisation the first is meant; who has none is told', async () => {
      const store = await open();
      const { api, owner } = await accessWorld(store);
      expect((await api.call('GET', '/api/identities', { as: owner })).statusCode).toBe(409);
      const lonely = await api.person('lonely', 'acme');
      const member = await store.members.findByUser(owner.orgId, lonely.id);
      await store.members.remove(member?.id ?? 0);
      const answer = await api.call('GET', '/api/identities', { as: lonely });
      expect([answer.statusCode, answer.json()]).toEqual([
        403,
        { message: 'You belong to no organisation yet: ask an owner to add you' },
      ]);
    });

    test('what wire clients were promised about roles', async () => {
      const { api, people, ids } = await accessWorld(await open());
      const ask = async (who: string, method: 'GET' | 'POST' | 'DELETE', path: string) =>
        (await api.call(method, path, { as: people[who] as Person, body: {} })).statusCode;
      const launch = `/api/workflow/launch?workspaceId=${ids['workspaceId']}`;
      const keys = `/api/credentials?workspaceId=${ids['workspaceId']}`;
      expect(await ask('workspace connect', 'POST', launch)).toBe(403);
      expect(await ask('workspace launch', 'POST', launch)).toBe(400);
      expect(await ask('workspace maintain', 'POST', launch)).toBe(400);
      expect(await ask('workspace maintain', 'POST', keys)).toBe(403);
      expect(await ask('workspace admin', 'POST', keys)).toBe(400);
      expect(await ask('workspace view', 'GET', keys)).toBe(409);
      expect(await ask('member', 'POST', `/api/identities?orgId=${ids['orgId']}`)).toBe(403);
      expect(await ask('collaborator', 'GET', `/api/identities?orgId=${ids['orgId']}`)).toBe(409);
      expect(await ask('workspace launch', 'POST', `/api/workflow/${ids['workflowId']}/cancel`)).toBe(409);
      expect(await ask('workspace view', 'POST', `/api/workflow/${ids['workflowId']}/cancel`)).toBe(403);
    });
  });
});
