/** Launching what is saved: whose fields count, what a run remembers, who may change what. On both databases. */
import { describe, expect, test } from 'vitest';
import type { Store } from '#core/ports/store.ts';
import { aManagedCredential, anIdentity, onBothDatabases } from '#test/support/databases.ts';
import { environmentOf } from '#test/support/pipeline-records.ts';
import { pipelineWorld } from '#test/support/pipeline-world.ts';

const world = async (store: Store) => {
  const found = await pipelineWorld(store);
  const launch = async (body: object, as?: { token: string }, query = '') => {
    const answer = await found.ask('POST', `/workflow/launch?${query}`, { launch: body }, as);
    return answer.status === 200
      ? { id: answer.body.workflowId as string, refused: '' }
      : { id: '', refused: `${answer.status} ${answer.body.message}` };
  };
  const launched = async (body: object, as?: { token: string }, query = '') => {
    const { id, refused } = await launch(body, as, query);
    expect(refused).toBe('');
    return found.must('GET', `/workflow/${id}?${query}`, undefined, as);
  };
  const requestOf = async (id: string) => (await found.must('GET', `/workflow/${id}/launch`)).launch;
  const over = (id: string) => store.runs.update(id, { status: 'FAILED', phase: 'done' }, 2_000);
  return { ...found, launch, launched, requestOf, over };
};

const saved = {
  revision: 'v1',
  configText: 'a = 1',
  preRunScript: 'module load x',
  paramsText: '{"a": 1}',
  workDir: '/scratch/saved',
};

onBothDatabases(({ open }) => {
  describe('a saved pipeline', () => {
    test('is launched by the id of its launch alone; the run remembers pipeline and version', async () => {
      const { save, launchOf, launched, requestOf, must, environment, owner } = await world(await open());
      const label = (await must('POST', '/labels', { name: 'hot' })).id;
      const made = await save('rnaseq', saved, { labelIds: [label] });
      const template = await launchOf(made.pipelineId);
      const run = await launched({ id: template.id });
      expect(run.pipelineInfo).toMatchObject({
        id: made.pipelineId,
        name: 'rnaseq',
        workspaceId: owner.workspaceId,
        version: {
          id: made.version.id,
          name: 'rnaseq-1',
          hash: made.version.hash,
          isDefault: true,
          isDraftVersion: false,
        },
      });
      expect(run.labels).toMatchObject([{ name: 'hot' }]);
      expect(run.workflow.launchId).toEqual(expect.any(String));
      const asked = await requestOf(run.workflow.id);
      expect(asked).toMatchObject({ ...saved, pipelineId: made.pipelineId, id: run.workflow.launchId });
      expect(asked.computeEnv.id).toBe(environment.id);
      const { launch } = await must('GET', `/launch/${run.workflow.launchId}`);
      expect(launch).toMatchObject({ ...saved, id: run.workflow.launchId, runName: run.workflow.runName });
      const rows = (await must('GET', '/workflow')).workflows;
      expect(rows[0].pipelineInfo).toEqual(run.pipelineInfo);
      // The pipeline is deleted, the run remembers.
      await must('DELETE', `/pipelines/${made.pipelineId}`);
      expect((await must('GET', `/workflow/${run.workflow.id}`)).pipelineInfo).toEqual(run.pipelineInfo);
    });

    test('fields of the request count; a version is launched as it was when it was saved', async () => {
      const store = await open();
      const { save, launchOf, launched, requestOf, must } = await world(store);
      const made = await save('rnaseq', saved);
      const first = await launchOf(made.pipelineId);
      await must('PUT', `/pipelines/${made.pipelineId}`, {
        launch: { pipeline: made.repository, revision: 'v2' },
      });
      const second = await launchOf(made.pipelineId);
      expect(second.id).not.toBe(first.id);
      const old = await launched({ id: first.id, runName: 'old_one', paramsText: '{"a": 2}', labelIds: [] });
      expect(old.workflow.runName).toBe('old_one');
      expect(old.pipelineInfo.version).toMatchObject({ name: 'rnaseq-1', isDefault: false });
      expect(await requestOf(old.workflow.id)).toMatchObject({ ...saved, paramsText: '{"a": 2}' });
      const fresh = await launched({ id: second.id });
      expect(await requestOf(fresh.workflow.id)).toMatchObject({ revision: 'v2', workDir: '/scratch' });
      // As the command line client does it: everything that it has read, and the id.
      const { computeEnv, ...echo } = first;
      const whole = await launched({ ...echo, computeEnvId: computeEnv?.id });
      expect(whole.pipelineInfo.version.name).toBe('rnaseq-1');

      const record = (await store.audit.list({ max: 1 }))[0];
      expect(record).toMatchObject({
        event: 'workflow_launched',
        state: { metadata: { saved: { name: 'rnaseq', version: { name: 'rnaseq-1' } } } },
      });
    });

    test('ids that name no launch here, and launches of nothing, are refused', async () => {
      const { api, launch, save, launchOf } = await world(await open());
      expect((await launch({ id: 'AAAAAAAAAAAAAAAAAAAAAA', pipeline: 'x' })).refused).toBe(
        '404 Unknown launch: AAAAAAAAAAAAAAAAAAAAAA',
      );
      expect((await launch({ runName: 'x' })).refused).toMatch(/^400 pipeline: say which one to launch/);
      const template = await launchOf((await save('mine')).pipelineId);
      const outsider = await api.organisation('elsewhere', 'oscar');
      await environmentOf(api, outsider);
      const theirs = await launch({ id: template.id }, outsider, `workspaceId=${outsider.workspaceId}`);
      expect(theirs.refused).toBe(`404 Unknown launch: ${template.id}`);
    });

    test('of a shared workspace runs in the workspace that launches it, on an environment of its own', async () => {
      const store = await open();
      const { api, must, launch, launched, owner, environment } = await world(store);
      const common = await must('POST', `/orgs/${owner.orgId}/workspaces?workspaceId=0`, {
        workspace: { name: 'common', fullName: 'Common', visibility: 'SHARED' },
      });
      const source: number = common.workspace.id;
      const theirs = await environmentOf(api, { ...owner, workspaceId: source });
      const { pipeline } = await must('POST', `/pipelines?workspaceId=${source}`, {
        name: 'shared',
        launch: { pipeline: 'https://x.org/shared', computeEnvId: theirs.id },
      });
      const at = `workspaceId=${owner.workspaceId}&sourceWorkspaceId=${source}`;
      const template = (await must('GET', `/pipelines/${pipeline.pipelineId}/launch?${at}`)).launch;
      expect(template).not.toHaveProperty('computeEnv');
      const run = await launched({ id: template.id }, owner, at);
      expect(run).toMatchObject({
        workspaceId: owner.workspaceId,
        pipelineInfo: { id: pipeline.pipelineId, workspaceId: source },
      });
      expect((await store.runs.find(run.workflow.id))?.computeEnvId).toBe(environment.id);
      const wrong = `workspaceId=${owner.workspaceId}&sourceWorkspaceId=${owner.workspaceId}`;
      expect((await launch({ id: template.id }, owner, wrong)).refused).toMatch(/^404 Unknown launch/);
      await store.workspaces.update(source, { visibility: 'PRIVATE' });
      expect((await launch({ id: template.id }, owner, at)).refused).toMatch(/^404 Unknown/);
    });
  });

  describe('the role launch, with the key that the workspace shares', () => {
    test('launches saved pipelines as they are, and nothing else', async () => {
      const { api, launch, save, launchOf, environment } = await world(await open());
      const lea = await api.person('lea', 'acme', { workspace: 'main', workspaceRole: 'launch' });
      const made = await save('rnaseq', saved);
      const { id, computeEnv, ...echo } = await launchOf(made.pipelineId);
      const refused = async (body: object) => (await launch({ id, ...body }, lea)).refused;
      const fields =
        'your role in this workspace may launch rnaseq with its shared SSH key only as it was saved';
      for (const body of [
        {},
        { ...echo, computeEnvId: computeEnv?.id },
        { paramsText: 'a: 3' },
        { paramsText: '{"a": 3}', runName: 'my_run', labelIds: [], stubRun: true, headJobCpus: 2 },
        { workDir: '/scratch', preRunScript: '' },
      ])
        expect(await refused(body), JSON.stringify(body)).toBe('');
      for (const [field, value] of Object.entries({
        pipeline: 'https://x.org/other',
        revision: 'v2',
        configText: 'b = 1',
        configProfiles: ['other'],
        preRunScript: 'rm -rf /',
        postRunScript: 'true',
        mainScript: 'other.nf',
        entryName: 'other',
        towerConfig: 'r: 1',
        syntaxParser: 'v2',
        workDir: '/home/svc/.ssh',
      }))
        expect(await refused({ [field]: value }), field).toMatch(`403 ${field}: ${fields}`);
      for (const paramsText of [
        '{"a": 1, "custom_config_base": "https://evil.example"}',
        'custom_config_version: mine',
        '"\\x63ustom_config_base": https://evil.example',
      ])
        expect(await refused({ paramsText }), paramsText).toMatch(`403 paramsText: ${fields}`);
      expect(await refused({ commitId: 'a'.repeat(40) })).toMatch(/^403 revision: /);
      expect(await refused({ revision: 'v2', configText: 'b' })).toMatch(/^403 configText, revision: /);
      const quick = await launch({ pipeline: made.repository, computeEnvId: environment.id }, lea);
      expect(quick.refused).toMatch(/^403 Your role in this workspace may not launch unsaved pipelines with/);
      const max = await api.person('max', 'acme', { workspace: 'main', workspaceRole: 'maintain' });
      expect((await launch({ id, revision: 'v2' }, max)).refused).toBe('');
      expect((await launch({ pipeline: 'p', computeEnvId: environment.id }, max)).refused).toBe('');
    });

    test('relaunches and resumes its own runs, and those of nobody else', async () => {
      const store = await open();
      const { api, launch, launched, save, launchOf, requestOf, over, must } = await world(store);
      const lea = await api.person('lea', 'acme', { workspace: 'main', workspaceRole: 'launch' });
      const made = await save('rnaseq', saved);
      const template = await launchOf(made.pipelineId);
      const mine = (await launched({ id: template.id }, lea)).workflow.id;
      const theirs = (await launched({ id: template.id, configText: 'b = 2' })).workflow.id;
      for (const id of [mine, theirs]) await over(id);
      await store.runs.update(
        mine,
        { facts: { commitId: 'c'.repeat(40) }, workDir: '/scratch/saved/x' },
        2_000,
      );
      const { computeEnv, resumeCommitId, resumeDir, pipelineId, ...echo } = await requestOf(mine);
      expect([pipelineId, resumeCommitId, resumeDir]).toEqual([
        made.pipelineId,
        'c'.repeat(40),
        '/scratch/saved/x',
      ]);
      // As the command line client resumes: the commit as the revision, the directory as work directory.
      const resume = {
        ...echo,
        computeEnvId: computeEnv.id,
        resume: true,
        revision: resumeCommitId,
        workDir: resumeDir,
      };
      const again = await launch(resume, lea);
      expect(again.refused).toBe('');
      const run = await must('GET', `/workflow/${again.id}`);
      expect(run.workflow).toMatchObject({ resume: true, sessionId: echo.sessionId });
      expect(run.pipelineInfo.id).toBe(made.pipelineId);
      await over(again.id);
      expect((await launch({ ...resume, configText: 'evil' }, lea)).refused).toMatch(/^403 configText: /);
      // By its session alone, or by its launch alone.
      const bySession = { resume: true, sessionId: echo.sessionId, pipeline: echo.pipeline };
      expect((await launch({ ...bySession, preRunScript: 'x' }, lea)).refused).toMatch(/^403 /);
      expect((await launch({ id: mine }, lea)).refused).toBe('');
      // Others' runs hold what others decided.
      expect((await launch({ id: theirs }, lea)).refused).toMatch(
        /^403 .* runs of others or its own runs elsewhere with its shared/,
      );
      expect((await launch({ id: theirs })).refused).toBe('');
    });

    test('with a key of its own it is its own affair', async () => {
      const store = await open();
      const { api, launch, owner } = await world(store);
      const lea = await api.person('lea', 'acme', { workspace: 'main', workspaceRole: 'launch' });
      const identity = await store.identities.insert(anIdentity(owner.orgId, owner.id));
      await store.managedCredentials.insert(aManagedCredential(identity, lea.id, { status: 'verified' }));
      const own = await environmentOf(api, owner, { managedIdentityId: identity.id, credentialsId: null });
      expect((await launch({ pipeline: 'https://x.org/any', computeEnvId: own.id }, lea)).refused).toBe('');
      const view = await api.person('vera', 'acme', { workspace: 'main', workspaceRole: 'view' });
      expect((await launch({ pipeline: 'p', computeEnvId: own.id }, view)).refused).toMatch(/^403 /);
    });
  });
});
