/** Members, collaborators and teams, as the widespread clients ask about them. */
import { describe, expect, test } from 'vitest';
import { type Person, startApi, type TestApi } from '#test/support/api.ts';
import { addMember, onBothDatabases } from '#test/support/databases.ts';
import { peopleHouse } from '#test/support/people-house.ts';

const events = async (api: TestApi, event: string) =>
  (await api.store.audit.list({ max: 50, event })).map(({ target, state }) => ({
    target: target.name,
    ...state,
  }));

onBothDatabases(({ open }) => {
  describe('members', () => {
    test('are added by name or by e-mail in any case, as members; the e-mail comes back as it is kept', async () => {
      const api = await startApi(await open());
      const { olga, org, ask } = await peopleHouse(api);
      await api.organisation('elsewhere', 'zoe');
      const { user: mixed } = await addMember(api.store, (await api.organisation('third', 'carl')).orgId, {
        userName: 'mixed',
        email: 'Mixed.Case@Example.org',
      });
      const byName = await ask(olga, 'PUT', `${org}/members/add`, { user: 'zoe' });
      expect([byName.status, byName.body.member]).toEqual([
        200,
        expect.objectContaining({ userName: 'zoe', email: 'zoe@example.org', role: 'member' }),
      ]);
      const byMail = await ask(olga, 'PUT', `${org}/members/add`, { user: 'mixed.case@example.ORG' });
      expect(byMail.body.member).toMatchObject({ userId: mixed.id, email: 'Mixed.Case@Example.org' });
      expect(await ask(olga, 'PUT', `${org}/members/add`, { user: 'zoe' })).toMatchObject({
        status: 409,
        body: { message: 'zoe belongs to acme already' },
      });
      expect(await ask(olga, 'PUT', `${org}/members/add`, { user: 'nobody@example.org' })).toMatchObject({
        status: 404,
        body: { message: 'Unknown user: nobody@example.org' },
      });
      expect((await ask(olga, 'PUT', `${org}/members/add`, {})).status).toBe(400);
      expect(await events(api, 'member_added')).toHaveLength(2);
    });

    test('an exact name or e-mail finds one alone; an empty search finds all; max=100 is honoured', async () => {
      const api = await startApi(await open());
      const { olga, org, ask } = await peopleHouse(api);
      for (const name of ['alice', 'alice2', 'al']) await api.person(name, 'acme');
      for (let n = 0; n < 30; n += 1) await addMember(api.store, olga.orgId, { userName: `m${n}` });
      const names = async (query: string) => {
        const { members, totalSize } = (await ask(olga, 'GET', `${org}/members?${query}`)).body;
        return [members.map(({ userName }: { userName: string }) => userName), totalSize];
      };
      expect(await names('search=alice')).toEqual([['alice'], 1]);
      expect(await names('search=ALICE2@example.org')).toEqual([['alice2'], 1]);
      expect((await names('search=al&max=100&offset=0'))[0]).toEqual(['al']);
      expect((await names('search=lic'))[0]).toEqual(['alice', 'alice2']);
      for (const query of ['max=100&offset=0&search=', 'max=100'])
        expect([(await names(query))[0]?.length, (await names(query))[1]]).toEqual([34, 34]);
      expect((await names('')).at(0)).toHaveLength(20);
    });

    test('roles arrive in any case; an owner always remains', async () => {
      const api = await startApi(await open());
      const { olga, org, ask, memberOf } = await peopleHouse(api);
      const mark = await api.person('mark', 'acme');
      const [own, his] = [await memberOf(olga), await memberOf(mark)];
      const last = {
        status: 409,
        body: { message: 'olga is the last owner of acme: make somebody else owner first' },
      };
      expect(await ask(olga, 'PUT', `${org}/members/${own}/role`, { role: 'member' })).toMatchObject(last);
      expect(await ask(olga, 'DELETE', `${org}/members/${own}`)).toMatchObject(last);
      expect(await ask(olga, 'DELETE', `${org}/members/leave`)).toMatchObject(last);
      expect((await ask(olga, 'PUT', `${org}/members/${his}/role`, { role: 'boss' })).status).toBe(400);
      expect(await ask(olga, 'PUT', `${org}/members/${his}/role`, { role: 'OWNER' })).toEqual({
        status: 204,
      });
      const { members } = (await ask(mark, 'GET', `${org}/members?search=mark`)).body;
      expect(members[0].role).toBe('owner');
      expect(await ask(mark, 'PUT', `${org}/members/${own}/role`, { role: 'collaborator' })).toEqual({
        status: 204,
      });
      expect((await ask(olga, 'GET', `${org}/members`)).status).toBe(403);
      expect((await ask(mark, 'GET', `${org}/collaborators`)).body.members[0].userName).toBe('olga');
      expect((await ask(mark, 'PUT', `${org}/members/add`, { user: 'olga' })).body.member.role).toBe(
        'member',
      );
      expect(await events(api, 'member_updated')).toMatchObject([
        { target: 'olga', newState: { role: 'member' } },
        { target: 'olga', previousState: { role: 'owner' }, newState: { role: 'collaborator' } },
        { target: 'mark', newState: { role: 'owner' } },
      ]);
    });

    test('of two owners who act against each other at once, one succeeds, and one always remains', async () => {
      const api = await startApi(await open());
      const { olga, org, ask, memberOf } = await peopleHouse(api);
      const mark = await api.person('mark', 'acme', { role: 'owner' });
      const nora = await api.person('nora', 'acme', { role: 'owner' });
      const demote = async (as: Person, whom: Person) => {
        const path = `${org}/members/${await memberOf(whom)}/role`;
        return ask(as, 'PUT', path, { role: 'member' });
      };
      // Both have been let in before either changes anything.
      const { transaction } = api.store;
      const { promise: bothIn, resolve: letGo } = Promise.withResolvers<void>();
      let come = 0;
      api.store.transaction = async (work) => {
        come += 1;
        if (come === 2) letGo();
        await bothIn;
        return transaction(work);
      };
      // With a third one it is not the rule of the last owner that decides.
      const first = await Promise.all([demote(olga, mark), demote(mark, olga)]);
      api.store.transaction = transaction;
      expect(first.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([204, 403]);
      expect(await api.store.members.countOwners(olga.orgId)).toBe(2);
      const left = first[0]?.status === 204 ? olga : mark;
      const second = await Promise.all([demote(left, nora), demote(nora, left)]);
      expect(second.filter(({ status }) => status === 204)).toHaveLength(1);
      expect(await api.store.members.countOwners(olga.orgId)).toBe(1);
    });

    test('what a user may do where, and why, is shown to the user and to owners', async () => {
      const api = await startApi(await open());
      const { olga, org, participants, ask, memberOf } = await peopleHouse(api);
      const mark = await api.person('mark', 'acme', { workspace: 'main', workspaceRole: 'view' });
      const other = await api.person('other', 'acme');
      const team = (await ask(olga, 'POST', `${org}/teams`, { team: { name: 'runners' } })).body.team;
      await ask(olga, 'POST', `${org}/teams/${team.teamId}/members`, { userNameOrEmail: 'mark' });
      const added = (await ask(olga, 'PUT', `${participants}/add`, { teamId: team.teamId })).body.participant;
      await ask(olga, 'PUT', `${participants}/${added.participantId}/role`, { role: 'launch' });
      const { status, body } = await ask(mark, 'GET', `${org}/users/${mark.id}/roles`);
      expect(status).toBe(200);
      expect(body.user).toMatchObject({ memberId: await memberOf(mark), userName: 'mark', role: 'member' });
      const [workspace] = body.userWorkspaces;
      expect(workspace).toMatchObject({ workspaceId: olga.workspaceId, workspaceName: 'main' });
      expect(workspace.roles).toEqual([
        { role: 'view', roleSourceType: 'individual' },
        {
          role: 'launch',
          roleSourceType: 'team',
          sourceTeamId: team.teamId,
          sourceTeamName: 'runners',
          sourceTeamType: 'regular',
        },
      ]);
      expect(workspace.permissions).toContainEqual({ permission: 'workflow:execute', roles: ['launch'] });
      expect(workspace.permissions).toContainEqual({
        permission: 'workflow:read',
        roles: ['launch', 'view'],
      });
      expect((await ask(olga, 'GET', `${org}/users/${mark.id}/roles`)).body).toEqual(body);
      expect((await ask(other, 'GET', `${org}/users/${mark.id}/roles`)).status).toBe(403);
      expect((await ask(olga, 'GET', `${org}/users/987654/roles`)).status).toBe(404);
      const owners = (await ask(olga, 'GET', `${org}/users/${olga.id}/roles`)).body.userWorkspaces[0].roles;
      expect(owners).toEqual([{ role: 'owner', roleSourceType: 'individual' }]);
    });
  });

  describe('teams', () => {
    test('without max all of them are listed; an exact name finds one alone', async () => {
      const api = await startApi(await open());
      const { olga, org, ask } = await peopleHouse(api);
      for (let n = 0; n < 25; n += 1)
        expect((await ask(olga, 'POST', `${org}/teams`, { team: { name: `team${n}` } })).status).toBe(200);
      const names = async (query: string) =>
        (await ask(olga, 'GET', `${org}/teams${query}`)).body.teams.map(({ name }: { name: string }) => name);
      expect(await names('')).toHaveLength(25);
      expect(await names('?max=10&offset=20')).toHaveLength(5);
      expect(await names('?search=team1')).toEqual(['team1']);
      expect(await names('?search=TEAM1')).toHaveLength(11);
      expect((await ask(olga, 'GET', `${org}/teams?max=1`)).body.totalSize).toBe(25);
    });

    test('are made, described, changed, filled, emptied and deleted', async () => {
      const api = await startApi(await open());
      const { olga, org, ask, memberOf } = await peopleHouse(api);
      const mark = await api.person('mark', 'acme');
      const made = await ask(olga, 'POST', `${org}/teams`, { team: { name: 'lab', description: 'Ours' } });
      const { teamId } = made.body.team;
      expect(made.body.team).toEqual({ teamId, name: 'lab', description: 'Ours', membersCount: 0 });
      expect((await ask(olga, 'POST', `${org}/teams`, { team: { name: 'lab' } })).status).toBe(409);
      expect((await ask(olga, 'POST', `${org}/teams`, { team: { name: 'no spaces' } })).status).toBe(400);
      const validate = async (name: string) =>
        (await ask(olga, 'GET', `${org}/teams/validate?name=${name}`)).status;
      expect([await validate('lab'), await validate('free'), await validate('%20')]).toEqual([409, 204, 400]);
      const added = await ask(olga, 'POST', `${org}/teams/${teamId}/members`, {
        userNameOrEmail: 'MARK@example.org',
      });
      const memberId = await memberOf(mark);
      expect(added).toMatchObject({
        status: 200,
        body: { member: { memberId, userName: 'mark', role: 'member' } },
      });
      expect(
        (await ask(olga, 'POST', `${org}/teams/${teamId}/members`, { userNameOrEmail: 'mark' })).status,
      ).toBe(409);
      await api.organisation('elsewhere', 'zoe');
      expect(
        (await ask(olga, 'POST', `${org}/teams/${teamId}/members`, { userNameOrEmail: 'zoe' })).status,
      ).toBe(404);
      expect((await ask(mark, 'GET', `${org}/teams/${teamId}`)).body.team.membersCount).toBe(1);
      const listed = await ask(olga, 'GET', `${org}/teams/${teamId}/members?max=25&search=mark`);
      expect(listed.body).toMatchObject({ totalSize: 1, members: [{ memberId, userName: 'mark' }] });
      expect((await ask(mark, 'PUT', `${org}/teams/${teamId}`, { name: 'mine' })).status).toBe(403);
      const changed = await ask(olga, 'PUT', `${org}/teams/${teamId}`, { name: 'lab2', description: '' });
      expect(changed).toEqual({ status: 200, body: { team: { teamId, name: 'lab2', membersCount: 1 } } });
      const out = `${org}/teams/${teamId}/members/${memberId}/delete`;
      expect([(await ask(olga, 'DELETE', out)).status, (await ask(olga, 'DELETE', out)).status]).toEqual([
        204, 404,
      ]);
      expect((await ask(olga, 'GET', `${org}/members?search=mark`)).body.totalSize).toBe(1);
      expect((await ask(olga, 'DELETE', `${org}/teams/${teamId}`)).status).toBe(204);
      expect((await ask(olga, 'GET', `${org}/teams/${teamId}`)).status).toBe(404);
      for (const event of ['created', 'updated', 'deleted', 'member_added', 'member_removed'])
        expect(await events(api, `team_${event}`)).toHaveLength(1);
    });

    test('a role in a workspace counts beside the own one, as long as one is in the team', async () => {
      const api = await startApi(await open());
      const { olga, org, participants, ask, memberOf } = await peopleHouse(api);
      const mark = await api.person('mark', 'acme', { workspace: 'main', workspaceRole: 'view' });
      const { teamId } = (await ask(olga, 'POST', `${org}/teams`, { team: { name: 'keys' } })).body.team;
      await ask(olga, 'POST', `${org}/teams/${teamId}/members`, { userNameOrEmail: 'mark' });
      const added = await ask(olga, 'PUT', `${participants}/add`, { teamId });
      const { participantId } = added.body.participant;
      expect(added.body.participant).toEqual({
        participantId,
        teamId,
        teamName: 'keys',
        wspRole: 'view',
        type: 'TEAM',
      });
      expect((await ask(olga, 'PUT', `${participants}/add`, { teamId })).status).toBe(409);
      const mayWrite = async () => {
        const path = `/api/orgs/${olga.orgId}/workspaces/${olga.workspaceId}`;
        return (await api.call('PUT', path, { as: mark, body: { description: 'x' } })).statusCode;
      };
      expect(await mayWrite()).toBe(403);
      expect(
        (await ask(olga, 'PUT', `${participants}/${participantId}/role`, { role: 'ADMIN' })).status,
      ).toBe(204);
      expect(await mayWrite()).toBe(200);
      const workspaces = await ask(olga, 'GET', `${org}/teams/${teamId}/workspaces?search=MAI`);
      expect(workspaces.body).toEqual({
        totalSize: 1,
        workspaces: [
          {
            orgId: olga.orgId,
            orgName: 'acme',
            workspaceId: olga.workspaceId,
            workspaceName: 'main',
            workspaceFullName: 'main',
            participantId,
            participantRole: 'admin',
          },
        ],
      });
      await ask(olga, 'DELETE', `${org}/teams/${teamId}/members/${await memberOf(mark)}/delete`);
      expect(await mayWrite()).toBe(403);
      await ask(olga, 'POST', `${org}/teams/${teamId}/members`, { userNameOrEmail: 'mark' });
      expect(await mayWrite()).toBe(200);
      await ask(olga, 'DELETE', `${org}/teams/${teamId}`);
      expect(await mayWrite()).toBe(403);
      expect((await ask(olga, 'GET', participants)).body.totalSize).toBe(1);
    });
  });
});
