/** What refusals look like, and that answers hold nothing beyond their schema: on both databases. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { conflict } from '#core/errors.ts';
import { identityOf, startApi } from '#test/support/api.ts';
import { anIdentity, onBothDatabases } from '#test/support/databases.ts';
import type { Actions } from './actions.ts';

const patience = { timeout: 20_000 };

onBothDatabases(({ open }) => {
  describe('refusals', () => {
    test('are always {message}, with the header that belongs to them', async () => {
      const api = await startApi(await open());
      const owner = await api.organisation('acme', 'olivia');
      const ask = (method: 'GET' | 'POST', url: string, payload?: string, type = 'application/json') =>
        api.app.inject({
          method,
          url,
          headers: {
            authorization: `Bearer ${owner.token}`,
            ...(payload !== undefined && { 'content-type': type }),
          },
          ...(payload !== undefined && { payload }),
        });
      const answers = [
        [401, await api.call('GET', '/api/user-info')],
        [404, await ask('GET', '/api/nothing/here')],
        [404, await ask('GET', '/nothing')],
        [404, await ask('POST', '/api/user-info', '{}')],
        [400, await ask('POST', '/api/tokens', '{"name":')],
        [400, await ask('POST', '/api/tokens', '{"__proto__":{"a":1}}')],
        [415, await ask('POST', '/api/tokens', 'name=x', 'text/plain')],
        [413, await ask('POST', '/api/tokens', `{"name":"${'x'.repeat(9_000_000)}"}`)],
        [400, await ask('GET', '/api/identities/%zz')],
        [400, await ask('GET', '/api/identities/abc')],
        [400, await ask('GET', '/api/workflow?max=many')],
        [424, await ask('GET', `/api/identities/${await identityOf(api, owner)}/host-keys?scan=true`)],
      ] as const;
      for (const [status, answer] of answers) {
        expect(answer.statusCode, answer.body).toBe(status);
        expect(Object.keys(answer.json()), answer.body).toEqual(['message']);
        expect(answer.json().message.length).toBeGreaterThan(10);
        expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
        expect(answer.headers['cache-control']).toBe('no-store');
      }
      expect(answers[0][1].headers['www-authenticate']).toBe('Bearer realm="latchkey"');
    });

    test('name the field and the cure', async () => {
      const api = await startApi(await open());
      const owner = await api.organisation('acme', 'olivia');
      const said = async (path: string, body: unknown) =>
        (await api.call('POST', `/api${path}`, { as: owner, body })).json().message;
      const identity = (config: object) =>
        said('/identities', { name: 'hpc', platform: 'slurm-platform', config });
      expect(await said('/tokens', {})).toBe('name: is missing');
      expect(await identity({ port: 99999 })).toBe('config.port: must be a whole number from 1 to 65535');
      expect(await identity({ port: 'ssh' })).toBe('config.port: must be a whole number from 1 to 65535');
      expect(await identity({ maxQueueSize: 0 })).toBe(
        'config.maxQueueSize: must be a whole number from 1 to 1000000',
      );
      expect(await identity({ workDir: 'work' })).toContain('config.workDir: must be an absolute path');
      expect(await identity({ discriminator: 'lsf-platform' })).toBe(
        'config.discriminator: must be the platform, slurm-platform',
      );
      expect(await identity({ environment: [{ name: '1A', value: 'x' }] })).toContain(
        'config.environment.0.name: must',
      );
      expect(await identity({ preRunScript: 'x'.repeat(300_000) })).toBe(
        'config.preRunScript: is too long: at most 262144 characters',
      );
      expect(await identity({ preRunScript: 'a\0b' })).toBe(
        'config.preRunScript: NUL characters are not allowed',
      );
      expect(await said('/identities', { name: '-x', platform: 'slurm-platform', config: {} })).toContain(
        'name: use 1 to 100',
      );
      expect(await said('/identities', { name: 'x', platform: 'k8s-platform', config: {} })).toContain(
        'platform: must be one of slurm-platform',
      );
      expect(await said('/workflow/launch', { launch: { pipeline: '-c evil' } })).toContain(
        'launch.pipeline: must be one word',
      );
      expect(await said('/workflow/launch', { launch: { pipeline: 'a/b', userSecrets: 'x' } })).toContain(
        'launch.userSecrets: ',
      );
    });

    test('our own failure: a reference, the log knows the rest', async () => {
      const store = await open();
      const api = await startApi(
        store,
        {},
        { runs: { list: () => Promise.reject(new Error('secret detail')) } as never },
      );
      const owner = await api.organisation('acme', 'olivia');
      const answer = await api.call('GET', '/api/workflow', { as: owner });
      expect(answer.statusCode).toBe(500);
      const { message, reference, ...rest } = answer.json();
      expect([rest, message.includes(reference), reference]).toEqual([
        {},
        true,
        answer.headers['x-request-id'],
      ]);
      expect(answer.body).not.toContain('secret detail');
      expect(api.logged()).toContain('secret detail');
    });

    test('promise 21: one person has 24 requests under way, whatever tokens they use; others go on', async () => {
      const { promise: held, reject: letGo } = Promise.withResolvers<never>();
      // Its handlers wait, as for a slow cluster; only the nouns that are asked for here count.
      const organisations = { list: () => held } as unknown as Actions['organisations'];
      const api = await startApi(await open(), {}, { organisations });
      const owner = await api.organisation('acme', 'olivia');
      const mark = await api.person('mark', 'acme');
      const second = (await api.call('POST', '/api/tokens', { as: owner, body: { name: 'b' } })).json()
        .accessKey;
      const base = await api.app.listen({ host: '127.0.0.1', port: 0 });
      const ask = (path: string, token: string, signal?: AbortSignal) =>
        fetch(`${base}/api${path}`, {
          headers: { authorization: `Bearer ${token}` },
          ...(signal && { signal }),
        });
      const given = new AbortController();
      const slow = Array.from({ length: 24 }, (_, count) =>
        ask('/orgs', count % 2 ? owner.token : second, given.signal).catch(() => undefined),
      );
      await expect.poll(async () => (await ask('/user-info', owner.token)).status, patience).toBe(429);
      const refused = await ask('/user-info', second);
      expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1']);
      expect((await ask('/user-info', mark.token)).status).toBe(200);
      // Hanging up ends nothing that was asked for.
      given.abort();
      await Promise.all(slow);
      // The server hears of it a moment later.
      for (let look = 0; look < 20; look += 1) {
        expect((await ask('/user-info', owner.token)).status).toBe(429);
        await sleep(10);
      }
      letGo(conflict('over'));
      await expect.poll(async () => (await ask('/user-info', owner.token)).status, patience).toBe(200);
      // Whatever is refused before a handler gives its place back too.
      for (let count = 0; count < 30; count += 1)
        expect((await ask('/orgs/999999', owner.token)).status).toBe(404);
      await api.app.close();
    });

    test('too many requests: 429 with the time to wait, for this token alone', async () => {
      const api = await startApi(await open(), { requestsPerMinute: 5 });
      const owner = await api.organisation('acme', 'olivia');
      const mark = await api.person('mark', 'acme');
      const statuses = [];
      for (let count = 0; count < 7; count += 1)
        statuses.push((await api.call('GET', '/api/user-info', { as: owner })).statusCode);
      expect(statuses).toEqual([200, 200, 200, 200, 200, 429, 429]);
      const refused = await api.call('GET', '/api/user-info', { as: owner });
      expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
      expect(Object.keys(refused.json())).toEqual(['message']);
      expect((await api.call('GET', '/api/user-info', { as: mark })).statusCode).toBe(200);
    });

    test('addresses in X-Forwarded-For count only from a trusted proxy', async () => {
      const store = await open();
      const seen = async (trustedProxies: string[]) => {
        const api = await startApi(store, { trustedProxies });
        await api.app.inject({
          method: 'POST',
          url: '/api/auth/sign-in',
          remoteAddress: '10.0.0.9',
          headers: { 'x-forwarded-for': '203.0.113.7' },
          payload: { userNameOrEmail: 'nobody', password: 'wrong' },
        });
        return (await store.audit.list({ max: 1 }))[0]?.client.ip;
      };
      expect(await seen([])).toBe('10.0.0.9');
      expect(await seen(['10.0.0.0/24'])).toBe('203.0.113.7');
      expect(await seen(['192.0.2.0/24'])).toBe('10.0.0.9');
    });
  });

  test('answers hold what their schema says, whatever an action gives', async () => {
    const leaky = {
      id: 1,
      name: 'hpc',
      platform: 'slurm-platform',
      config: {
        discriminator: 'slurm-platform',
        privateKey: 'leak',
        environment: [{ name: 'A', value: '', head: true, compute: false, key: 'leak' }],
      },
      sealed: 'leak',
    };
    const refused = conflict('in use', {
      secret: 'leak',
      answer: {
        managedCredentialsId: '7',
        conflicts: [{ type: 'workflow', id: 'x', name: 'n', url: 'u', key: 'leak' }],
        key: 'leak',
      },
    });
    const identities = {
      list: () => Promise.resolve({ rows: [leaky], totalSize: 1, key: 'leak' }),
      remove: () => Promise.reject(refused),
    };
    const store = await open();
    const api = await startApi(store, {}, { identities: identities as never });
    const owner = await api.organisation('acme', 'olivia');
    const list = await api.call('GET', '/api/identities', { as: owner });
    expect([list.statusCode, list.body.includes('leak')]).toEqual([200, false]);
    const { id } = await store.identities.insert(anIdentity(owner.orgId, owner.id));
    const removal = await api.call('DELETE', `/api/identities/${id}?checked=true`, { as: owner });
    expect([removal.statusCode, removal.json()]).toEqual([
      409,
      {
        managedCredentialsId: '7',
        conflicts: [{ type: 'workflow', id: 'x', name: 'n', url: 'u' }],
        message: 'in use',
      },
    ]);
  });
});
