/** Ids of another organisation beside one's own, ids that are left out, and what people say about themselves. */
import { expect, test } from 'vitest';
import { systemCaller } from '#core/caller.ts';
import { startApi } from '#test/support/api.ts';
import { onBothDatabases } from '#test/support/databases.ts';
import { peopleHouse } from '#test/support/people-house.ts';

onBothDatabases(({ open }) => {
  test("promise 14: another organisation's members, teams, participants and roles answer like none", async () => {
    const api = await startApi(await open());
    const { olga, org, participants, roles, ask } = await peopleHouse(api);
    const zoe = await api.organisation('elsewhere', 'zoe');
    await api.person('zack', 'elsewhere', { workspace: 'main' });
    const theirs = `/orgs/${zoe.orgId}`;
    const member = (await ask(zoe, 'GET', `${theirs}/members?search=zack`)).body.members[0];
    const { teamId } = (await ask(zoe, 'POST', `${theirs}/teams`, { team: { name: 'lab' } })).body.team;
    await ask(zoe, 'POST', `${theirs}/teams/${teamId}/members`, { userNameOrEmail: 'zack' });
    const listed = await ask(zoe, 'GET', `${theirs}/workspaces/${zoe.workspaceId}/participants`);
    const { participantId } = listed.body.participants[0];
    await ask(zoe, 'POST', `/roles?orgId=${zoe.orgId}`, { name: 'curator', permissions: ['pipeline:write'] });
    const own = (await ask(olga, 'POST', `${org}/teams`, { team: { name: 'lab' } })).body.team.teamId;

    type Asked = [Parameters<typeof ask>[1], (id: string | number) => string, unknown?];
    const asked: [string | number, string | number, Asked[]][] = [
      [
        member.memberId,
        987_654,
        [
          ['DELETE', (id) => `${org}/members/${id}`],
          ['PUT', (id) => `${org}/members/${id}/role`, { role: 'owner' }],
          ['GET', (id) => `${org}/members/${id}/holdings`],
          ['DELETE', (id) => `${org}/teams/${own}/members/${id}/delete`],
        ],
      ],
      [
        teamId,
        987_654,
        [
          ['GET', (id) => `${org}/teams/${id}`],
          ['PUT', (id) => `${org}/teams/${id}`, { name: 'mine' }],
          ['DELETE', (id) => `${org}/teams/${id}`],
          ['GET', (id) => `${org}/teams/${id}/members`],
          ['GET', (id) => `${org}/teams/${id}/workspaces`],
          ['POST', (id) => `${org}/teams/${id}/members`, { userNameOrEmail: 'olga' }],
        ],
      ],
      [
        participantId,
        987_654,
        [
          ['DELETE', (id) => `${participants}/${id}`],
          ['PUT', (id) => `${participants}/${id}/role`, { role: 'view' }],
        ],
      ],
      [
        'curator',
        'nothing',
        [
          ['GET', (id) => roles.replace('?', `/${id}?`)],
          ['PUT', (id) => roles.replace('?', `/${id}?`), { description: 'x' }],
          ['DELETE', (id) => roles.replace('?', `/${id}?`)],
        ],
      ],
      [
        zoe.id,
        987_654,
        [
          ['GET', (id) => `${org}/users/${id}/roles`],
          ['DELETE', (id) => `${participants.replace('participants', 'users')}/${id}`],
          ['GET', (id) => `/users/${id}`],
          ['POST', (id) => `/users/${id}`, { firstName: 'x' }],
          ['DELETE', (id) => `/users/${id}`],
        ],
      ],
    ];
    for (const [foreign, nowhere, requests] of asked)
      for (const [method, path, body] of requests) {
        const answer = async (id: string | number) => {
          const { status, body: said } = await ask(olga, method, path(id), body);
          return [status, String(said?.message).replace(String(id), '<id>')];
        };
        expect(await answer(foreign), `${method} ${path('…')}`).toEqual(await answer(nowhere));
        expect((await answer(foreign))[0], `${method} ${path('…')}`).toBe(404);
      }
    const add = (body: object) => ask(olga, 'PUT', `${participants}/add`, body);
    expect((await add({ memberId: member.memberId })).status).toBe(404);
    expect((await add({ teamId })).status).toBe(404);
    const role = await ask(
      zoe,
      'PUT',
      `${theirs}/workspaces/${zoe.workspaceId}/participants/${participantId}/role`,
      { role: 'curator' },
    );
    expect(role.status).toBe(204);
  });

  test('an id that is left out never means all, nor organisation 0 anybody', async () => {
    const api = await startApi(await open());
    const { olga, org, workspace, participants, ask } = await peopleHouse(api);
    const mark = await api.person('mark', 'acme', { workspace: 'main' });
    await ask(olga, 'POST', `${org}/teams`, { team: { name: 'lab' } });
    for (const path of [
      `${org}/members/`,
      `${org}/teams/`,
      `${participants}/`,
      `${workspace}/users/`,
      `${org}/workspaces/`,
      '/orgs/',
      '/users/',
      `/roles/?orgId=${olga.orgId}`,
      '/orgs/0',
      '/orgs/0/members/1',
      '/orgs/0/members/leave',
      '/orgs/0/teams/1',
    ])
      for (const as of [olga, mark])
        expect(path.startsWith('/orgs/0') ? [404] : [400, 403, 404], path).toContain(
          (await ask(as, 'DELETE', path)).status,
        );
    expect((await ask(mark, 'GET', workspace)).status).toBe(200);
    expect((await ask(olga, 'GET', `${org}/members`)).body.totalSize).toBe(2);
    expect((await ask(olga, 'GET', `${org}/teams`)).body.totalSize).toBe(1);
    expect((await ask(olga, 'GET', participants)).body.totalSize).toBe(1);
  });

  test('people describe themselves; user name and e-mail stay, for others know them by these', async () => {
    const api = await startApi(await open());
    const { olga, ask } = await peopleHouse(api);
    const me = `/users/${olga.id}`;
    const profile = {
      firstName: 'Olga',
      lastName: 'Ö',
      organization: 'Lab',
      description: 'x',
      defaultWorkspaceId: olga.workspaceId,
    };
    const echoed = { ...profile, userName: 'olga', email: 'olga@example.org' };
    expect(await ask(olga, 'POST', me, echoed)).toEqual({ status: 204 });
    const { body } = await ask(olga, 'GET', me);
    const { defaultWorkspaceId, ...rest } = profile;
    expect(body).toMatchObject({
      user: { ...rest, id: olga.id, userName: 'olga' },
      defaultWorkspaceId,
      needConsent: false,
    });
    expect((await ask(olga, 'GET', '/user-info')).body).toEqual(body);
    expect(await ask(olga, 'POST', me, { lastName: null, defaultWorkspaceId: null })).toEqual({
      status: 204,
    });
    const changed = (await ask(olga, 'GET', me)).body;
    expect([changed.user.firstName, changed.user.lastName, changed.defaultWorkspaceId]).toEqual([
      'Olga',
      undefined,
      undefined,
    ]);
    const before = await api.store.audit.list({ max: 200 });
    for (const field of ['userName', 'email'])
      expect(await ask(olga, 'POST', me, { firstName: 'X', [field]: 'other@example.org' })).toMatchObject({
        status: 400,
        body: { message: expect.stringMatching(`^${field}: .* only the operator changes it`) },
      });
    expect((await ask(olga, 'POST', me, { email: 'x'.repeat(255) })).status).toBe(400);
    expect((await ask(olga, 'GET', me)).body.user).toEqual(changed.user);
    // What is refused leaves no record; what was changed names its fields.
    expect(await api.store.audit.list({ max: 200 })).toEqual(before);
    const updates = before.filter(({ event }) => event === 'user_updated');
    expect(updates.map(({ state }) => state.metadata?.['changed'])).toEqual([
      ['lastName', 'defaultWorkspaceId'],
      expect.arrayContaining(['firstName', 'lastName', 'organization', 'description']),
    ]);
    expect((await ask(olga, 'POST', me, { defaultWorkspaceId: 987_654 })).status).toBe(404);
    const mark = await api.person('mark', 'acme', { role: 'owner' });
    expect((await ask(mark, 'POST', me, { firstName: 'Mark' })).status).toBe(404);
    expect((await ask(olga, 'GET', me)).body.user.firstName).toBe('Olga');
    const validate = async (name: string) => (await ask(olga, 'GET', `/users/validate?name=${name}`)).status;
    expect([await validate('olga'), await validate('free'), await validate('-x')]).toEqual([409, 204, 400]);
  });

  test('the operator gives another user name or e-mail: all that is theirs stays, whose name is taken is told', async () => {
    const api = await startApi(await open());
    const { olga, org, ask } = await peopleHouse(api);
    const mark = await api.person('mark', 'acme');
    const caller = systemCaller('c');
    const wanted = { userName: 'markus', email: 'Meyer@example.org' };
    expect(await api.rename(caller, 'mark@example.org', wanted)).toMatchObject({ id: mark.id, ...wanted });
    expect((await ask(mark, 'GET', '/user-info')).body.user).toMatchObject({ id: mark.id, ...wanted });
    const found = async (search: string) =>
      (await ask(olga, 'GET', `${org}/members?search=${search}`)).body.members.map(
        ({ userName }: { userName: string }) => userName,
      );
    expect([await found('markus'), await found('mark@example.org')]).toEqual([['markus'], []]);
    expect(await found('RKUS')).toEqual(['markus']);
    const [told] = await api.store.audit.list({ max: 1, event: 'user_updated' });
    expect(told).toMatchObject({
      actor: { type: 'system' },
      target: { name: 'markus' },
      state: { previousState: { userName: 'mark', email: 'mark@example.org' }, newState: wanted },
    });
    for (const [status, who, asked] of [
      [409, 'markus', { userName: 'olga' }],
      [409, 'markus', { email: 'OLGA@example.org' }],
      [400, 'markus', { userName: '-x' }],
      [400, 'markus', { email: 'nowhere' }],
      [400, 'markus', {}],
      [404, 'mark', { userName: 'free' }],
    ] as const)
      await expect(api.rename(caller, who, asked), JSON.stringify(asked)).rejects.toMatchObject({ status });
    expect(await api.store.users.find(mark.id)).toMatchObject(wanted);
    // The name that was given up is free; the one that is carried is not.
    expect((await ask(olga, 'GET', '/users/validate?name=mark')).status).toBe(204);
    expect((await ask(olga, 'GET', '/users/validate?name=markus')).status).toBe(409);
  });
});
