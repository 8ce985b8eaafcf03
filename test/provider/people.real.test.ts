/** Workspaces, members and participants as code: made, changed, imported, gone, and noticed when somebody else was there. */
import { expect, test } from 'vitest';
import { useProvider } from '#test/support/provider/build.ts';
import { withEachDriver } from '#test/support/provider/drivers.ts';
import { expectRefusal, flat, optionsFor, outsider, resource } from '#test/support/provider/settings.ts';
import { freshName } from '#test/support/road.ts';
import { useServer } from '#test/support/use-server.ts';

const built = useProvider();
const server = useServer();
const options = optionsFor(built, server);

withEachDriver('people', (_driver, stack) => {
  /** A workspace with one participant, who is a member. */
  const main = (name: string, user: string, more = '', role = 'member'): string => `
resource "latchkey_workspace" "lab" {
  org_id      = ${server.organisationId}
  name        = "${name}"
  description = "Where ${user} works"
}
resource "latchkey_member" "user" {
  org_id = ${server.organisationId}
  user   = "${user}"
  ${role === 'member' ? '' : `role = "${role}"`}
}
resource "latchkey_participant" "user" {
  org_id       = ${server.organisationId}
  workspace_id = latchkey_workspace.lab.id
  user         = latchkey_member.user.email
  ${more}
}
`;
  test('from nothing to a participant with a role, changed in place, imported, and gone again', async () => {
    const [lab, user] = [freshName('lab'), await outsider(server, 'lena')];
    const it = await stack(options());
    await it.write({ 'main.tf': main(lab, user.name, 'role = "launch"') });
    expect(await it.apply()).toMatchObject({ ok: true });
    const state = await it.state();
    expect(state['latchkey_workspace.lab']?.values).toMatchObject({ full_name: lab, visibility: 'PRIVATE' });
    expect(state['latchkey_member.user']?.values).toMatchObject({
      role: 'member',
      user_id: user.userId,
      user_name: user.name,
      email: `${user.name}@example.org`,
    });
    expect(state['latchkey_participant.user']?.values).toMatchObject({
      role: 'launch',
      user_name: user.name,
    });
    expect(await it.plan()).toMatchObject({ ok: true, changes: false });

    await it.write({
      'main.tf': main(`${lab}2`, user.name, 'role = "maintain"', 'owner').replace(
        /description .*\n/,
        'full_name = "The lab"\n',
      ),
    });
    expect(await it.apply()).toMatchObject({ ok: true });
    const changed = await it.state();
    const { id } = state['latchkey_workspace.lab']?.values ?? {};
    expect(changed['latchkey_workspace.lab']?.values).toMatchObject({
      id,
      name: `${lab}2`,
      full_name: 'The lab',
      description: null,
    });
    expect(changed['latchkey_member.user']?.values).toMatchObject({
      role: 'owner',
      member_id: state['latchkey_member.user']?.values['member_id'],
    });
    expect(changed['latchkey_participant.user']?.values).toMatchObject({
      role: 'maintain',
      participant_id: state['latchkey_participant.user']?.values['participant_id'],
    });
    expect(await it.plan()).toMatchObject({ changes: false });

    const other = await stack(options());
    await other.write({
      'main.tf': main(`${lab}2`, user.name, 'role = "maintain"', 'owner').replace(
        /description .*\n/,
        'full_name = "The lab"\n',
      ),
    });
    const org = server.organisationId;
    for (const [address, given] of [
      ['latchkey_workspace.lab', `{"id": ${String(id)}, "org_id": ${org}}`],
      ['latchkey_member.user', `{"org_id": ${org}, "user": "${user.name}"}`],
      ['latchkey_participant.user', `${org}/${String(id)}/${user.name}@example.org`],
    ] as const)
      expect(await other.import(address, given), address).toMatchObject({ ok: true });
    expect(await other.plan()).toMatchObject({ ok: true, changes: false });

    expect(await it.destroy()).toMatchObject({ ok: true });
    const left = await server.owner.call('GET', `/orgs/${org}/workspaces/${String(id)}`);
    expect(left.status).toBe(404);
    expect((await user.api.call('GET', `/orgs/${org}`)).status).toBe(404);
    // Whoever still has them in their state notices, and would make them anew.
    const anew = await other.plan();
    expect(anew).toMatchObject({ ok: true, changes: true });
    for (const address of Object.keys(changed)) expect(anew.output).toMatch(`${address} will be create`);
  });

  test('what somebody else has changed or taken away is seen and mended', async () => {
    const [lab, user] = [freshName('lab'), await outsider(server, 'mia')];
    const team = await server.owner.post<{ team: { teamId: number } }>(
      `/orgs/${server.organisationId}/teams`,
      { team: { name: freshName('team') } },
    );
    const { teamId } = team.body.team;
    const it = await stack(options());
    await it.write({
      'main.tf':
        main(lab, user.name) +
        resource('latchkey_participant.team', {
          org_id: server.organisationId,
          workspace_id: 'latchkey_workspace.lab.id',
          team_id: teamId,
          role: '"launch"',
        }),
    });
    expect(await it.apply()).toMatchObject({ ok: true });
    const state = await it.state();
    expect(state['latchkey_participant.team']?.values).toMatchObject({
      team_id: teamId,
      role: 'launch',
      member_id: null,
      user_name: null,
    });
    const workspace = Number(state['latchkey_workspace.lab']?.values['id']);
    const place = `/orgs/${server.organisationId}/workspaces/${workspace}/participants`;
    const id = Number(state['latchkey_participant.user']?.values['participant_id']);
    await server.owner.put(`${place}/${id}/role`, { role: 'admin' });
    const drift = await it.plan();
    expect(drift).toMatchObject({ ok: true, changes: true });
    await server.owner.del(`${place}/${id}`);
    expect(await it.plan()).toMatchObject({ ok: true, changes: true });
    expect(await it.apply()).toMatchObject({ ok: true });
    expect(await it.plan()).toMatchObject({ ok: true, changes: false });
    expect((await it.state())['latchkey_participant.user']?.values).toMatchObject({ role: 'view' });
    expect(await it.destroy()).toMatchObject({ ok: true });
  });

  test('refusals name their attribute, and nothing is left half made', async () => {
    const [lab, user] = [freshName('lab'), await outsider(server, 'nora')];
    const it = await stack(options());
    await it.write({ 'main.tf': main(lab, 'nobody-at-all') });
    expectRefusal(await it.apply(), 'user', /Unknown user: nobody-at-all/);
    expect(Object.keys(await it.state())).toEqual(['latchkey_workspace.lab']);
    expect(await it.destroy()).toMatchObject({ ok: true });

    // A role that does not exist: they are not left with another one.
    await it.write({ 'main.tf': main(lab, user.name, 'role = "emperor"') });
    expectRefusal(await it.apply(), 'role', /role: must be one of owner, .* has made/);
    expect(Object.keys(await it.state()).toSorted()).toEqual([
      'latchkey_member.user',
      'latchkey_workspace.lab',
    ]);
    const workspace = String((await it.state())['latchkey_workspace.lab']?.values['id']);
    const { body } = await server.owner.get<{ participants: { userName: string }[] }>(
      `/orgs/${server.organisationId}/workspaces/${workspace}/participants`,
    );
    expect(body.participants.map((row) => row.userName)).not.toContain(user.name);
    expect(await it.destroy()).toMatchObject({ ok: true });

    const taken = await stack(options());
    await taken.write({
      'main.tf': `resource "latchkey_workspace" "lab" {
        org_id = ${server.organisationId}
        name   = "main"
      }`,
    });
    const outcome = await taken.apply();
    expectRefusal(outcome, 'name', /already taken/);
    expect(flat(outcome.output)).toContain('import it');
  });

  test('a token without the right: said at the organisation, and nothing is made', async () => {
    const member = await server.addMember(freshName('otto'));
    const it = await stack(options({ token: member.token }));
    await it.write({
      'main.tf': `resource "latchkey_workspace" "lab" {
        org_id = ${server.organisationId}
        name   = "${freshName('lab')}"
      }`,
    });
    expectRefusal(await it.apply(), 'org_id', /Your role in biolab, member, does not allow this/);
    expect(await it.state()).toEqual({});
  });
});
