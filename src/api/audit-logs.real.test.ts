/** Reading the audit log: whose records, how they look, pages and files. On both databases. */
import { describe, expect, test } from 'vitest';
import { type Person, startApi, type TestApi } from '#test/support/api.ts';
import { anAuditEvent, onBothDatabases } from '#test/support/databases.ts';

interface Log {
  id: string;
  event: string;
  timestamp: string;
  actor: Record<string, unknown>;
  client: Record<string, unknown>;
  target: Record<string, unknown> & { organization?: { id: number; name: string } };
}

const logs = async (api: TestApi, as: Pick<Person, 'token'>, query = ''): Promise<Log[]> =>
  (await api.call('GET', `/api/admin/audit-logs-v2${query}`, { as })).json<{ auditLogs: Log[] }>().auditLogs;

const world = async (api: TestApi) => {
  const owner = await api.organisation('acme', 'olivia', 'correct horse battery');
  const outsider = await api.organisation('elsewhere', 'oscar');
  const mark = await api.person('mark', 'acme', { workspace: 'main', workspaceRole: 'launch' });
  await api.call('POST', `/api/orgs/${owner.orgId}/workspaces`, {
    as: owner,
    body: { workspace: { name: 'second', fullName: 'Second', visibility: 'PRIVATE' } },
  });
  await api.call('POST', '/api/tokens', { as: mark, body: { name: 'ci' } });
  await api.app.inject({
    method: 'POST',
    url: '/api/auth/sign-in',
    payload: { userNameOrEmail: 'olivia', password: 'correct horse battery' },
  });
  return { owner, outsider, mark };
};

onBothDatabases(({ open }) => {
  describe('who sees what', () => {
    test('owners their organisation, everybody what is their own, nobody what is another’s', async () => {
      const api = await startApi(await open());
      const { owner, outsider, mark } = await world(api);
      const events = async (as: Person, query = '') => (await logs(api, as, query)).map(({ event }) => event);
      expect(await events(mark)).toEqual(['access_token_created', 'access_token_created', 'user_created']);
      const own = await events(owner);
      expect(own).toEqual(expect.arrayContaining(['workspace_created', 'member_added', 'user_signed_in']));
      // Mark's token is Mark's affair.
      expect((await logs(api, owner)).filter(({ target }) => target['name'] === 'ci')).toEqual([]);
      expect((await logs(api, outsider)).every(({ target }) => target.organization?.id !== owner.orgId)).toBe(
        true,
      );
      const inside = await logs(api, owner, `?orgId=${owner.orgId}`);
      expect(inside.length).toBeGreaterThan(3);
      expect(inside.every(({ target }) => target.organization?.id === owner.orgId)).toBe(true);

      const status = async (as: Person, path: string) => (await api.call('GET', path, { as })).statusCode;
      const list = `/api/admin/audit-logs-v2?orgId=${owner.orgId}`;
      expect(await status(mark, list)).toBe(403);
      expect(await status(outsider, list)).toBe(404);
      const record = `/api/admin/audit-logs-v2/${inside[0]?.id}`;
      expect(await status(owner, record)).toBe(200);
      const foreign = await api.call('GET', record, { as: outsider });
      const nowhere = await api.call('GET', '/api/admin/audit-logs-v2/987654', { as: outsider });
      expect([foreign.statusCode, foreign.body.replace(String(inside[0]?.id), 'ID')]).toEqual([
        404,
        nowhere.body.replace('987654', 'ID'),
      ]);
      expect(await status(mark, record)).toBe(404);
      const [newest] = await logs(api, mark);
      const personal = `/api/admin/audit-logs-v2/${newest?.id}`;
      for (const [as, expected] of [
        [mark, 200],
        [owner, 404],
        [outsider, 404],
      ] as const)
        expect(await status(as, personal)).toBe(expected);
      expect((await api.call('GET', '/api/admin/audit-logs-v2')).statusCode).toBe(401);
    });

    test('a token that reaches one organisation shows that one, and one of a workspace none', async () => {
      const api = await startApi(await open());
      const { owner } = await world(api);
      const limited = async (body: object) =>
        (await api.call('POST', '/api/tokens', { as: owner, body: { name: 'x', ...body } })).json().accessKey;
      const whole = await logs(api, { token: await limited({ orgId: owner.orgId, scope: 'read' }) });
      expect(whole.length).toBeGreaterThan(3);
      expect(whole.every(({ target }) => target.organization?.id === owner.orgId)).toBe(true);
      expect(await logs(api, { token: await limited({ workspaceId: owner.workspaceId }) })).toEqual([]);
    });
  });

  test('a record says who, from where, with which token, to what; states when asked', async () => {
    const store = await open();
    const api = await startApi(store);
    const { owner } = await world(api);
    const [record] = await logs(api, owner, `?orgId=${owner.orgId}`);
    const tokenId = (await store.tokens.listOfUser(owner.id))[0]?.id;
    expect(record).toMatchObject({
      event: 'workspace_created',
      timestamp: expect.stringMatching(/Z$/),
      actor: { type: 'user', userId: owner.id, userName: 'olivia', isRoot: false },
      client: { ip: '127.0.0.1', userAgent: 'lightMyRequest', accessTokenId: tokenId },
      target: {
        type: 'workspace',
        context: 'Workspace',
        organization: { id: owner.orgId, name: 'acme' },
        workspace: { name: 'second' },
        state: { metadata: { contentRequested: false } },
      },
    });
    await store.audit.append(
      anAuditEvent({
        target: {
          type: 'workflow',
          id: 'r',
          name: null,
          organisationId: owner.orgId,
          workspaceId: 999,
          userId: owner.id,
        },
        state: { newState: { status: 'X' }, metadata: { host: 'h' } },
      }),
      api.clock.now() + 1,
    );
    const [newest] = await logs(api, owner, '?attributes=state&max=1');
    const { id, target } = newest as Log;
    expect(target).toMatchObject({
      workspace: { id: 999 },
      user: { id: owner.id, name: 'olivia' },
      state: {
        newState: { status: 'X', auditImageType: 'workflow' },
        metadata: {
          host: 'h',
          contentRequested: true,
          preStateStatus: 'UNAPPLICABLE',
          postStateStatus: 'RECORDED',
        },
      },
    });
    const one = await api.call('GET', `/api/admin/audit-logs-v2/${id}?attributes=state`, { as: owner });
    expect(one.json()).toEqual(newest);
    const bare = await api.call('GET', `/api/admin/audit-logs-v2/${id}`, { as: owner });
    expect(bare.body).not.toContain('"X"');
  });

  test('pages by token and by time', async () => {
    const store = await open();
    const api = await startApi(store);
    const owner = await api.organisation('acme', 'olivia');
    const target = { ...anAuditEvent().target, organisationId: owner.orgId };
    for (let minute = 0; minute < 25; minute += 1)
      await store.audit.append(anAuditEvent({ target }), Date.UTC(2026, 5, 1, 0, minute));
    const between = `timestampAfterOrEqual=2026-06-01T00:05:00Z&timestampBeforeOrEqual=${encodeURIComponent('2026-06-01T02:14:00+02:00')}`;
    const minutes: string[] = [];
    let next = '';
    for (let pages = 0; pages < 5; pages += 1) {
      const { auditLogs, nextPageToken } = (
        await api.call('GET', `/api/admin/audit-logs-v2?${between}&max=4${next}`, { as: owner })
      ).json<{ auditLogs: Log[]; nextPageToken?: string }>();
      expect(auditLogs.length).toBeLessThanOrEqual(4);
      minutes.push(...auditLogs.map(({ timestamp }) => timestamp.slice(14, 16)));
      if (nextPageToken === undefined) break;
      next = `&nextPageToken=${nextPageToken}`;
    }
    expect(minutes).toEqual(['14', '13', '12', '11', '10', '09', '08', '07', '06', '05']);
    const refused = async (query: string) => {
      const answer = await api.call('GET', `/api/admin/audit-logs-v2?${query}`, { as: owner });
      return [answer.statusCode, answer.json().message];
    };
    expect(await refused('nextPageToken=abc')).toEqual([400, expect.stringContaining('nextPageToken: ')]);
    expect(await refused('timestampAfterOrEqual=yesterday')).toEqual([
      400,
      expect.stringContaining('timestampAfterOrEqual: must be a date'),
    ]);
    expect(await refused('attributes=all')).toEqual([400, 'attributes: must be state']);
    expect(await refused('max=0')).toEqual([400, expect.stringContaining('max: ')]);
  });

  test('the file holds every record once, piece by piece', async () => {
    const store = await open();
    const api = await startApi(store);
    const owner = await api.organisation('acme', 'olivia');
    const target = { ...anAuditEvent().target, organisationId: owner.orgId, name: '=1+1' };
    await store.transaction(async ({ audit }) => {
      for (let count = 0; count < 1_203; count += 1) await audit.append(anAuditEvent({ target }), count);
    });
    const ask = (query: string) =>
      api.call('GET', `/api/admin/audit-logs-v2/export-csv?orgId=${owner.orgId}${query}`, { as: owner });
    const answer = await ask('&timestampBeforeOrEqual=2000-01-01');
    expect([
      answer.statusCode,
      answer.headers['content-type'],
      answer.headers['content-disposition'],
    ]).toEqual([200, 'text/csv; charset=utf-8', expect.stringContaining('audit-logs.csv')]);
    const lines = answer.body.trimEnd().split('\r\n');
    expect(lines.length).toBe(1_204);
    expect(new Set(lines).size).toBe(1_204);
    expect(lines[1]).toContain(`"'=1+1"`);
    expect((await ask('&attributes=state')).body).toContain('SUBMITTED');
    const { token } = await api.person('mark', 'acme');
    expect(
      (await api.call('GET', `/api/admin/audit-logs-v2/export-csv?orgId=${owner.orgId}`, { as: { token } }))
        .statusCode,
    ).toBe(403);
  });

  test('the beginning of the file is sent before its end is read', async () => {
    const store = await open();
    const { promise: looked, resolve: look } = Promise.withResolvers<void>();
    let pages = 0;
    const page: typeof store.audit.page = async (query) => {
      pages += 1;
      if (pages === 2) await looked;
      return store.audit.page(query);
    };
    const api = await startApi({ ...store, audit: { ...store.audit, page } });
    const owner = await api.organisation('acme', 'olivia');
    const target = { ...anAuditEvent().target, organisationId: owner.orgId };
    await store.transaction(async ({ audit }) => {
      for (let count = 0; count < 600; count += 1) await audit.append(anAuditEvent({ target }), count);
    });
    const base = await api.app.listen({ host: '127.0.0.1', port: 0 });
    const answer = await fetch(`${base}/api/admin/audit-logs-v2/export-csv?orgId=${owner.orgId}`, {
      headers: { authorization: `Bearer ${owner.token}` },
    });
    const reader = answer.body!.getReader();
    const pieces: Uint8Array[] = [];
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
      pieces.push(piece.value);
      // Titles alone do not count.
      if (Buffer.concat(pieces).toString().split('\r\n').length > 2) look();
    }
    expect(pages).toBe(2);
    expect(Buffer.concat(pieces).toString().trimEnd().split('\r\n').length).toBeGreaterThan(600);
    await api.app.close();
  });

  test('promise 1: no call gives out a key, and only who sees the credentials learns that they exist', async () => {
    const api = await startApi(await open());
    const { owner, outsider } = await world(api);
    const keys = { discriminator: 'ssh', privateKey: '-----BEGIN OPENSSH PRIVATE KEY-----' };
    const made = await api.call('POST', `/api/credentials?workspaceId=${owner.workspaceId}`, {
      as: owner,
      body: { credentials: { name: 'shared', provider: 'ssh', keys } },
    });
    const { credentialsId } = made.json();
    const ask = (as: Person) => api.call('GET', `/api/credentials/${credentialsId}/keys?pairingId=x`, { as });
    const refused = await ask(owner);
    expect([refused.statusCode, refused.json().message]).toEqual([
      403,
      expect.stringContaining('never given'),
    ]);
    expect((await ask(outsider)).statusCode).toBe(404);
  });
});
