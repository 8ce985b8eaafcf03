/** What real clients send and need: on both databases. */
import { describe, expect, test } from 'vitest';
import { identityOf, startApi } from '#test/support/api.ts';
import { onBothDatabases } from '#test/support/databases.ts';

const json = { 'content-type': 'application/json' };
const hostKey = `ssh-ed25519 ${Buffer.from(`\0\0\0\vssh-ed25519\0\0\0 ${'k'.repeat(32)}`, 'latin1').toString('base64')}`;

onBothDatabases(({ open }) => {
  describe('the command line client', () => {
    test('finds names through user-info and workspaces; ids are numbers', async () => {
      const api = await startApi(await open());
      const owner = await api.organisation('acme', 'olivia');
      const info = (await api.call('GET', '/api//user-info', { as: owner })).json();
      expect(info.user).toMatchObject({ id: owner.id, userName: 'olivia', email: 'olivia@example.org' });
      const { orgsAndWorkspaces } = (
        await api.call('GET', `/api/user/${owner.id}/workspaces`, { as: owner })
      ).json();
      expect(orgsAndWorkspaces).toEqual([
        { orgId: owner.orgId, orgName: 'acme', workspaceId: null, workspaceName: null, roles: ['owner'] },
        {
          orgId: owner.orgId,
          orgName: 'acme',
          workspaceId: owner.workspaceId,
          workspaceName: 'main',
          workspaceFullName: 'main',
          visibility: 'PRIVATE',
          roles: ['owner'],
        },
      ]);
      expect((await api.call('GET', '/api/user/987654/workspaces', { as: owner })).statusCode).toBe(404);
      const { serviceInfo } = (await api.call('GET', '/api/service-info')).json();
      expect(serviceInfo).toMatchObject({ apiVersion: '1.198.0', version: '0.1.0' });
    });

    test('posts without a body but with a JSON content type', async () => {
      const api = await startApi(await open());
      const owner = await api.organisation('acme', 'olivia');
      const headers = { ...json, 'content-length': '0', authorization: `Bearer ${owner.token}` };
      for (const path of [
        '/api/compute-envs/AAAA/primary',
        '/api/workflow/AAAA/cancel',
        '/api/credentials/AAAA/validate',
      ])
        expect((await api.app.inject({ method: 'POST', url: path, headers })).statusCode, path).toBe(404);
      expect((await api.app.inject({ method: 'POST', url: '/api/auth/sign-out', headers })).statusCode).toBe(
        204,
      );
    });

    test('finds exactly one row by user name or e-mail, participants too', async () => {
      const api = await startApi(await open());
      const owner = await api.organisation('acme', 'olivia');
      const { orgId, workspaceId } = owner;
      for (const name of ['alice2', 'alice', 'malice']) await api.person(name, 'acme', { workspace: 'main' });
      const rows = async (path: string, search: string) => {
        const answer = await api.call(
          'GET',
          `${path}?max=100&offset=0&search=${encodeURIComponent(search)}`,
          { as: owner },
        );
        const body = answer.json();
        return (body.members ?? body.participants).map(({ userName }: { userName: string }) => userName);
      };
      for (const path of [
        `/api/orgs/${orgId}/members`,
        `/api/orgs/${orgId}/workspaces/${workspaceId}/participants`,
      ]) {
        expect(await rows(path, 'alice')).toEqual(['alice']);
        expect(await rows(path, 'alice@example.org')).toEqual(['alice']);
        expect((await rows(path, 'lice')).length).toBe(3);
      }
      expect((await rows(`/api/orgs/${orgId}/members`, '')).length).toBe(4);
    });

    test('adds members as member and participants as view', async () => {
      const api = await startApi(await open());
      const owner = await api.organisation('acme', 'olivia');
      const other = await api.organisation('other', 'oscar');
      const add = await api.call('PUT', `/api/orgs/${owner.orgId}/members/add`, {
        as: owner,
        body: { user: 'oscar@example.org' },
      });
      const { member } = add.json();
      expect(member).toMatchObject({
        userId: other.id,
        userName: 'oscar',
        email: 'oscar@example.org',
        role: 'member',
      });
      const participants = `/api/orgs/${owner.orgId}/workspaces/${owner.workspaceId}/participants`;
      const joined = await api.call('PUT', `${participants}/add`, {
        as: owner,
        body: { memberId: member.memberId },
      });
      expect(joined.json().participant).toMatchObject({ userName: 'oscar', wspRole: 'view', type: 'MEMBER' });
      const { participantId } = joined.json().participant;
      const role = await api.call('PUT', `${participants}/${participantId}/role`, {
        as: owner,
        body: { role: 'LAUNCH' },
      });
      expect([role.statusCode, role.body]).toEqual([204, '']);
      const again = await api.call('PUT', `${participants}/add`, {
        as: owner,
        body: { memberId: member.memberId },
      });
      expect(again.statusCode).toBe(409);
    });
  });

  describe('clusters', () => {
    test('identities arrive flat, wrapped or with a configuration, and leave in all shapes that are read', async () => {
      const api = await startApi(await open());
      const owner = await api.organisation('acme', 'olivia');
      const wrapped = {
        name: 'flat',
        platform: 'slurm-platform',
        hostName: 'login.example.org',
        port: 2222,
        orgId: 0,
      };
      const made = await api.call('POST', '/api/identities?orgId=0', {
        as: owner,
        body: { managedIdentity: wrapped },
      });
      expect(made.statusCode, made.body).toBe(200);
      const { id } = made.json();
      expect(typeof id).toBe('number');
      const seen = (
        await api.call('GET', `/api/identities/${id}?orgId=${owner.orgId}`, { as: owner })
      ).json();
      expect(seen.managedIdentity).toMatchObject({
        id,
        name: 'flat',
        hostName: 'login.example.org',
        port: 2222,
        orgId: owner.orgId,
      });
      expect(seen.config).toEqual({
        discriminator: 'slurm-platform',
        hostName: 'login.example.org',
        port: 2222,
      });

      const config = {
        hostName: 'login.example.org',
        workDir: '/scratch',
        headQueue: null,
        launchDir: '',
        hostKeys: [hostKey],
      };
      const full = { name: 'full', platform: 'slurm-platform', config, unknown: 1 };
      const fullMade = await api.call('POST', '/api/identities', { as: owner, body: full });
      expect(fullMade.json().config).toEqual({
        discriminator: 'slurm-platform',
        hostName: 'login.example.org',
        workDir: '/scratch',
      });
      const keys = (
        await api.call('GET', `/api/identities/${fullMade.json().id}/host-keys`, { as: owner })
      ).json();
      expect([keys.status, keys.hostKeys[0].publicKey]).toEqual(['PINNED', hostKey]);

      const list = (search: string) => api.call('GET', `/api/identities?search=${search}`, { as: owner });
      expect((await list('platform:slurm')).json().totalSize).toBe(2);
      expect((await list('platform:lsf-platform')).json().totalSize).toBe(0);
      expect((await list('platform:nonsense')).statusCode).toBe(400);
      const put = { managedIdentity: { ...wrapped, id, name: 'renamed', hostName: 'two.example.org' } };
      expect((await api.call('PUT', `/api/identities/${id}`, { as: owner, body: put })).statusCode).toBe(204);
      const after = (await api.call('GET', `/api/identities/${id}`, { as: owner })).json();
      expect([after.name, after.config.hostName]).toEqual(['renamed', 'two.example.org']);
    });

    test("a member's key goes in and never out; one client adopts entries without a key", async () => {
      const store = await open();
      const api = await startApi(store);
      const owner = await api.organisation('acme', 'olivia');
      const mark = await api.person('mark', 'acme');
      const id = await identityOf(api, owner);
      const path = `/api/identities/${id}/credentials`;
      const key = '-----BEGIN OPENSSH PRIVATE KEY-----\ncanary\n-----END OPENSSH PRIVATE KEY-----\n';
      const body = {
        provider: 'ssh',
        credentials: { provider: 'ssh', keys: { privateKey: key, passphrase: 'canary-phrase' } },
        metadata: { userName: 'mark', account: 'physics' },
      };
      const saved = await api.call('POST', path, { as: mark, body });
      expect(saved.statusCode).toBe(200);
      expect(saved.json()).toMatchObject({
        managedCredentialsId: mark.id,
        managedCredentials: { id: mark.id },
      });
      const adopt = {
        managedCredentials: {
          managedCredentialsId: owner.id,
          managedIdentityId: id,
          orgId: 1,
          provider: 'ssh',
          userId: owner.id,
        },
      };
      expect(
        (await api.call('POST', `${path}?userId=${owner.id}`, { as: owner, body: adopt })).statusCode,
      ).toBe(200);
      const rows = (await api.call('GET', path, { as: owner })).json().managedCredentials;
      expect(rows.find(({ userId }: { userId: number }) => userId === mark.id)).toMatchObject({
        managedCredentialsId: mark.id,
        managedIdentityId: id,
        orgId: owner.orgId,
        userName: 'mark',
        provider: 'ssh',
        metadata: { discriminator: 'ssh', userName: 'mark', account: 'physics' },
      });
      const clear = { ...body, metadata: { userName: 'mark', account: null } };
      expect((await api.call('PUT', `${path}/${mark.id}`, { as: mark, body: clear })).statusCode).toBe(204);
      const [own] = (await api.call('GET', path, { as: mark })).json().managedCredentials;
      expect(own.metadata).toEqual({ discriminator: 'ssh', userName: 'mark' });
      const bare = await api.call('POST', `${path}?userId=${owner.id}`, { as: mark, body });
      expect(bare.statusCode).toBe(403);
      const nothing = await api.call('DELETE', `${path}/?checked=false`, { as: owner });
      expect([400, 404]).toContain(nothing.statusCode);
      expect((await api.call('GET', path, { as: owner })).json().totalSize).toBe(2);
      for (const text of [api.logged(), JSON.stringify(await store.audit.list({ max: 100 }))])
        expect(text).not.toMatch(/canary/);
    });
  });

  describe('the rest', () => {
    test('health tells life and readiness', async () => {
      const store = await open();
      const api = await startApi(store);
      expect((await api.call('GET', '/health/live')).json()).toEqual({ status: 'ok' });
      const ready = await api.call('GET', '/health/ready');
      expect([ready.statusCode, ready.json()]).toEqual([200, { status: 'ok', checks: { database: 'ok' } }]);
      await store.close();
      const away = await api.call('GET', '/health/ready');
      expect([away.statusCode, away.json()]).toEqual([
        503,
        { status: 'unavailable', checks: { service: 'failed' } },
      ]);
      expect((await api.call('GET', '/health/live')).statusCode).toBe(200);
    });

    test('the description holds every route, with ours marked', async () => {
      const api = await startApi(await open());
      const description = (await api.call('GET', '/api/openapi.json')).json();
      expect(description.openapi).toBe('3.1.0');
      const launch = description.paths['/api/workflow/launch'].post;
      expect(launch.operationId).toBe('CreateWorkflowLaunch');
      expect(
        launch.requestBody.content['application/json'].schema.properties.launch.properties.pipeline.type,
      ).toBe('string');
      expect(description.paths['/api/identities/{managedIdentityId}/host-keys'].get['x-latchkey']).toBe(true);
      expect(Object.keys(description.paths).filter((path) => !path.startsWith('/api/'))).toEqual([]);
    });
  });
});
