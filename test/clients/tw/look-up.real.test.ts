/** What `tw` asks before nearly every command, and what it does with refusals: on both databases. */
import { afterAll, expect, test } from 'vitest';
import { onBothDatabases } from '#test/support/databases.ts';
import { createClient, twHabits } from '../client.ts';
import { closeClientWorlds, startClientWorld } from '../world.ts';

afterAll(closeClientWorlds);

onBothDatabases(({ open }) => {
  test('info: the version that this client asks for', async () => {
    const { tw } = await startClientWorld(await open());
    const { serviceInfo } = (await tw.get('/service-info')).body;
    const version = String(serviceInfo.apiVersion).split('.').map(Number);
    expect(version[0]).toBe(1);
    expect(version[1]).toBeGreaterThanOrEqual(198);
    expect((await tw.get('/user-info')).body.user).toMatchObject({ userName: 'olivia' });
  });

  test('names are found in the rows of two calls; an organisation has a row of its own', async () => {
    const { tw, owner, as, alice } = await startClientWorld(await open());
    const { user } = (await tw.get('/user-info')).body;
    const { orgsAndWorkspaces } = (await tw.get(`/user/${user.id}/workspaces`)).body;
    expect(
      orgsAndWorkspaces.map((row: Record<string, unknown>) => [
        row['orgId'],
        row['orgName'],
        row['workspaceId'],
        row['workspaceName'],
      ]),
    ).toEqual([
      [owner.orgId, 'acme', null, null],
      [owner.orgId, 'acme', owner.workspaceId, 'main'],
    ]);
    const own = (await as(alice).get(`/user/${alice.id}/workspaces`)).body.orgsAndWorkspaces;
    expect(own.some((row: Record<string, unknown>) => row['workspaceName'] === 'main')).toBe(true);
  });

  test('a slash at the end of the endpoint, and every refusal with a message', async () => {
    const { tw, app, here } = await startClientWorld(await open());
    expect((await tw.get('//user-info')).status).toBe(200);
    const nobody = createClient(app, 'any-text', twHabits);
    expect((await nobody.get('/user-info')).status).toBe(401);
    expect((await nobody.get(`/compute-envs?${here}`)).status).toBe(401);
    expect((await tw.get('/workflow/AAAAAAAAAAAA')).body.message).toBe('Unknown workflow: AAAAAAAAAAAA');
    expect((await tw.get('/no-such-thing')).status).toBe(404);
    expect((await tw.post(`/compute-envs?${here}`, { computeEnv: {} })).status).toBe(400);
  });
});
