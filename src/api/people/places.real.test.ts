/** Participants and the roles they may have; workspaces that are shared. */
import { describe, expect, test } from 'vitest';
import { permissionCatalogue } from '#core/roles.ts';
import { type Person, startApi } from '#test/support/api.ts';
import { aRun, onBothDatabases } from '#test/support/databases.ts';
import { peopleHouse } from '#test/support/people-house.ts';

const manager = {
  name: 'Pipeline Manager',
  description: 'Keeps pipelines',
  permissions: ['pipeline:read', 'pipeline:write'],
};

onBothDatabases(({ open }) => {
  describe('participants', () => {
    test('are added by number, name or e-mail, with role view; who has only an account becomes a collaborator', async () => {
      const api = await startApi(await open());
      const { olga, org, ask, participants } = await peopleHouse(api);
      await api.person('mark', 'acme');
      await api.organisation('elsewhere', 'zoe');
      const memberId = (await ask(olga, 'GET', `${org}/members?search=mark`)).body.members[0].memberId;
      const mark = await ask(olga, 'PUT', `${participants}/add`, { memberId });
      expect(mark).toMatchObject({
        status: 200,
        body: { participant: { memberId, wspRole: 'view', type: 'MEMBER' } },
      });
      expect((await ask(olga, 'PUT', `${participants}/add`, { userNameOrEmail: 'mark' })).status).toBe(409);
      const zoe = await ask(olga, 'PUT', `${participants}/add`, { userNameOrEmail: 'ZOE@example.org' });
      expect(zoe.body.participant).toMatchObject({
        userName: 'zoe',
        email: 'zoe@example.org',
        orgRole: 'collaborator',
        wspRole: 'view',
        type: 'COLLABORATOR',
      });
      const collaborators = await ask(olga, 'GET', `${org}/collaborators?max=100&offset=0`);
      expect(collaborators.body.members).toMatchObject([{ userName: 'zoe', role: 'collaborator' }]);
      expect((await ask(olga, 'PUT', `${participants}/add`, { userNameOrEmail: 'nobody' })).status).toBe(404);
      expect((await ask(olga, 'PUT', `${participants}/add`, { memberId: 987_654 })).status).toBe(404);
      expect((await ask(olga, 'PUT', `${participants}/add`, { teamId: 987_654 })).status).toBe(404);
      expect((await ask(olga, 'PUT', `${participants}/add`, {})).status).toBe(400);
    });

    test('a search puts an exact user name, e-mail or team name first and alone', async () => {
      const api = await startApi(await open());
      const { olga, org, ask, participants, rowOf } = await peopleHouse(api);
      for (const name of ['alice', 'alice2', 'runners2'])
        await api.person(name, 'acme', { workspace: 'main' });
      const team = await ask(olga, 'POST', `${org}/teams`, { team: { name: 'runners' } });
      await ask(olga, 'PUT', `${participants}/add`, { teamId: team.body.team.teamId });
      expect((await rowOf('alice')).userName).toBe('alice');
      expect((await rowOf('alice2@example.org')).userName).toBe('alice2');
      expect(await rowOf('runners')).toMatchObject({ type: 'TEAM', teamName: 'runners' });
      const found = (await ask(olga, 'GET', `${participants}?search=alice`)).body;
      expect([found.totalSize, found.participants.length]).toEqual([1, 1]);
      expect((await ask(olga, 'GET', `${participants}?search=runners`)).body.totalSize).toBe(1);
      const all = (await ask(olga, 'GET', `${participants}?max=100&offset=0&search=`)).body;
      const names = all.participants.map(
        (row: { userName?: string; teamName?: string }) => row.userName ?? row.teamName,
      );
      expect([names, all.totalSize]).toEqual([['alice', 'alice2', 'runners', 'runners2'], 4]);
      expect((await ask(olga, 'GET', `${participants}?search=RUN`)).body.totalSize).toBe(2);
    });

    test('nobody hands out or takes away more than they may do themselves', async () => {
      const api = await startApi(await open());
      const { olga, ask, participants, rowOf } = await peopleHouse(api);
      const person = (name: string, workspaceRole: 'owner' | 'admin' | 'view') =>
        api.person(name, 'acme', { workspace: 'main', workspaceRole });
      const [ada] = [
        await person('ada', 'admin'),
        await person('oona', 'owner'),
        await person('vic', 'view'),
      ];
      const row = async (name: string) => `${participants}/${(await rowOf(name)).participantId}`;
      const refused = {
        status: 403,
        body: { message: expect.stringContaining('ask an owner of the workspace') },
      };
      expect(await ask(ada, 'PUT', `${await row('vic')}/role`, { role: 'owner' })).toMatchObject(refused);
      expect(await ask(ada, 'PUT', `${await row('oona')}/role`, { role: 'view' })).toMatchObject(refused);
      expect(await ask(ada, 'DELETE', await row('oona'))).toMatchObject(refused);
      expect(await ask(ada, 'PUT', `${await row('vic')}/role`, { role: 'ADMIN' })).toEqual({ status: 204 });
      expect((await rowOf('vic')).wspRole).toBe('admin');
      // With a role of one's own making too.
      await ask(olga, 'POST', `/roles?orgId=${olga.orgId}`, {
        name: 'doorkeeper',
        permissions: ['workspace:admin', 'workspace:read'],
      });
      await ask(olga, 'PUT', `${await row('vic')}/role`, { role: 'Doorkeeper' });
      expect((await rowOf('vic')).wspRole).toBe('doorkeeper');
      const vic = { token: (await api.person('vic', 'acme')).token };
      expect(await ask(vic, 'PUT', `${await row('vic')}/role`, { role: 'admin' })).toMatchObject(refused);
      expect(await ask(vic, 'DELETE', await row('ada'))).toMatchObject(refused);
    });

    test('leave or are taken out; who is here through a team or as owner is told so', async () => {
      const api = await startApi(await open());
      const { olga, org, ask, workspace, participants, rowOf } = await peopleHouse(api);
      const mark = await api.person('mark', 'acme', { workspace: 'main', workspaceRole: 'launch' });
      const run = aRun(mark.id, { workspaceId: olga.workspaceId, organisationId: olga.orgId });
      await api.store.runs.insert(run);
      expect(await ask(mark, 'DELETE', participants)).toEqual({ status: 204 });
      expect((await ask(mark, 'GET', workspace)).status).toBe(404);
      const [left] = await api.store.audit.list({ max: 1, event: 'participant_removed' });
      expect(left).toMatchObject({ actor: { userName: 'mark' }, target: { name: 'mark' } });
      expect(left?.state).toEqual({ previousState: { role: 'launch' }, metadata: { runsGoingOn: [run.id] } });
      await ask(olga, 'PUT', `${participants}/add`, { userNameOrEmail: 'mark' });
      expect((await ask(olga, 'DELETE', `${workspace}/users/${mark.id}`)).status).toBe(204);
      expect((await ask(olga, 'DELETE', `${workspace}/users/${mark.id}`)).status).toBe(404);
      const { teamId } = (await ask(olga, 'POST', `${org}/teams`, { team: { name: 'lab' } })).body.team;
      await ask(olga, 'POST', `${org}/teams/${teamId}/members`, { userNameOrEmail: 'mark' });
      await ask(olga, 'PUT', `${participants}/add`, { teamId });
      const throughTeam = { status: 409, body: { message: 'mark is here as member of the team lab' } };
      expect(await ask(mark, 'DELETE', participants)).toEqual(throughTeam);
      expect(await ask(olga, 'DELETE', `${workspace}/users/${mark.id}`)).toEqual(throughTeam);
      expect((await ask(olga, 'DELETE', participants)).body.message).toBe('olga is here as owner of acme');
      expect(
        (await ask(olga, 'DELETE', `${participants}/${(await rowOf('lab')).participantId}`)).status,
      ).toBe(204);
      expect((await ask(mark, 'GET', workspace)).status).toBe(404);
    });
  });

  describe('roles that an organisation makes', () => {
    test('are made, described by names with spaces, changed and deleted', async () => {
      const api = await startApi(await open());
      const { olga, org, ask, participants, rowOf, roles } = await peopleHouse(api);
      const mark = await api.person('mark', 'acme', { workspace: 'main' });
      expect(await ask(olga, 'POST', roles, manager)).toEqual({ status: 201, body: manager });
      expect((await ask(olga, 'POST', roles, { ...manager, name: 'PIPELINE MANAGER' })).status).toBe(409);
      const one = `/roles/Pipeline%20Manager?orgId=${olga.orgId}`;
      expect(await ask(mark, 'GET', one)).toEqual({
        status: 200,
        body: { role: { ...manager, isPredefined: false } },
      });
      const { participantId } = await rowOf('mark');
      const give = (role: string) => ask(olga, 'PUT', `${participants}/${participantId}/role`, { role });
      expect((await give('pipeline manager')).status).toBe(204);
      expect((await rowOf('mark')).wspRole).toBe('Pipeline Manager');
      expect(await ask(olga, 'DELETE', one)).toMatchObject({
        status: 409,
        body: {
          message:
            'Participants of workspace main have the role Pipeline Manager: give them another one first',
        },
      });
      const path = `${org}/workspaces/${olga.workspaceId}`;
      expect((await ask(mark, 'GET', path)).status).toBe(403);
      const change = { name: 'Curator', permissions: ['workspace:read'] };
      expect(await ask(olga, 'PUT', one, change)).toEqual({ status: 204 });
      expect((await ask(mark, 'GET', path)).status).toBe(200);
      expect((await rowOf('mark')).wspRole).toBe('Curator');
      expect((await ask(olga, 'GET', one)).status).toBe(404);
      await give('view');
      expect((await ask(olga, 'DELETE', `/roles/curator?orgId=${olga.orgId}`)).status).toBe(204);
      const made = await api.store.audit.list({ max: 3, event: 'role_updated' });
      expect(made[0]?.state).toMatchObject({
        previousState: { name: 'Pipeline Manager' },
        newState: { name: 'Curator' },
      });
    });

    test('are listed beside the built-in ones, which nobody changes', async () => {
      const api = await startApi(await open());
      const { olga, ask, roles } = await peopleHouse(api);
      const mark = await api.person('mark', 'acme');
      await ask(olga, 'POST', roles, manager);
      const names = async (query: string) => {
        const { body } = await ask(mark, 'GET', `${roles}${query}`);
        return [body.roles.map(({ name }: { name: string }) => name), body.totalSize];
      };
      const builtIn = ['owner', 'admin', 'maintain', 'launch', 'connect', 'view'];
      expect(await names('')).toEqual([[...builtIn, 'Pipeline Manager'], 7]);
      expect(await names('&type=custom')).toEqual([['Pipeline Manager'], 1]);
      expect(await names('&type=predefined&max=2&offset=1')).toEqual([['admin', 'maintain'], 6]);
      expect(await names('&name=MA')).toEqual([['maintain', 'Pipeline Manager'], 2]);
      const owner = (await ask(mark, 'GET', `/roles/OWNER?orgId=${olga.orgId}`)).body.role;
      expect(owner).toMatchObject({ name: 'owner', isPredefined: true });
      expect(owner.permissions).toHaveLength(permissionCatalogue.length);
      expect((await ask(olga, 'PUT', `/roles/view?orgId=${olga.orgId}`, manager)).status).toBe(400);
      expect((await ask(olga, 'DELETE', `/roles/Admin?orgId=${olga.orgId}`)).status).toBe(400);
      expect((await ask(mark, 'POST', roles, { ...manager, name: 'mine' })).status).toBe(403);
      const catalogue = (await ask(mark, 'GET', `/roles/permissions?orgId=${olga.orgId}`)).body.permissions;
      expect(catalogue).toEqual(permissionCatalogue);
      const some = (await ask(mark, 'GET', `/roles/permissions?orgId=${olga.orgId}&name=QUICK`)).body
        .permissions;
      expect(some).toEqual([{ name: 'workflow_quick:execute', category: 'Pipelines' }]);
    });

    test('bad names and permissions are named', async () => {
      const api = await startApi(await open());
      const { olga, ask, roles } = await peopleHouse(api);
      const make = async (role: object) =>
        (await ask(olga, 'POST', roles, { ...manager, ...role })).body.message;
      for (const name of ['Admin', 'validate', 'PERMISSIONS', ' x', 'two  spaces', 'a/b', 'x'.repeat(41)])
        expect(await make({ name }), name).toMatch(/^name: /);
      expect(await make({ permissions: [] })).toBe('permissions: give at least one');
      expect(await make({ permissions: ['workflow:fly'] })).toMatch(
        /^permissions: "workflow:fly" is not known/,
      );
      const validate = async (name: string) =>
        (await ask(olga, 'GET', `/roles/validate?orgId=${olga.orgId}&name=${encodeURIComponent(name)}`))
          .status;
      await ask(olga, 'POST', roles, manager);
      expect([
        await validate('pipeline manager'),
        await validate('New one'),
        await validate('view'),
        await validate(''),
      ]).toEqual([409, 204, 400, 400]);
      const { status, body } = await ask(olga, 'PUT', `/roles/nothing?orgId=${olga.orgId}`, manager);
      expect([status, body.message]).toEqual([404, 'Unknown role: nothing']);
    });
  });

  test('a shared workspace is seen by all members of its organisation, and its pipelines read', async () => {
    const api = await startApi(await open());
    const { olga, org, ask, workspace, participants } = await peopleHouse(api);
    const mark = await api.person('mark', 'acme');
    const carl = await api.person('carl', 'acme', { role: 'collaborator' });
    const sees = async (person: Person) => {
      const { body } = await ask(person, 'GET', `/user/${person.id}/workspaces`);
      const row = body.orgsAndWorkspaces.find(
        (place: { workspaceId: number }) => place.workspaceId === olga.workspaceId,
      );
      const listed = (await ask(person, 'GET', `${org}/workspaces`)).body.workspaces.length;
      return [row?.visibility, row?.roles, listed, (await ask(person, 'GET', workspace)).status];
    };
    expect(await sees(mark)).toEqual([undefined, undefined, 0, 404]);
    const shared = await ask(olga, 'PUT', workspace, { visibility: 'SHARED' });
    expect(shared).toMatchObject({ status: 200, body: { workspace: { visibility: 'SHARED' } } });
    expect(await sees(mark)).toEqual(['SHARED', [], 1, 200]);
    expect(await sees(carl)).toEqual([undefined, undefined, 0, 404]);
    const inside = `workspaceId=${olga.workspaceId}`;
    const refusal = await ask(mark, 'GET', `/workflow?${inside}`);
    expect([refusal.status, refusal.body.message]).toEqual([
      403,
      expect.stringContaining('is shared for reading its pipelines'),
    ]);
    expect((await ask(mark, 'GET', `/credentials?${inside}`)).status).toBe(403);
    expect((await ask(mark, 'PUT', `${participants}/add`, { userNameOrEmail: 'mark' })).status).toBe(403);
    await ask(olga, 'PUT', workspace, { visibility: 'PRIVATE' });
    expect(await sees(mark)).toEqual([undefined, undefined, 0, 404]);
  });
});
