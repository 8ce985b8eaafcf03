/** `tw organizations`, `members`, `collaborators`, `teams`, `workspaces` and `participants`: on both databases. */
import { afterAll, describe, expect, test } from 'vitest';
import { onBothDatabases } from '#test/support/databases.ts';
import { closeClientWorlds, startClientWorld } from '../world.ts';

afterAll(closeClientWorlds);

type Row = Record<string, unknown>;
const page = 'max=100&offset=0';

onBothDatabases(({ open }) => {
  test('organizations: add, view, update, delete', async () => {
    const { tw } = await startClientWorld(await open());
    const made = await tw.post('/orgs', { organization: { name: 'second', fullName: 'Second' } });
    expect(made.body.organization).toMatchObject({ orgId: expect.any(Number), name: 'second' });
    const { orgId } = made.body.organization;
    const put = {
      name: 'second',
      fullName: 'Second one',
      description: 'd',
      location: 'l',
      website: 'https://w.example',
    };
    expect((await tw.put(`/orgs/${orgId}`, put)).status).toBeLessThan(300);
    expect((await tw.get(`/orgs/${orgId}`)).body.organization).toMatchObject({ orgId, ...put });
    expect((await tw.delete(`/orgs/${orgId}`)).status).toBeLessThan(300);
    expect((await tw.get(`/orgs/${orgId}`)).status).toBe(404);
  });

  test('members: an exact name is one row; add, make owner in lower case, delete, leave', async () => {
    const { tw, api, owner, as } = await startClientWorld(await open());
    const { orgId } = owner;
    const zoe = await api.organisation('elsewhere', 'zoe');
    await api.person('alice2', 'acme');
    const added = await tw.put(`/orgs/${orgId}/members/add`, { user: 'zoe' });
    expect(added.body.member).toMatchObject({ memberId: expect.any(Number), userName: 'zoe' });
    const rows = async (search: string) =>
      (await tw.get(`/orgs/${orgId}/members?${page}${search && `&search=${search}`}`)).body.members as Row[];
    expect((await rows('')).length).toBe(4);
    expect((await rows('alice')).map(({ userName }) => userName)).toEqual(['alice']);
    expect((await rows('zoe')).map(({ memberId }) => memberId)).toEqual([added.body.member.memberId]);
    const { memberId } = added.body.member;
    expect((await tw.put(`/orgs/${orgId}/members/${memberId}/role`, { role: 'owner' })).status).toBeLessThan(
      300,
    );
    expect((await rows('zoe'))[0]).toMatchObject({ role: 'owner' });
    expect((await as(zoe).delete(`/orgs/${orgId}/members/leave`)).status).toBeLessThan(300);
    const [alice2] = await rows('alice2');
    expect((await tw.delete(`/orgs/${orgId}/members/${String(alice2?.['memberId'])}`)).status).toBeLessThan(
      300,
    );
    expect(new Set((await rows('')).map(({ userName }) => userName))).toEqual(new Set(['alice', 'olivia']));
    expect((await tw.get(`/orgs/${orgId}/collaborators?${page}`)).status).toBe(200);
  });

  test('teams: add, members by name or e-mail, delete; a list without max is whole', async () => {
    const { tw, owner } = await startClientWorld(await open());
    const teams = `/orgs/${owner.orgId}/teams`;
    for (let count = 0; count < 25; count += 1)
      await tw.post(teams, { team: { name: `team${count}`, ...(count === 0 && { description: 'first' }) } });
    expect((await tw.get(teams)).body.teams).toHaveLength(25);
    const found = (await tw.get(`${teams}?${page}`)).body.teams.find(({ name }: Row) => name === 'team7');
    expect(found).toMatchObject({ teamId: expect.any(Number), membersCount: 0 });
    const members = `${teams}/${found.teamId}/members`;
    const added = await tw.post(members, { userNameOrEmail: 'alice@example.org' });
    expect(added.body.member).toMatchObject({ memberId: expect.any(Number), userName: 'alice' });
    const listed = (await tw.get(`${members}?max=25&search=alice`)).body.members;
    expect(listed).toEqual([expect.objectContaining({ userName: 'alice', role: expect.any(String) })]);
    expect((await tw.delete(`${members}/${listed[0].memberId}/delete`)).status).toBeLessThan(300);
    expect((await tw.delete(`${teams}/${found.teamId}`)).status).toBeLessThan(300);
  });

  test('workspaces: add after asking for the name, view, update, delete', async () => {
    const { tw, owner } = await startClientWorld(await open());
    const workspaces = `/orgs/${owner.orgId}/workspaces`;
    expect((await tw.get(`${workspaces}/validate?name=lab`)).status).toBe(204);
    expect((await tw.get(`${workspaces}/validate?name=main`)).status).toBe(409);
    const made = await tw.post(workspaces, {
      workspace: { name: 'lab', fullName: 'The lab', visibility: 'PRIVATE' },
    });
    expect(made.body.workspace).toMatchObject({ name: 'lab', visibility: 'PRIVATE' });
    const { id } = made.body.workspace;
    const put = { fullName: 'Lab', description: 'd', visibility: 'SHARED' };
    expect((await tw.put(`${workspaces}/${id}`, put)).status).toBeLessThan(300);
    expect((await tw.get(`${workspaces}/${id}`)).body.workspace).toMatchObject({ id, name: 'lab', ...put });
    expect((await tw.delete(`${workspaces}/${id}`)).status).toBeLessThan(300);
    expect((await tw.get(`${workspaces}/${id}`)).status).toBe(404);
  });

  describe('participants', () => {
    test('the first row of a search is the one that is meant; roles as typed, in any case', async () => {
      const { tw, api, owner, as, alice } = await startClientWorld(await open());
      const at = `/orgs/${owner.orgId}/workspaces/${owner.workspaceId}/participants`;
      // Whoever comes before her by name.
      await api.person('aalice', 'acme', { workspace: 'main', workspaceRole: 'view' });
      await api.person('bob', 'acme');
      const [bob] = (await tw.get(`/orgs/${owner.orgId}/members?search=bob`)).body.members;
      const added = await tw.put(`${at}/add`, { memberId: bob.memberId });
      expect(added.body.participant).toMatchObject({ userName: 'bob', wspRole: 'view', type: 'MEMBER' });
      const [first] = (await tw.get(`${at}?search=alice`)).body.participants;
      expect(first.userName).toBe('alice');
      const role = async (typed: string) =>
        (await tw.put(`${at}/${first.participantId}/role`, { role: typed })).status;
      expect([await role('MAINTAIN'), await role('launch')]).toEqual([204, 204]);
      const rows: Row[] = (await tw.get(`${at}?${page}`)).body.participants;
      for (const row of rows)
        expect(row).toMatchObject({ participantId: expect.any(Number), wspRole: expect.any(String) });
      expect((await tw.delete(`${at}/${added.body.participant.participantId}`)).status).toBeLessThan(300);
      expect((await as(alice).delete(at)).status).toBeLessThan(300);
      const left: Row[] = (await tw.get(`${at}?${page}`)).body.participants;
      expect(left.map(({ userName }) => userName)).not.toContain('alice');
    });

    test('a team', async () => {
      const { tw, owner } = await startClientWorld(await open());
      const { teamId } = (await tw.post(`/orgs/${owner.orgId}/teams`, { team: { name: 'crew' } })).body.team;
      const at = `/orgs/${owner.orgId}/workspaces/${owner.workspaceId}/participants`;
      const added = await tw.put(`${at}/add`, { teamId });
      expect(added.body.participant).toMatchObject({ teamId, type: 'TEAM', wspRole: 'view' });
    });
  });
});
