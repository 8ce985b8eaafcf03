/** What ends with a membership, a workspace, an organisation, an account; and what stands in the way. */
import { describe, expect, test } from 'vitest';
import { identityOf, startApi, type TestApi } from '#test/support/api.ts';
import { aComputeEnv, aManagedCredential, aRun, onBothDatabases } from '#test/support/databases.ts';
import { peopleHouse } from '#test/support/people-house.ts';
import { environmentOf } from '#test/support/pipeline-records.ts';

type House = Awaited<ReturnType<typeof peopleHouse>>;
/** A member of `acme` with a key on its cluster, a team, a role, and a run under each kind of key. */
const somebodyWithEverything = async (api: TestApi, house: House) => {
  const { olga, org, participants, ask } = house;
  const { store } = api;
  const mark = await api.person('mark', 'acme', { workspace: 'main', workspaceRole: 'admin' });
  const identityId = await identityOf(api, olga);
  const identity = (await store.identities.find(identityId))!;
  const credential = await store.managedCredentials.insert(aManagedCredential(identity, mark.id));
  const sealed = { rootKeyId: 'r', wrappedKey: 'w', ciphertext: 'c' };
  const owner = `identity ${identityId}, user ${mark.id}`;
  const where = { table: 'managed_credentials', record: String(credential.id), field: 'privateKey' };
  const place = { organisationId: olga.orgId, ...where, owner, version: 1 };
  await store.sealedValues.put(place, sealed);
  const { teamId } = (await ask(olga, 'POST', `${org}/teams`, { team: { name: 'lab' } })).body.team;
  await ask(olga, 'POST', `${org}/teams/${teamId}/members`, { userNameOrEmail: 'mark' });
  await ask(olga, 'PUT', `${participants}/add`, { teamId });
  const environment = await environmentOf(api, { ...olga, id: mark.id });
  const context = { workspaceId: olga.workspaceId, organisationId: olga.orgId };
  const own = aRun(mark.id, { ...context, runName: 'own-key' });
  own.snapshot.credential = { kind: 'managed', id: credential.id };
  const shared = aRun(mark.id, { ...context, runName: 'shared-key' });
  shared.snapshot.credential = { kind: 'workspace', id: environment.credentialsId ?? '' };
  const others = aRun(olga.id, { ...context, runName: 'of-another' });
  others.snapshot.credential = shared.snapshot.credential;
  for (const run of [own, shared, others]) await store.runs.insert(run);
  return { mark, identityId, credential, place, environment, runs: { own, shared, others } };
};

const isCancelled = async (api: TestApi, id: string): Promise<boolean> =>
  (await api.store.runs.find(id))?.cancelRequestedAt !== null;

const endOf = (api: TestApi, id: string): Promise<void> =>
  api.store.runs.update(id, { status: 'CANCELLED', phase: 'done' }, 1);

onBothDatabases(({ open }) => {
  describe('promise 13: a member who is removed', () => {
    test('loses power, teams, roles and keys at once; what runs for them is stopped, and all of it is on record', async () => {
      const api = await startApi(await open());
      const house = await peopleHouse(api);
      const { olga, org, ask, memberOf, workspace } = house;
      const { mark, identityId, credential, place, environment, runs } = await somebodyWithEverything(
        api,
        house,
      );
      const elsewhere = await api.organisation('elsewhere', 'zoe');
      await api.person('mark', 'elsewhere', { workspace: 'main', workspaceRole: 'view' });
      const his = await memberOf(mark);
      const before = await ask(olga, 'GET', `${org}/members/${his}/holdings`);
      expect(before).toMatchObject({
        status: 200,
        body: {
          member: { userName: 'mark' },
          teams: [{ name: 'lab' }],
          managedCredentials: [
            { managedIdentityId: identityId, linuxUser: 'alice', fingerprint: 'SHA256:abc' },
          ],
          workspaceKeysKnown: [{ credentialsId: environment.credentialsId }],
        },
      });
      expect(before.body.liveRuns.map(({ runName }: { runName: string }) => runName).sort()).toEqual([
        'own-key',
        'shared-key',
      ]);
      expect(before.body.workspaces).toHaveLength(2);

      expect(await ask(olga, 'DELETE', `${org}/members/${his}`)).toEqual({ status: 204 });

      for (const path of [
        org,
        workspace,
        `/identities?orgId=${olga.orgId}`,
        `/workflow?workspaceId=${olga.workspaceId}`,
      ])
        expect((await ask(mark, 'GET', path)).status, path).toBe(404);
      const places = (await ask(mark, 'GET', `/user/${mark.id}/workspaces`)).body.orgsAndWorkspaces;
      expect(places.map(({ orgName }: { orgName: string }) => orgName)).toEqual(['elsewhere', 'elsewhere']);
      expect((await ask(mark, 'GET', `/orgs/${elsewhere.orgId}`)).status).toBe(200);
      expect(api.closed).toEqual([{ credential: `managed:${credential.id}` }]);
      expect(await api.store.managedCredentials.find(identityId, mark.id)).toBeUndefined();
      // It still serves the cancellation of the run that it started.
      expect((await api.store.managedCredentials.findById(credential.id))?.retiredAt).not.toBeNull();
      expect(await api.store.sealedValues.get(place)).toBeDefined();
      expect(await isCancelled(api, runs.own.id)).toBe(true);
      expect(await isCancelled(api, runs.shared.id)).toBe(true);
      expect(await isCancelled(api, runs.others.id)).toBe(false);
      expect((await ask(olga, 'GET', `${org}/teams`)).body.teams).toMatchObject([
        { name: 'lab', membersCount: 0 },
      ]);
      const rows = (await ask(olga, 'GET', `/identities/${identityId}/credentials?orgId=${olga.orgId}`)).body;
      expect(rows.managedCredentials.map(({ userName }: { userName: string }) => userName)).toEqual(['olga']);
      const [removed] = await api.store.audit.list({ max: 1, event: 'member_removed' });
      expect(removed).toMatchObject({
        actor: { userName: 'olga' },
        target: { type: 'member', name: 'mark', userId: mark.id, organisationId: olga.orgId },
        state: {
          previousState: { role: 'member' },
          metadata: {
            teams: ['lab'],
            credentialsRetired: [{ managedIdentity: 'hpc', linuxUser: 'alice', fingerprint: 'SHA256:abc' }],
            workspaceKeysKnown: [{ id: environment.credentialsId }],
          },
        },
      });
      const stopped = removed?.state.metadata?.['runsStopped'] as { run: string }[];
      expect(stopped.map(({ run }) => run).sort()).toEqual([runs.own.id, runs.shared.id].sort());
    });

    test('by leaving as well; a collaborator may', async () => {
      const api = await startApi(await open());
      const house = await peopleHouse(api);
      const { org, ask, participants, olga } = house;
      const { mark, runs, credential } = await somebodyWithEverything(api, house);
      expect(await ask(mark, 'DELETE', `${org}/members/leave`)).toEqual({ status: 204 });
      expect((await ask(mark, 'GET', org)).status).toBe(404);
      for (const { id } of [runs.own, runs.shared]) expect(await isCancelled(api, id)).toBe(true);
      expect(api.closed).toEqual([{ credential: `managed:${credential.id}` }]);
      const zoe = await api.organisation('elsewhere', 'zoe');
      await ask(olga, 'PUT', `${participants}/add`, { userNameOrEmail: 'zoe' });
      expect((await ask(zoe, 'GET', participants)).status).toBe(200);
      expect((await ask(zoe, 'DELETE', `${org}/members/leave`)).status).toBe(204);
      expect((await ask(zoe, 'GET', participants)).status).toBe(404);
    });

    test('launches nothing that nobody stops, however close the two come', async () => {
      const api = await startApi(await open());
      const house = await peopleHouse(api);
      const { olga, org, ask, memberOf, participants, rowOf } = house;
      const mark = await api.person('mark', 'acme');
      const environment = await environmentOf(api, olga);
      const body = {
        launch: { computeEnvId: environment.id, pipeline: 'https://github.com/nextflow-io/hello' },
      };
      const seen = new Set<number>();
      for (let round = 0; round < 8; round += 1) {
        await ask(olga, 'PUT', `${org}/members/add`, { user: 'mark' });
        await ask(olga, 'PUT', `${participants}/add`, { userNameOrEmail: 'mark' });
        const { participantId } = await rowOf('mark');
        await ask(olga, 'PUT', `${participants}/${participantId}/role`, { role: 'maintain' });
        const his = await memberOf(mark);
        const answers = await Promise.all([
          ask(mark, 'POST', `/workflow/launch?workspaceId=${olga.workspaceId}`, body),
          ask(olga, 'DELETE', `${org}/members/${his}`),
          ask(mark, 'POST', `/workflow/launch?workspaceId=${olga.workspaceId}`, body),
        ]);
        expect(answers[1].status).toBe(204);
        for (const { status } of answers) seen.add(status);
        for (const run of await api.store.runs.liveOfUser(mark.id)) {
          expect(run.cancelRequestedAt, `round ${round}`).not.toBeNull();
          await endOf(api, run.id);
        }
      }
      for (const status of seen) expect([200, 204, 404]).toContain(status);
    });
  });

  describe('a workspace', () => {
    test('is not deleted while anything runs in it; then its environments, keys and secrets go with it', async () => {
      const api = await startApi(await open());
      const house = await peopleHouse(api);
      const { olga, org, ask, workspace } = house;
      const { mark, environment, runs } = await somebodyWithEverything(api, house);
      const inside = `workspaceId=${olga.workspaceId}`;
      const secret = await ask(olga, 'POST', `/pipeline-secrets?${inside}`, { name: 'TOKEN', value: 'hush' });
      await ask(olga, 'POST', `/datasets?${inside}`, { name: 'samples' });
      expect(secret.status).toBe(200);
      expect((await ask(mark, 'DELETE', workspace)).status).toBe(403);
      const refused = await ask(olga, 'DELETE', workspace);
      expect(refused).toMatchObject({
        status: 409,
        body: { message: expect.stringMatching(/^3 runs depend on workspace main: /) },
      });
      expect(refused.body.conflicts).toHaveLength(3);
      expect(refused.body.conflicts[0].url).toContain('/orgs/acme/workspaces/main/watch/');
      for (const { id } of Object.values(runs)) await endOf(api, id);
      expect(await ask(olga, 'DELETE', workspace)).toEqual({ status: 204 });
      for (const as of [olga, mark]) expect((await ask(as, 'GET', workspace)).status).toBe(404);
      expect((await ask(olga, 'GET', `/workflow/${runs.own.id}?${inside}`)).status).toBe(404);
      expect((await api.store.computeEnvs.find(environment.id))?.status).toBe('DELETED');
      expect(await api.store.credentials.find(environment.credentialsId ?? '')).toBeUndefined();
      const context = { workspaceId: olga.workspaceId, userId: olga.id };
      expect(await api.store.pipelineSecrets.list(context)).toEqual([]);
      expect(await api.store.datasets.count(context)).toBe(0);
      expect(api.closed).toContainEqual({ credential: `workspace:${environment.credentialsId}` });
      for (const event of [
        'workspace_deleted',
        'compute_environment_deleted',
        'credentials_deleted',
        'pipeline_secret_deleted',
      ] as const)
        expect(await api.store.audit.list({ max: 9, event }), event).toHaveLength(1);
      const again = await ask(olga, 'POST', `${org}/workspaces`, {
        workspace: { name: 'main', fullName: 'Main' },
      });
      expect(again.status).toBe(200);
      expect(again.body.workspace.id).not.toBe(olga.workspaceId);
    });

    test('that is deleted while somebody launches there: one of the two comes first', async () => {
      const api = await startApi(await open());
      const { olga, org, ask } = await peopleHouse(api);
      for (let round = 0; round < 8; round += 1) {
        const made = await ask(olga, 'POST', `${org}/workspaces`, { workspace: { name: `w${round}` } });
        const { id } = made.body.workspace;
        const environment = await environmentOf(api, { ...olga, workspaceId: id });
        const body = {
          launch: { computeEnvId: environment.id, pipeline: 'https://github.com/nextflow-io/hello' },
        };
        const launch = () => ask(olga, 'POST', `/workflow/launch?workspaceId=${id}`, body);
        const [, deleted] = await Promise.all([
          launch(),
          ask(olga, 'DELETE', `${org}/workspaces/${id}`),
          launch(),
        ]);
        const live = await api.store.runs.liveOfWorkspace(id);
        expect(live.length > 0, `round ${round}: ${JSON.stringify(deleted)}`).toBe(deleted.status === 409);
        for (const run of live) await endOf(api, run.id);
      }
    });
  });

  test('an organisation goes when nothing runs in it and nobody else has a key on its clusters', async () => {
    const api = await startApi(await open());
    const house = await peopleHouse(api);
    const { olga, org, ask } = house;
    const { mark, identityId, runs } = await somebodyWithEverything(api, house);
    await ask(olga, 'POST', `/roles?orgId=${olga.orgId}`, {
      name: 'curator',
      permissions: ['pipeline:write'],
    });
    expect((await ask(mark, 'DELETE', org)).status).toBe(403);
    expect((await ask(olga, 'DELETE', org)).body.message).toMatch(/^3 runs depend on workspace main/);
    for (const { id } of Object.values(runs)) await endOf(api, id);
    expect(await ask(olga, 'DELETE', org)).toMatchObject({
      status: 409,
      body: { message: '1 member has a key on managed identity hpc: delete it first, then acme' },
    });
    expect((await ask(olga, 'GET', org)).status).toBe(200);
    expect((await ask(olga, 'DELETE', `/identities/${identityId}?orgId=${olga.orgId}`)).status).toBe(204);
    expect(await ask(olga, 'DELETE', org)).toEqual({ status: 204 });
    for (const as of [olga, mark]) {
      expect((await ask(as, 'GET', org)).status).toBe(404);
      expect((await ask(as, 'GET', `/user/${as.id}/workspaces`)).body.orgsAndWorkspaces).toEqual([]);
    }
    expect(await api.store.workspaces.listOfOrganisation(olga.orgId)).toEqual([]);
    expect(
      (await ask(olga, 'POST', '/orgs', { organization: { name: 'acme', fullName: 'Acme' } })).status,
    ).toBe(200);
  });

  test('an account: 409 while anything of theirs runs or they are a last owner; then the name alone is left', async () => {
    const api = await startApi(await open());
    const house = await peopleHouse(api);
    const { olga, ask, org } = house;
    const { mark, runs, identityId } = await somebodyWithEverything(api, house);
    const me = `/users/${mark.id}`;
    await api.store.computeEnvs.insert(
      aComputeEnv(mark.id, { workspaceId: null, organisationId: 0, name: 'mine' }),
    );
    expect((await ask(olga, 'DELETE', me)).status).toBe(404);
    expect((await ask(mark, 'DELETE', me)).body.message).toMatch(/^2 runs depend on your account: /);
    for (const { id } of Object.values(runs)) await endOf(api, id);
    expect((await ask(olga, 'DELETE', `/users/${olga.id}`)).body.message).toMatch(
      /^olga is the last owner of acme/,
    );
    expect(await ask(mark, 'DELETE', me)).toEqual({ status: 204 });
    for (const path of ['/user-info', '/orgs', '/tokens'])
      expect((await ask(mark, 'GET', path)).status).toBe(401);
    expect(await api.store.tokens.listOfUser(mark.id)).toEqual([]);
    expect((await ask(olga, 'GET', `${org}/members?search=mark`)).body.totalSize).toBe(0);
    expect(await api.store.managedCredentials.find(identityId, mark.id)).toBeUndefined();
    expect(await api.store.users.find(mark.id)).toMatchObject({
      userName: 'mark',
      email: `deleted-${mark.id}@invalid`,
      passwordHash: null,
    });
    expect(await api.store.computeEnvs.list({ workspaceId: null, userId: mark.id })).toEqual([]);
    expect((await ask(olga, 'GET', '/users/validate?name=mark')).status).toBe(409);
    expect((await ask(olga, 'PUT', `${org}/members/add`, { user: 'mark' })).status).toBe(404);
    await expect(api.person('mark', 'acme')).rejects.toMatchObject({ status: 409 });
    const [gone] = await api.store.audit.list({ max: 1, event: 'user_deleted' });
    expect(gone).toMatchObject({ actor: { userName: 'mark' }, target: { name: 'mark' } });
  });

  test('who may not make organisations is told who does', async () => {
    const api = await startApi(await open(), { anybodyMakes: false });
    const { olga, ask } = await peopleHouse(api);
    expect(await ask(olga, 'POST', '/orgs', { organization: { name: 'mine', fullName: 'Mine' } })).toEqual({
      status: 403,
      body: { message: 'Here the operator makes organisations: latchkey init --org <name> --user <owner>' },
    });
  });
});
