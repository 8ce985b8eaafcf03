/** A run's own token: what it opens, what it does not, and for how long. On both databases. */
import { expect, test } from 'vitest';
import { createRunTokenActions } from '#actions/reports/run-tokens.ts';
import { routes } from '#contract/routes.ts';
import type { Store } from '#core/ports/store.ts';
import { startApi } from '#test/support/api.ts';
import { aRun, onBothDatabases } from '#test/support/databases.ts';
import { recordedCalls } from '#test/support/nf-tower.ts';
import { equalSecret, hashSecret, newSecret } from '#vault/token-secret.ts';

const world = async (store: Store) => {
  const api = await startApi(store);
  const owner = await api.organisation('acme', 'olivia');
  const alice = await api.person('alice', 'acme', { workspace: 'main', workspaceRole: 'launch' });
  const { workspaceId, orgId: organisationId } = owner;
  const launched = async () => {
    const run = aRun(alice.id, { workspaceId, organisationId, phase: 'follow', status: 'RUNNING' });
    await store.runs.insert(run);
    return run;
  };
  const run = await launched();
  const { issue } = createRunTokenActions({
    store,
    clock: api.clock,
    secrets: { newSecret, hashSecret, equalSecret },
  });
  const token = await issue(run);
  const status = async (method: 'GET' | 'POST' | 'PUT', path: string, as = { token }, body: unknown = {}) =>
    (await api.call(method, `/api${path}`, { as, ...(method !== 'GET' && { body }) })).statusCode;
  return { api, owner, alice, run, other: await launched(), issue, token, workspaceId, status };
};

onBothDatabases(({ open }) => {
  test('reports on its own run, by Bearer and by Basic, from the start to the end', async () => {
    const { api, run, token, workspaceId } = await world(await open());
    const [, ...calls] = recordedCalls('success-5-tasks');
    const authorizations = [`Bearer ${token}`, `Basic ${Buffer.from(`@token:${token}`).toString('base64')}`];
    for (const authorization of authorizations) {
      const send = async (method: 'POST' | 'PUT', path: string, payload: object) =>
        (
          await api.app.inject({
            method,
            url: `/api${path}?workspaceId=${workspaceId}`,
            headers: { authorization },
            payload,
          })
        ).statusCode;
      const start = { workflowId: run.id, sessionId: run.sessionId };
      expect(await send('POST', '/trace/create', start)).toBe(200);
      for (const { path, body } of calls)
        expect(await send('PUT', path.replace('{id}', run.id), body)).toBe(200);
    }
  });

  test('has the shape that clients send as Bearer, fits what they keep, and is kept as a hash', async () => {
    const store = await open();
    const { run, token, issue } = await world(store);
    const decoded = Buffer.from(token, 'base64').toString('utf8');
    expect(JSON.parse(decoded.slice(0, decoded.indexOf('.')))).toEqual({ run: run.id });
    expect(token.length).toBeLessThan(128);
    const secret = decoded.slice(decoded.indexOf('.') + 1);
    expect(secret).toMatch(/^[0-9a-f]{64}$/);
    expect(await store.runTokens.findRun(secret)).toBeUndefined();
    expect(await store.runTokens.findRun(hashSecret(secret))).toBe(run.id);
    expect(await issue(run)).not.toBe(token);
    const [audited] = await store.audit.list({ max: 1, event: 'access_token_created' });
    expect(audited).toMatchObject({ target: { type: 'run_token', id: run.id }, actor: { type: 'system' } });
    expect(JSON.stringify(audited)).not.toContain(secret);
  });

  test('opens nothing else: no other run, and no route but those that report', async () => {
    const { api, other, run, status, token, workspaceId } = await world(await open());
    expect(await status('PUT', `/trace/${run.id}/heartbeat`)).toBe(200);
    expect(await status('PUT', `/trace/${other.id}/heartbeat`)).toBe(404);
    expect(await status('PUT', `/trace/${run.id}/heartbeat?workspaceId=${workspaceId + 1}`)).toBe(404);
    expect(await status('POST', '/trace/create', undefined, { workflowId: other.id })).toBe(404);
    const started = await api.call('POST', '/api/trace/create', { as: { token }, body: {} });
    expect(started.json().workflowId).toBe(run.id);
    const wrong: string[] = [];
    for (const route of routes.filter(
      ({ permission, path }) => permission !== 'public' && !path.startsWith('/trace/'),
    )) {
      const path = route.path
        .replace('{workflowId}', run.id)
        .replace('{workspaceId}', String(workspaceId))
        .replaceAll(/\{\w+\}/g, '1');
      const found = await status(route.method as 'GET', path);
      if (found !== 403) wrong.push(`${route.operationId} → ${found}`);
    }
    expect(wrong).toEqual([]);
  });

  test('works exactly as long as the run can', async () => {
    const store = await open();
    const { api, run, status } = await world(store);
    api.clock.advance(90 * 24 * 3_600_000);
    expect(await status('PUT', `/trace/${run.id}/heartbeat`)).toBe(200);
    await store.runs.update(run.id, { phase: 'done', status: 'SUCCEEDED' }, 1);
    expect(await status('PUT', `/trace/${run.id}/heartbeat`)).toBe(401);
  });

  test('outlives the role of who launched, and a run that is deleted takes it along', async () => {
    const store = await open();
    const { alice, owner, run, status } = await world(store);
    const member = await store.members.findByUser(owner.orgId, alice.id);
    await store.members.remove(member?.id ?? 0);
    expect(await status('PUT', `/trace/${run.id}/heartbeat`, alice)).toBe(404);
    expect(await status('PUT', `/trace/${run.id}/heartbeat`)).toBe(200);
    await store.runs.hide(run.id, 1);
    expect(await status('PUT', `/trace/${run.id}/heartbeat`)).toBe(401);
  });

  test('several tries to submit have one each, and all of them end with the run', async () => {
    const store = await open();
    const { issue, run, token, status } = await world(store);
    const second = await issue(run);
    for (const one of [token, second])
      expect(await status('PUT', `/trace/${run.id}/heartbeat`, { token: one })).toBe(200);
    await store.runTokens.removeOfRun(run.id);
    for (const one of [token, second])
      expect(await status('PUT', `/trace/${run.id}/heartbeat`, { token: one })).toBe(401);
  });

  test('a refresh confirms it by two cookies, whatever the expired header says', async () => {
    const { api, run, token, status } = await world(await open());
    const refresh = (refresh_token: string, grant_type = 'refresh_token') =>
      api.app.inject({
        method: 'POST',
        url: '/api/oauth/access_token',
        headers: {
          authorization: 'Bearer expired.and.gone',
          'content-type': 'application/x-www-form-urlencoded',
        },
        payload: new URLSearchParams({ grant_type, refresh_token }).toString(),
      });
    const answer = await refresh(token);
    expect(answer.statusCode).toBe(200);
    const cookies = Object.fromEntries(answer.cookies.map(({ name, value }) => [name, value]));
    expect(cookies).toEqual({ JWT: token, JWT_REFRESH_TOKEN: token });
    const jwt = cookies['JWT'] ?? '';
    const next = await api.app.inject({
      method: 'PUT',
      url: `/api/trace/${run.id}/heartbeat`,
      headers: { authorization: `Bearer ${jwt}`, cookie: `JWT=${jwt}` },
      payload: {},
    });
    expect(next.statusCode).toBe(200);
    expect((await refresh('nonsense')).statusCode).toBe(401);
    expect((await refresh(token, 'password')).statusCode).toBe(400);
    expect(await status('POST', '/oauth/access_token')).toBe(400);
    expect(api.logged()).not.toContain(token);
  });
});
