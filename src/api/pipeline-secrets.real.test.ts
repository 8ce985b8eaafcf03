/** Pipeline secrets through the API with a real vault: values go in and never out. On both databases. */
import { expect, test } from 'vitest';
import { createSecretsOfRun } from '#actions/launch/launch-secrets.ts';
import { maxSecretBytes, runSecretsPlace, secretPlace } from '#core/pipeline-secrets.ts';
import type { Store } from '#core/ports/store.ts';
import { type Call, type Person, startApi } from '#test/support/api.ts';
import { onBothDatabases } from '#test/support/databases.ts';
import { environmentOf } from '#test/support/pipeline-records.ts';

const canary = 'canary-of-a-pipeline-secret-7Hq';

const start = async (store: Store) => {
  const api = await startApi(store);
  const owner = await api.organisation('acme', 'olivia');
  const answers: string[] = [];
  const ask = async (method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, given: Call = {}) => {
    const answer = await api.call(method, `/api/pipeline-secrets${path}`, { as: owner, ...given });
    answers.push(answer.body, JSON.stringify(answer.headers));
    return { status: answer.statusCode, body: answer.body === '' ? null : answer.json() };
  };
  const member = (role: 'maintain' | 'launch' | 'view'): Promise<Person> =>
    api.person(`wsp-${role}`, 'acme', { workspace: 'main', workspaceRole: role });
  return { api, vault: api.vault, owner, ask, answers, member, at: `workspaceId=${owner.workspaceId}` };
};

onBothDatabases(({ open }) => {
  test('promise 1: a value is never shown, logged or kept in clear', async () => {
    const store = await open();
    const { api, vault, owner, ask, answers, at } = await start(store);
    const made = await ask('POST', `?${at}`, { body: { name: 'API_KEY', value: canary } });
    expect(made).toEqual({ status: 200, body: { secretId: expect.any(Number) } });
    const { secretId } = made.body;
    const shown = {
      id: secretId,
      name: 'API_KEY',
      dateCreated: '2026-01-01T00:00:00.000Z',
      lastUpdated: '2026-01-01T00:00:00.000Z',
    };
    expect(await ask('GET', `?${at}`)).toEqual({
      status: 200,
      body: { pipelineSecrets: [shown], totalSize: 1 },
    });
    expect(await ask('GET', `/${secretId}?${at}`)).toEqual({ status: 200, body: { pipelineSecret: shown } });

    const place = (valueVersion: number) =>
      secretPlace({
        id: secretId,
        organisationId: owner.orgId,
        workspaceId: owner.workspaceId,
        userId: owner.id,
        valueVersion,
      });
    const first = await store.sealedValues.get(place(1));
    expect(first && vault.openText(place(1), first)).toBe(canary);
    expect((await ask('PUT', `/${secretId}?${at}`, { body: { value: `${canary} 2` } })).status).toBe(204);
    expect(await store.sealedValues.get(place(1))).toBeUndefined();
    const second = await store.sealedValues.get(place(2));
    expect(second && vault.openText(place(2), second)).toBe(`${canary} 2`);
    // Promise 3: bound to its place.
    expect(() => second && vault.openText(place(1), second)).toThrow('pipeline_secrets');

    // Promise 8: deleting destroys.
    expect((await ask('DELETE', `/${secretId}?${at}`)).status).toBe(204);
    expect(await store.sealedValues.get(place(2))).toBeUndefined();
    expect((await ask('GET', `/${secretId}?${at}`)).status).toBe(404);

    const records = await store.audit.list({ max: 10 });
    expect(records.map(({ event }) => event).slice(0, 3)).toEqual([
      'pipeline_secret_deleted',
      'pipeline_secret_updated',
      'pipeline_secret_created',
    ]);
    for (const text of [...answers, api.logged(), JSON.stringify(records)])
      expect(text).not.toContain(canary);
  });

  test('what cannot be kept is refused with a sentence that does not show it', async () => {
    const { ask, answers, at } = await start(await open());
    const said = async (body: object) => {
      const { status, body: answer } = await ask('POST', `?${at}`, { body });
      return [status, answer.message];
    };
    const sentence = 'value: must be one line without control characters; encode others as base64';
    for (const value of [`${canary}\nmore`, `${canary}\u0007`, `${canary}\r`])
      expect(await said({ name: 'KEY', value })).toEqual([400, expect.stringContaining(sentence)]);
    const large = canary.padEnd(maxSecretBytes - 1, 'ü');
    expect(await said({ name: 'KEY', value: large })).toEqual([400, expect.stringContaining('65536 bytes')]);
    expect(await said({ name: 'KEY' })).toEqual([400, 'value: is missing']);
    for (const name of ['1KEY', 'MY-KEY', 'A__B', 'K', 'ÜBER', 'A B'])
      expect(await said({ name, value: canary }), name).toEqual([
        400,
        expect.stringContaining('name: use 2'),
      ]);
    for (const character of '"`\\')
      expect(await said({ name: 'KEY', value: canary + character })).toEqual([
        400,
        expect.stringContaining('does not hand to processes'),
      ]);
    expect(await said({ name: 'KEY', value: `${canary} \t$HOME '!ü` })).toEqual([200, undefined]);
    expect(await said({ name: 'KEY', value: canary })).toEqual([409, expect.stringContaining('KEY exists')]);
    expect((await ask('GET', `/validate?${at}&name=KEY`)).status).toBe(409);
    expect((await ask('GET', `/validate?${at}&name=OTHER`)).status).toBe(204);
    expect((await ask('GET', `/validate?${at}&name=1`)).status).toBe(400);
    for (const text of answers) expect(text).not.toContain(canary);
  });

  test('a launch takes those that it names, personal ones first, as they are at that moment', async () => {
    const store = await open();
    const { api, vault, owner, ask, member, at } = await start(store);
    const environment = await environmentOf(api, owner);
    const launch = async (more: object, as: Pick<Person, 'token'> = owner) => {
      const body = { launch: { pipeline: 'a/b', computeEnvId: environment.id, ...more } };
      const answer = await api.call('POST', `/api/workflow/launch?${at}`, { as, body });
      return { status: answer.statusCode, body: answer.json() };
    };
    const make = async (name: string, value: string, where = '', as: Pick<Person, 'token'> = owner) =>
      (await ask('POST', where, { as, body: { name, value } })).body.secretId as number;
    const shared = await make('SHARED', 'of the workspace', `?${at}`);
    await make('BOTH', 'of the workspace', `?${at}`);
    const both = await make('BOTH', canary);

    expect((await launch({ userSecrets: ['SHARED'] })).body.message).toBe(
      'userSecrets: you have no pipeline secret named SHARED. Make it first: POST /pipeline-secrets',
    );
    const missing = await launch({ workspaceSecrets: ['SHARED', 'NONE'] });
    expect(missing).toEqual({
      status: 409,
      body: {
        message: `workspaceSecrets: this workspace has no pipeline secret named NONE. Make it first: POST /pipeline-secrets?${at}`,
      },
    });

    const names = { userSecrets: ['BOTH'], workspaceSecrets: ['SHARED', 'BOTH'] };
    const { status, body } = await launch(names);
    expect(status, JSON.stringify(body)).toBe(200);
    // Later changes do not reach the run.
    await ask('PUT', `/${shared}`, { body: { value: 'changed' } });
    await ask('DELETE', `/${both}`);
    const run = await store.runs.find(body.workflowId);
    if (!run) throw new Error('no run');
    expect(await createSecretsOfRun(store, vault)(run)).toEqual([
      { name: 'SHARED', value: 'of the workspace' },
      { name: 'BOTH', value: canary },
    ]);
    // Promise 3: they open for this run alone.
    const sealed = await store.sealedValues.get(runSecretsPlace(run));
    const elsewhere = runSecretsPlace({ ...run, id: 'AnotherRun00' });
    expect(() => sealed && vault.openText(elsewhere, sealed)).toThrow('AnotherRun00');
    expect((await ask('GET', `/${shared}`)).body.pipelineSecret.lastUsed).toBe('2026-01-01T00:00:00.000Z');

    const shown = await api.call('GET', `/api/workflow/${run.id}/launch`, { as: owner });
    expect(shown.json().launch).toMatchObject(names);
    const [record] = await store.audit.list({ max: 1, event: 'workflow_launched' });
    expect(record?.state.metadata).toMatchObject({
      secrets: [
        { id: shared, name: 'SHARED', valueVersion: 1, of: 'workspace' },
        { id: both, name: 'BOTH', valueVersion: 1, of: 'user' },
      ],
    });
    for (const text of [shown.body, api.logged(), JSON.stringify(record)]) expect(text).not.toContain(canary);

    // Who may launch but not decide what runs does not get those of the workspace into an own pipeline.
    const launcher = await member('launch');
    const refused = await launch({ workspaceSecrets: ['SHARED'] }, launcher);
    expect([refused.status, refused.body.message]).toEqual([
      403,
      expect.stringContaining('pipeline secrets'),
    ]);
  });

  test('a workspace and each person have their own; roles decide who may write', async () => {
    const { ask, member, owner, at } = await start(await open());
    const [maintain, launch, view] = [await member('maintain'), await member('launch'), await member('view')];
    const body = { name: 'KEY', value: canary };
    const inWorkspace = (await ask('POST', `?${at}`, { as: maintain, body })).body.secretId;
    expect((await ask('POST', `?${at}`, { as: launch, body: { ...body, name: 'MORE' } })).status).toBe(403);
    expect((await ask('GET', `?${at}`, { as: view })).body.totalSize).toBe(1);
    expect((await ask('DELETE', `/${inWorkspace}`, { as: launch })).status).toBe(403);

    const own = (await ask('POST', '', { as: launch, body })).body.secretId;
    expect((await ask('GET', '', { as: launch })).body.pipelineSecrets).toMatchObject([{ id: own }]);
    expect((await ask('GET', '', { as: owner })).body.pipelineSecrets).toEqual([]);
    for (const as of [owner, maintain]) {
      expect((await ask('GET', `/${own}`, { as })).status).toBe(404);
      expect((await ask('PUT', `/${own}`, { as, body: { value: 'x' } })).status).toBe(404);
    }
    expect((await ask('GET', `/${own}?${at}`, { as: launch })).status).toBe(404);
    expect((await ask('DELETE', `/${own}`, { as: launch })).status).toBe(204);
    expect((await ask('GET', `/${inWorkspace}`, { as: view })).body.pipelineSecret.name).toBe('KEY');
  });
});
