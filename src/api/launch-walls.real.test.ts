/** Roads by which the role launch could bring code of its own to what a workspace shares. On both databases. */
import { expect, test } from 'vitest';
import type { Store } from '#core/ports/store.ts';
import { aManagedCredential, anIdentity, onBothDatabases } from '#test/support/databases.ts';
import { environmentOf } from '#test/support/pipeline-records.ts';
import { pipelineWorld } from '#test/support/pipeline-world.ts';

const world = async (store: Store) => {
  const found = await pipelineWorld(store);
  const { api, owner, ask } = found;
  const lea = await api.person('lea', 'acme', { workspace: 'main', workspaceRole: 'launch' });
  const launch = async (body: object, as: { token: string } = lea) => {
    const answer = await ask('POST', '/workflow/launch', { launch: body }, as);
    return {
      id: answer.body.workflowId as string,
      refused: answer.status === 200 ? '' : `${answer.status} ${answer.body.message}`,
    };
  };
  const over = (id: string) => store.runs.update(id, { status: 'FAILED', phase: 'done' }, 2_000);
  /** An environment on which lea has a key of her own. */
  const ownKey = async () => {
    const identity = await store.identities.insert(anIdentity(owner.orgId, owner.id));
    await store.managedCredentials.insert(aManagedCredential(identity, lea.id, { status: 'verified' }));
    return environmentOf(api, owner, { managedIdentityId: identity.id, credentialsId: null });
  };
  const byHand = async (as: { token: string }, start: object, query = '') =>
    (await found.must('POST', `/trace/create${query}`, start, as)).workflowId as string;
  return { ...found, lea, launch, over, ownKey, byHand };
};

const elsewhere = /^403 Your role .* or its own runs elsewhere with its shared SSH key/;

onBothDatabases(({ open }) => {
  test('a run started by hand is nothing to launch again, by nobody', async () => {
    const { launch, byHand, lea, owner, environment } = await world(await open());
    for (const as of [lea, owner]) {
      const id = await byHand(as, { sessionId: crypto.randomUUID(), repository: 'https://x.org/evil' });
      const { refused } = await launch({ id, computeEnvId: environment.id }, as);
      expect(refused).toMatch(/^409 Run \S+ was started by hand: go on from it where it ran/);
    }
  });

  test('what ran with a key of its own does not go on to the shared one, unless it is saved as it is', async () => {
    const { launch, save, launchOf, ownKey, environment } = await world(await open());
    const own = await ownKey();
    const anything = await launch({ pipeline: 'https://x.org/evil', computeEnvId: own.id });
    expect((await launch({ id: anything.id })).refused).toBe('');
    expect((await launch({ id: anything.id, computeEnvId: environment.id })).refused).toMatch(elsewhere);

    const template = await launchOf((await save('rnaseq', { revision: 'v1' })).pipelineId);
    const asSaved = await launch({ id: template.id, computeEnvId: own.id });
    expect((await launch({ id: asSaved.id, computeEnvId: environment.id })).refused).toBe('');
    const changed = await launch({ id: template.id, computeEnvId: own.id, preRunScript: 'evil' });
    expect((await launch({ id: changed.id, computeEnvId: environment.id })).refused).toMatch(
      /^403 preRunScript: /,
    );
  });

  test("another workspace's pipeline takes the permission for unsaved ones, and brings no names of secrets", async () => {
    const store = await open();
    const { api, must, launch, ownKey, owner, environment } = await world(store);
    const made = await must('POST', `/orgs/${owner.orgId}/workspaces?workspaceId=0`, {
      workspace: { name: 'common', fullName: 'Common', visibility: 'SHARED' },
    });
    const source: number = made.workspace.id;
    const theirs = await environmentOf(api, { ...owner, workspaceId: source });
    const { pipeline } = await must('POST', `/pipelines?workspaceId=${source}`, {
      name: 'shared',
      launch: { pipeline: 'x/y', computeEnvId: theirs.id, workspaceSecrets: ['KEY'], userSecrets: ['KEY'] },
    });
    for (const path of ['/pipeline-secrets', '/pipeline-secrets?workspaceId=0'])
      await must('POST', path, { name: 'KEY', value: 'secret' });
    const shown = await must('GET', `/pipelines/${pipeline.pipelineId}/launch?sourceWorkspaceId=${source}`);
    expect(shown.launch.workspaceSecrets).toEqual([]);
    const { id } = shown.launch;
    expect((await launch({ id })).refused).toMatch(/^403 .*, pipelines of other workspaces, .* SSH key/);
    const own = await ownKey();
    expect((await launch({ id, computeEnvId: own.id })).refused).toBe('');
    expect((await launch({ id, computeEnvId: own.id, workspaceSecrets: ['KEY'] })).refused).toMatch(
      /^403 .*, pipelines of other workspaces, .* pipeline secrets/,
    );
    const run = await launch({ id, computeEnvId: environment.id }, owner);
    expect(run.refused).toBe('');
    const { launch: kept } = (await store.runs.find(run.id)) ?? {};
    expect([kept?.pipeline, kept?.workspaceSecrets, kept?.userSecrets]).toEqual([
      'x/y',
      undefined,
      undefined,
    ]);
  });

  test('names of personal secrets come from who launches, not from who saved or ran it', async () => {
    const store = await open();
    const { must, launch, save, launchOf, lea, owner } = await world(store);
    for (const as of [lea, owner])
      await must('POST', '/pipeline-secrets?workspaceId=0', { name: 'KEY', value: 'secret' }, as);
    const made = await save('rnaseq', { userSecrets: ['KEY'] });
    const template = await launchOf(made.pipelineId);
    const secretsOf = async (body: object, as: { token: string } = lea) => {
      const { id, refused } = await launch(body, as);
      expect(refused).toBe('');
      return (await store.runs.find(id))?.launch.userSecrets ?? [];
    };
    expect(await secretsOf({ id: template.id })).toEqual([]);
    const mine = await launch({ id: template.id, userSecrets: ['KEY'] });
    expect(await secretsOf({ id: mine.id })).toEqual(['KEY']);
    expect(await secretsOf({ id: mine.id }, owner)).toEqual([]);
    // Clients send back what they have read.
    const named = async (path: string, as: { token: string }) =>
      (await must('GET', path, undefined, as)).launch.userSecrets;
    for (const [path, whose, other] of [
      [`/pipelines/${made.pipelineId}/launch`, owner, lea],
      [`/launch/${mine.id}`, lea, owner],
      [`/workflow/${mine.id}/launch`, lea, owner],
    ] as const) {
      expect(await named(path, whose)).toEqual(['KEY']);
      expect(await named(path, other)).toEqual([]);
    }
  });

  test('a revision that was only reported is none to launch', async () => {
    const store = await open();
    const { must, launch, save, launchOf, lea, over } = await world(store);
    const template = await launchOf((await save('rnaseq', { revision: 'v1' })).pipelineId);
    const { id } = await launch({ id: template.id });
    const commitId = 'e'.repeat(40);
    const workflow = { id, runName: 'x', revision: 'evil', commitId };
    await must('PUT', `/trace/${id}/begin`, { workflow }, lea);
    await must('PUT', `/trace/${id}/complete`, { workflow }, lea);
    expect((await must('GET', `/workflow/${id}`)).workflow).toMatchObject({ revision: 'evil', commitId });
    for (const revision of ['evil', commitId])
      expect((await launch({ id, revision })).refused).toMatch(/^403 revision: /);
    // What the launcher read counts.
    await store.runs.update(id, { facts: { commitId } }, 2_000);
    await over(id);
    expect((await launch({ id, revision: commitId })).refused).toBe('');
  });

  test("a run that somebody reports under another's session does not stand in the way of its resume", async () => {
    const { api, launch, save, launchOf, must, over, byHand, lea, owner } = await world(await open());
    const template = await launchOf((await save('rnaseq')).pipelineId);
    const { id } = await launch({ id: template.id });
    await over(id);
    const { sessionId } = (await must('GET', `/workflow/${id}`)).workflow;
    const outsider = await api.organisation('elsewhere', 'oscar');
    await byHand(outsider, { sessionId, runName: 'far' }, `?workspaceId=${outsider.workspaceId}`);
    await byHand(owner, { sessionId, runName: 'near' });
    const { refused } = await launch({ id, resume: true, sessionId }, lea);
    expect(refused).toBe('');
    // Nor does who reports under a session learn anything of it.
    await environmentOf(api, outsider);
    const answer = await api.call('POST', `/api/workflow/launch?workspaceId=${outsider.workspaceId}`, {
      as: outsider,
      body: { launch: { pipeline: 'p', resume: true, sessionId } },
    });
    expect(answer.json().message).toMatch(/^Run far of this session was started by hand/);
  });
});
