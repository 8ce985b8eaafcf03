/** `seqera_orgs`, `seqera_workspace`, `seqera_teams`, members, participants and roles: on both databases. */
import { afterAll, expect, test } from 'vitest';
import { onBothDatabases } from '#test/support/databases.ts';
import { closeClientWorlds, startClientWorld } from '../world.ts';

afterAll(closeClientWorlds);

onBothDatabases(({ open }) => {
  test('orgs and workspace: POST 200, PUT 204 and 200, DELETE 204', async () => {
    const { terraform } = await startClientWorld(await open());
    const fields = { fullName: 'Full', description: 'd', location: 'l', website: 'https://w.example' };
    const made = await terraform.post('/orgs', { organization: { name: 'tf-org', ...fields } });
    expect(made.status).toBe(200);
    const { orgId } = made.body.organization;
    expect((await terraform.get(`/orgs/${orgId}`)).body.organization).toMatchObject({
      orgId,
      name: 'tf-org',
      ...fields,
    });
    expect((await terraform.put(`/orgs/${orgId}`, { name: 'tf-org', ...fields, fullName: 'F' })).status).toBe(
      204,
    );
    const workspace = { name: 'tf-ws', fullName: 'W', visibility: 'PRIVATE' };
    const added = await terraform.post(`/orgs/${orgId}/workspaces`, { workspace });
    expect([added.status, added.body.workspace]).toEqual([200, expect.objectContaining(workspace)]);
    const at = `/orgs/${orgId}/workspaces/${added.body.workspace.id}`;
    const put = await terraform.put(at, { name: 'tf-ws', fullName: 'W2', visibility: 'PRIVATE' });
    expect([put.status, put.body.workspace]).toEqual([
      200,
      expect.objectContaining({ fullName: 'W2', name: 'tf-ws' }),
    ]);
    expect((await terraform.delete(at)).status).toBe(204);
    expect((await terraform.delete(`/orgs/${orgId}`)).status).toBe(204);
    expect((await terraform.get('/orgs/0')).status).toBe(404);
    expect((await terraform.delete('/orgs/0/members/1')).status).toBe(404);
  });

  test('organization_member: new ones are member, found by e-mail as it was written', async () => {
    const { terraform, api, owner } = await startClientWorld(await open());
    await api.organisation('elsewhere', 'zoe');
    const at = `/orgs/${owner.orgId}/members`;
    const added = await terraform.put(`${at}/add`, { user: 'zoe@example.org' });
    expect([added.status, added.body.member]).toEqual([
      200,
      expect.objectContaining({ role: 'member', email: 'zoe@example.org' }),
    ]);
    const search = encodeURIComponent('zoe@example.org');
    expect((await terraform.get(`${at}?max=100&offset=0&search=${search}`)).body.members).toHaveLength(1);
    expect((await terraform.get(`${at}?max=100&offset=0&search=`)).body.members).toHaveLength(3);
    const own = `${at}/${added.body.member.memberId}`;
    expect((await terraform.put(`${own}/role`, { role: 'owner' })).status).toBe(204);
    expect((await terraform.delete(own)).status).toBe(204);
  });

  test('teams, team_member and workspace_participant', async () => {
    const { terraform, owner } = await startClientWorld(await open());
    const teams = `/orgs/${owner.orgId}/teams`;
    const made = await terraform.post(teams, { team: { name: 'tf-team', description: null } });
    expect([made.status, typeof made.body.team.teamId]).toEqual([200, 'number']);
    const { teamId } = made.body.team;
    expect([200, 204]).toContain(
      (await terraform.put(`${teams}/${teamId}`, { name: 'tf-team', description: 'd' })).status,
    );
    const added = await terraform.post(`${teams}/${teamId}/members`, {
      userNameOrEmail: 'alice@example.org',
    });
    expect([added.status, typeof added.body.member.role]).toEqual([200, 'string']);
    expect(
      (await terraform.delete(`${teams}/${teamId}/members/${added.body.member.memberId}/delete`)).status,
    ).toBe(204);

    const at = `/orgs/${owner.orgId}/workspaces/${owner.workspaceId}/participants`;
    const joined = await terraform.put(`${at}/add`, { teamId });
    expect([joined.status, joined.body.participant.wspRole]).toEqual([200, 'view']);
    const own = `${at}/${joined.body.participant.participantId}`;
    expect((await terraform.put(`${own}/role`, { role: 'launch' })).status).toBe(204);
    const rows = (await terraform.get(`${at}?max=100&offset=0&search=`)).body.participants;
    expect(rows.find((row: Record<string, unknown>) => row['teamId'] === teamId)).toMatchObject({
      wspRole: 'launch',
    });
    expect((await terraform.delete(own)).status).toBe(204);
    expect((await terraform.delete(`${teams}/${teamId}`)).status).toBe(204);
  });

  test('custom_role: 201, and names with spaces in the address', async () => {
    const { terraform, owner } = await startClientWorld(await open());
    const { body } = await terraform.get(`/roles/permissions?orgId=${owner.orgId}`);
    expect(JSON.stringify(body)).toContain('workflow:execute');
    const role = {
      name: 'Pipeline Manager',
      description: 'd',
      permissions: ['workflow:read', 'workflow:execute'],
    };
    expect((await terraform.post(`/roles?orgId=${owner.orgId}`, role)).status).toBe(201);
    const at = `/roles/Pipeline%20Manager?orgId=${owner.orgId}`;
    const read = await terraform.get(at);
    expect([read.status, JSON.stringify(read.body)]).toEqual([
      200,
      expect.stringContaining('Pipeline Manager'),
    ]);
    expect((await terraform.put(at, { ...role, permissions: ['workflow:read'] })).status).toBe(204);
    expect((await terraform.delete(at)).status).toBe(204);
    expect((await terraform.get(at)).status).toBe(404);
  });

  test('tokens: the key alone in the answer, newest first', async () => {
    const { terraform } = await startClientWorld(await open());
    const made = await terraform.post('/tokens', { name: 'tf-token' });
    expect([made.status, Object.keys(made.body)]).toEqual([200, ['accessKey']]);
    const { tokens } = (await terraform.get('/tokens')).body;
    expect(tokens[0]).toMatchObject({ id: expect.any(Number), name: 'tf-token' });
    expect((await terraform.delete(`/tokens/${tokens[0].id}`)).status).toBe(204);
  });
});
