/** Saved pipelines: what a declarative client needs, refusals, order, shared workspaces, roles. On both databases. */
import { describe, expect, test } from 'vitest';
import { onBothDatabases } from '#test/support/databases.ts';
import { pipelineWorld, type WirePipeline } from '#test/support/pipeline-world.ts';

const names = (body: { pipelines: WirePipeline[] }) => body.pipelines.map((row) => row.name);

onBothDatabases(({ open }) => {
  describe('the declarative client', () => {
    test('POST 200, PUT 200, DELETE 204; what it set comes back as it was, what it dropped is gone', async () => {
      const { ask, must, environment, launchOf } = await pipelineWorld(await open());
      const computeEnvId = environment.id;
      const launch = {
        pipeline: 'https://x.org/p',
        workDir: '/scratch/$USER',
        revision: 'main',
        configText: '\n  a = 1 \n',
        paramsText: 'a: 1\n',
        preRunScript: ' true\n',
        pullLatest: false,
        stubRun: true,
        configProfiles: [],
      };
      const made = await ask('POST', '/pipelines', {
        name: 'p',
        description: 'd',
        icon: null,
        launch: { ...launch, computeEnvId },
      });
      expect(made.status).toBe(200);
      const id = made.body.pipeline.pipelineId;
      expect(await launchOf(id)).toMatchObject(launch);
      const put = await ask('PUT', `/pipelines/${id}`, {
        name: 'q',
        description: null,
        launch: { computeEnvId: environment.id, pipeline: 'https://x.org/p', headJobCpus: 2 },
      });
      expect([put.status, put.body.pipeline.name]).toEqual([200, 'q']);
      expect(put.body.pipeline).not.toHaveProperty('description');
      const after = await launchOf(id);
      for (const field of [
        'workDir',
        'revision',
        'configText',
        'paramsText',
        'preRunScript',
        'pullLatest',
        'stubRun',
      ])
        expect(after, field).not.toHaveProperty(field);
      expect(after).toMatchObject({ headJobCpus: 2 });
      await must('PUT', `/pipelines/${id}`, {
        launch: { computeEnvId: environment.id, pipeline: 'https://x.org/p', headJobCpus: null },
      });
      expect(await launchOf(id)).not.toHaveProperty('headJobCpus');
      // The environment is left out after an import: it stays.
      await must('PUT', `/pipelines/${id}`, { launch: { pipeline: 'https://x.org/p', revision: 'v2' } });
      expect((await launchOf(id)).computeEnv?.id).toBe(environment.id);
      expect((await ask('DELETE', `/pipelines/${id}`)).status).toBe(204);
    });

    test('a name is taken once; refusals name the field', async () => {
      const store = await open();
      const { ask, save, environment, owner } = await pipelineWorld(store);
      const made = await save('taken');
      const other = await save('other');
      const message = async (method: 'POST' | 'PUT' | 'GET', path: string, body?: object) => {
        const answer = await ask(method, path, body);
        return `${answer.status} ${answer.body?.message ?? ''}`;
      };
      const launch = { computeEnvId: environment.id, pipeline: 'p' };
      const taken = '409 name: "taken" is already taken';
      expect(await message('POST', '/pipelines', { name: 'taken', launch })).toBe(taken);
      expect(await message('PUT', `/pipelines/${other.pipelineId}`, { name: 'taken' })).toBe(taken);
      expect(await message('PUT', `/pipelines/${made.pipelineId}`, { name: 'taken' })).toBe('200 ');
      expect(await message('GET', `/pipelines/validate?name=taken&orgId=${owner.orgId}`)).toBe(taken);
      expect(await message('GET', '/pipelines/validate?name=a%20b')).toMatch(/^400 name: /);
      expect(await message('GET', '/pipelines/validate?name=free')).toBe('204 ');
      const before = (await store.audit.list({ max: 1 }))[0]?.id;
      expect(await message('POST', '/pipelines', { name: 'x y', launch })).toMatch(/^400 name: /);
      expect(await message('POST', '/pipelines', { name: 'x', launch: {} })).toMatch(
        /^400 launch\.pipeline: /,
      );
      expect(await message('POST', '/pipelines', { name: 'x' })).toMatch(/^400 launch: /);
      expect(
        await message('POST', '/pipelines', { name: 'x', launch: { ...launch, computeEnvId: 'AAAA' } }),
      ).toBe('400 launch.computeEnvId: there is no compute environment AAAA here');
      expect(await message('POST', '/pipelines', { name: 'x', version: { name: 'a b' }, launch })).toMatch(
        /^400 version\.name: /,
      );
      expect((await store.audit.list({ max: 1 }))[0]?.id).toBe(before);
      const events = (await store.audit.list({ max: 20 })).map(({ event }) => event);
      expect(events.filter((event) => event.startsWith('pipeline_'))).toEqual([
        'pipeline_updated',
        'pipeline_created',
        'pipeline_created',
      ]);
    });
  });

  test('order and pages', async () => {
    const { api, must, save } = await pipelineWorld(await open());
    for (const name of ['b', 'c', 'a']) {
      await save(name);
      api.clock.advance(1_000);
    }
    await must('PUT', `/pipelines/${(await must('GET', '/pipelines?search="c"')).pipelines[0].pipelineId}`, {
      description: 'changed',
    });
    const list = async (query: string) => names(await must('GET', `/pipelines?${query}`));
    expect(await list('')).toEqual(['a', 'b', 'c']);
    expect(await list('sortDir=DESCENDING')).toEqual(['c', 'b', 'a']);
    expect(await list('sortBy=CREATED')).toEqual(['a', 'c', 'b']);
    expect(await list('sortBy=CREATED&sortDir=ASCENDING')).toEqual(['b', 'c', 'a']);
    expect(await list('sortBy=MODIFIED')).toEqual(['c', 'a', 'b']);
    expect(await list('max=1&offset=1')).toEqual(['b']);
    expect(await must('GET', '/pipelines/repositories')).toEqual({
      pipelines: ['https://x.org/a', 'https://x.org/b', 'https://x.org/c'],
    });
  });

  describe('shared workspaces', () => {
    test('their pipelines can be seen and not changed from other workspaces of the organisation', async () => {
      const store = await open();
      const { api, ask, must, save, owner } = await pipelineWorld(store);
      const common = await must('POST', `/orgs/${owner.orgId}/workspaces?workspaceId=0`, {
        workspace: { name: 'common', fullName: 'Common', visibility: 'SHARED' },
      });
      const source = common.workspace.id;
      const launch = { pipeline: 'https://x.org/shared', preRunScript: 'true' };
      const shared = (await must('POST', `/pipelines?workspaceId=${source}`, { name: 'shared', launch }))
        .pipeline;
      const own = await save('own');
      const alice = await api.person('alice', 'acme', { workspace: 'main', workspaceRole: 'maintain' });
      const list = async (visibility: string) =>
        names(await must('GET', `/pipelines?visibility=${visibility}`, undefined, alice));
      expect(await list('private')).toEqual(['own']);
      expect(await list('shared')).toEqual(['shared']);
      expect(await list('all')).toEqual(['own', 'shared']);
      const at = `workspaceId=${owner.workspaceId}&sourceWorkspaceId=${source}`;
      const seen = await must('GET', `/pipelines/${shared.pipelineId}?${at}`, undefined, alice);
      expect(seen.pipeline).toMatchObject({ workspaceId: source, visibility: 'SHARED' });
      const described = await must('GET', `/pipelines/${shared.pipelineId}/launch?${at}`, undefined, alice);
      expect(described.launch).toMatchObject(launch);
      expect((await must('GET', `/launch/${described.launch.id}?${at}`, undefined, alice)).launch).toEqual(
        described.launch,
      );
      const as = alice;
      for (const [method, path, body] of [
        ['PUT', `/pipelines/${shared.pipelineId}`, { name: 'mine' }],
        ['DELETE', `/pipelines/${shared.pipelineId}`, undefined],
        ['POST', `/pipelines/${shared.pipelineId}/versions/${shared.version.id}`, { name: 'mine' }],
        ['PUT', `/pipelines/${shared.pipelineId}/versions/${shared.version.id}/manage`, { name: 'mine' }],
        ['GET', `/pipelines/${own.pipelineId}?${at}`, undefined],
      ] as const)
        expect((await ask(method, path, body, as)).status, `${method} ${path}`).toBe(404);
      expect(
        (await ask('POST', '/pipelines/labels/apply', { pipelineIds: [shared.pipelineId], labelIds: [] }, as))
          .status,
      ).toBe(404);
      // In the workspace itself its reader is told what is missing. Collaborators are shared nothing.
      const there = `/pipelines/${shared.pipelineId}?workspaceId=${source}`;
      expect((await ask('GET', there, undefined, as)).status).toBe(200);
      expect((await ask('DELETE', there, undefined, as)).status).toBe(403);
      const carl = await api.person('carl', 'acme', {
        role: 'collaborator',
        workspace: 'main',
        workspaceRole: 'maintain',
      });
      expect((await ask('GET', `/pipelines/${shared.pipelineId}?${at}`, undefined, carl)).status).toBe(404);
      expect(names(await must('GET', '/pipelines?visibility=all', undefined, carl))).toEqual(['own']);
      // No longer shared, no longer seen; in another organisation never.
      const oscar = await api.organisation('elsewhere', 'oscar');
      const elsewhere = `workspaceId=${oscar.workspaceId}&sourceWorkspaceId=${source}`;
      expect(
        (await ask('GET', `/pipelines/${shared.pipelineId}?${elsewhere}`, undefined, oscar)).status,
      ).toBe(404);
      await store.workspaces.update(source, { visibility: 'PRIVATE' });
      expect((await ask('GET', `/pipelines/${shared.pipelineId}?${at}`, undefined, as)).status).toBe(404);
      expect(await list('all')).toEqual(['own']);
    });
  });

  test('a path is read with the shared key for who launches here, and for what is saved here', async () => {
    const { api, ask, must, save, owner } = await pipelineWorld(await open());
    const own = await save('own', { pipeline: '/data/p' });
    const source = (
      await must('POST', `/orgs/${owner.orgId}/workspaces?workspaceId=0`, {
        workspace: { name: 'common', fullName: 'Common', visibility: 'SHARED' },
      })
    ).workspace.id;
    const launch = { pipeline: '/home/svc', schemaName: '.ssh/id_ed25519' };
    const shared = (await must('POST', `/pipelines?workspaceId=${source}`, { name: 'shared', launch }))
      .pipeline;
    const said = async (id: number, role: 'launch' | 'view', query = '') => {
      const person = await api.person(`p${id}${role}`, 'acme', { workspace: 'main', workspaceRole: role });
      const { status, body } = await ask('GET', `/pipelines/${id}/schema?${query}`, undefined, person);
      return `${status} ${body?.message}`;
    };
    const at = `workspaceId=${owner.workspaceId}&sourceWorkspaceId=${source}`;
    // As far as a key and a host that are none.
    expect(await said(own.pipelineId, 'launch')).toMatch(/^500 The sealed key of/);
    expect(await said(own.pipelineId, 'view')).toMatch(/^403 .*cannot be read with the shared SSH key/);
    await must('POST', `/compute-envs/${own.computeEnv?.id ?? ''}/primary`, {});
    expect(await said(shared.pipelineId, 'launch', at)).toMatch(/^403 .*belongs to another one/);
  });

  test('roles: all look, owner, admin and maintain save', async () => {
    const { api, ask, save, environment } = await pipelineWorld(await open());
    const made = await save('one');
    for (const [role, saves] of [
      ['admin', 200],
      ['maintain', 200],
      ['launch', 403],
      ['connect', 403],
      ['view', 403],
    ] as const) {
      const person = await api.person(role, 'acme', { workspace: 'main', workspaceRole: role });
      const body = { name: `by-${role}`, launch: { pipeline: 'p', computeEnvId: environment.id } };
      expect((await ask('POST', '/pipelines', body, person)).status, role).toBe(saves);
      expect((await ask('PUT', `/pipelines/${made.pipelineId}`, {}, person)).status, role).toBe(saves);
      expect((await ask('GET', `/pipelines/${made.pipelineId}/launch`, undefined, person)).status).toBe(200);
    }
  });
});
