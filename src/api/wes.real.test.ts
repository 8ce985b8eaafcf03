/** GA4GH's Workflow Execution Service, as its clients use it: on both databases. */
import { describe, expect, test } from 'vitest';
import type { Store } from '#core/ports/store.ts';
import type { Run } from '#core/runs.ts';
import { type Person, startApi } from '#test/support/api.ts';
import { aRun, onBothDatabases } from '#test/support/databases.ts';
import { environmentOf } from '#test/support/pipeline-records.ts';

const root = '/api/ga4gh/wes/v1';

const world = async (store: Store) => {
  const api = await startApi(store, { publicUrl: 'https://latchkey.example.org' });
  const owner = await api.organisation('acme', 'olivia');
  const { orgId: organisationId, workspaceId } = owner;
  const environment = await environmentOf(api, owner);
  const run = async (given: Partial<Run> = {}): Promise<Run> => {
    const made = aRun(owner.id, { organisationId, workspaceId, ...given });
    await store.runs.insert(made);
    return made;
  };
  const ask = async (
    method: 'GET' | 'POST',
    path: string,
    body?: unknown,
    as: Pick<Person, 'token'> = owner,
  ) => {
    const answer = await api.call(method, `${root}${path}`, { as, ...(body !== undefined && { body }) });
    return { status: answer.statusCode, body: answer.json() };
  };
  /** As `curl -F` and Python's requests send it. */
  const sendForm = async (fields: Record<string, string | Blob>, query = '') => {
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    const sent = new Response(form);
    const answer = await api.app.inject({
      method: 'POST',
      url: `${root}/runs${query}`,
      headers: {
        authorization: `Bearer ${owner.token}`,
        'content-type': sent.headers.get('content-type') ?? '',
      },
      payload: Buffer.from(await sent.arrayBuffer()),
    });
    return { status: answer.statusCode, body: answer.json() };
  };
  return { api, owner, environment, workspaceId, run, ask, sendForm, here: `workspaceId=${workspaceId}` };
};

onBothDatabases(({ open }) => {
  describe('a run is submitted', () => {
    const workflow_params = '{"reads": "", "limit": null, "outdir": "/scratch/out"}';

    test('as a form, with its parameters as they came, on the primary environment of the workspace', async () => {
      const { api, environment, workspaceId, ask, sendForm } = await world(await open());
      const parameters = {
        workspaceId: String(workspaceId),
        revision: 'master',
        configProfiles: 'test, docker',
      };
      const sent = await sendForm({
        workflow_params,
        workflow_type: 'NFL',
        workflow_type_version: 'DSL2',
        workflow_url: 'https://github.com/nextflow-io/hello',
        workflow_engine_parameters: JSON.stringify(parameters),
        tags: new Blob(['{"project": "atlas"}'], { type: 'application/json' }),
      });
      expect(sent).toEqual({ status: 200, body: { run_id: expect.stringMatching(/^[A-Za-z0-9]{12}$/) } });
      const { run_id } = sent.body;
      const stored = await api.store.runs.find(run_id);
      expect(stored).toMatchObject({ workspaceId, computeEnvId: environment.id, status: 'SUBMITTED' });
      expect(stored?.launch).toMatchObject({
        pipeline: 'https://github.com/nextflow-io/hello',
        revision: 'master',
        configProfiles: ['test', 'docker'],
        paramsText: workflow_params,
      });
      const described = await ask('GET', `/runs/${run_id}`);
      expect(described.body).toMatchObject({
        run_id,
        state: 'QUEUED',
        request: {
          workflow_url: 'https://github.com/nextflow-io/hello',
          workflow_params,
          workflow_type: 'NFL',
          workflow_type_version: 'DSL2',
          workflow_engine_parameters: parameters,
          tags: { project: 'atlas' },
        },
        run_log: {
          name: stored?.runName,
          stdout: `https://latchkey.example.org/api/workflow/${run_id}/download?fileName=nf-${run_id}.txt`,
        },
        task_logs: [],
        outputs: {},
      });
    });

    test('as JSON, on the environment named; the workspace may stand in the address', async () => {
      const { api, owner, workspaceId, ask, sendForm, here } = await world(await open());
      const other = await environmentOf(api, owner, { primary: false });
      const body = {
        workflow_url: 'nextflow-io/hello',
        workflow_params,
        workflow_type: 'nextflow',
        workflow_engine_parameters: {
          computeEnvId: other.id,
          runName: 'by_hand',
          stubRun: true,
          headJobCpus: 2,
        },
      };
      const sent = await ask('POST', `/runs?${here}`, body);
      expect(sent.status, JSON.stringify(sent.body)).toBe(200);
      expect(await api.store.runs.find(sent.body.run_id)).toMatchObject({
        workspaceId,
        computeEnvId: other.id,
        runName: 'by_hand',
        launch: { stubRun: true, headJobCpus: 2, paramsText: workflow_params },
      });
      expect((await sendForm({ workflow_url: 'a/b' }, `?${here}`)).status).toBe(200);
      // Without a workspace: the personal context, which has no environment here.
      expect((await ask('POST', '/runs', { workflow_url: 'a/b' })).body.msg).toContain('computeEnvId');
      const elsewhere = { ...body, workflow_engine_parameters: { workspaceId: '987654' } };
      expect((await ask('POST', '/runs', elsewhere)).status).toBe(404);
      expect((await ask('POST', `/runs?${here}`, elsewhere)).body.msg).toContain('names another workspace');
    });

    test('never with something left out in silence; refusals carry both forms', async () => {
      const { api, workspaceId, ask, sendForm, here } = await world(await open());
      const said = async (more: object) => {
        const { status, body } = await ask('POST', `/runs?${here}`, { workflow_url: 'a/b', ...more });
        expect([status, body.status_code, body.msg]).toEqual([400, 400, body.message]);
        return body.message as string;
      };
      expect(await said({ workflow_url: null })).toBe('workflow_url: is missing');
      expect(await said({ workflow_url: '-c evil' })).toContain('workflow_url: must be one word');
      expect(await said({ workflow_type: 'CWL' })).toContain('workflow_type: must be NFL or Nextflow');
      expect(await said({ workflow_engine_parameters: { computeEnvID: 'x' } })).toContain(
        'workflow_engine_parameters.computeEnvID: is not known; there are workspaceId, computeEnvId,',
      );
      expect(await said({ workflow_engine_parameters: { headJobCpus: 'many' } })).toContain(
        'workflow_engine_parameters.headJobCpus: must be a whole number',
      );
      expect(await said({ workflow_engine_parameters: { workspaceId: 'main' } })).toContain(
        'workflow_engine_parameters.workspaceId: must be the number of a workspace',
      );
      expect(await said({ tags: '[1]' })).toContain('tags: must be an object of texts');
      expect(await said({ workflow_params: { a: 1 } })).toBe('workflow_params: must be a text');
      const attached = await sendForm(
        { workflow_url: 'main.nf', workflow_attachment: new Blob(['process x {}']) },
        `?${here}`,
      );
      expect([attached.status, attached.body.msg]).toEqual([
        400,
        expect.stringContaining('workflow_attachment: files cannot come along'),
      ]);
      expect((await api.store.runs.list({ workspaceId, userId: 0, max: 10, offset: 0 })).totalSize).toBe(0);
      const nobody = await api.call('GET', `${root}/runs`);
      expect([nobody.statusCode, nobody.json()]).toEqual([
        401,
        { msg: nobody.json().message, status_code: 401, message: expect.any(String) },
      ]);
      expect((await api.call('GET', '/api/user-info')).json()).toEqual({ message: expect.any(String) });
    });
  });

  describe('runs are looked at', () => {
    test('page by page, whole also while new ones come in', async () => {
      const { run, ask, here } = await world(await open());
      const ids: string[] = [];
      for (let count = 0; count < 5; count += 1) ids.unshift((await run({ createdAt: 1_000 })).id);
      ids.sort().reverse();
      const seen: string[] = [];
      let token = '';
      do {
        const { body, status } = await ask(
          'GET',
          `/runs?${here}&page_size=2${token && `&page_token=${token}`}`,
        );
        expect(status).toBe(200);
        seen.push(...body.runs.map(({ run_id }: { run_id: string }) => run_id));
        token = body.next_page_token;
        await run({ createdAt: 2_000 });
      } while (token !== '' && seen.length < 20);
      expect(seen).toEqual(ids);
      expect((await ask('GET', `/runs?${here}`)).body).toMatchObject({
        runs: expect.arrayContaining([{ run_id: ids[0], state: 'QUEUED' }]),
        next_page_token: '',
      });
      expect((await ask('GET', '/runs')).body.runs).toEqual([]);
      for (const bad of ['page_token=!', 'page_token=AAAA', 'page_size=0', 'page_size=1e9'])
        expect((await ask('GET', `/runs?${here}&${bad}`)).status, bad).toBe(400);
    });

    test('with their tasks, whichever way they were launched', async () => {
      const { api, run, ask, workspaceId } = await world(await open());
      const { id } = await run({
        status: 'FAILED',
        phase: 'done',
        exitStatus: 1,
        startedAt: 2_000,
        completedAt: 9_000,
        launch: { pipeline: 'a/b', revision: 'dev' },
        facts: { commandLine: 'nextflow run a/b -r dev' },
      });
      const reports = [1, 2, 3].map((taskId) => ({
        taskId,
        status: 'COMPLETED' as const,
        name: `align (${taskId})`,
        script: 'echo hello',
        start: 3_000,
        complete: 4_000,
        exit: 0,
      }));
      await api.store.tasks.report(id, { source: 'trace', reports, now: 5_000 });
      const { body } = await ask('GET', `/runs/${id}`);
      expect(body).toMatchObject({
        state: 'EXECUTOR_ERROR',
        request: {
          workflow_url: 'a/b',
          workflow_params: '{}',
          workflow_engine_parameters: {
            computeEnvId: 'env',
            workspaceId: String(workspaceId),
            revision: 'dev',
          },
          tags: {},
        },
        run_log: {
          cmd: ['nextflow run a/b -r dev'],
          start_time: '1970-01-01T00:00:02.000Z',
          end_time: '1970-01-01T00:00:09.000Z',
          exit_code: 1,
        },
      });
      expect(body.task_logs).toHaveLength(3);
      expect(body.task_logs[0]).toEqual({
        id: '1',
        name: 'align (1)',
        cmd: ['echo hello'],
        start_time: '1970-01-01T00:00:03.000Z',
        end_time: '1970-01-01T00:00:04.000Z',
        stdout: `https://latchkey.example.org/api/workflow/${id}/download/1?fileName=.command.out`,
        stderr: `https://latchkey.example.org/api/workflow/${id}/download/1?fileName=.command.err`,
        exit_code: 0,
      });
      expect((await ask('GET', `/runs/${id}/status`)).body).toEqual({ run_id: id, state: 'EXECUTOR_ERROR' });
      const first = await ask('GET', `/runs/${id}/tasks?page_size=2`);
      expect(first.body.task_logs.map((task: { id: string }) => task.id)).toEqual(['1', '2']);
      const second = await ask(
        'GET',
        `/runs/${id}/tasks?page_size=2&page_token=${first.body.next_page_token}`,
      );
      expect([second.body.task_logs.length, second.body.next_page_token]).toEqual([1, '']);
      expect((await ask('GET', `/runs/${id}/tasks/3`)).body).toMatchObject({ id: '3', exit_code: 0 });
      expect((await ask('GET', `/runs/${id}/tasks/4`)).status).toBe(404);
      expect((await ask('GET', `/runs/${id}/tasks?page_token=x`)).status).toBe(400);
    });

    test('by nobody else', async () => {
      const { api, run, ask } = await world(await open());
      const { id } = await run();
      const stranger = await api.organisation('elsewhere', 'oscar');
      for (const path of [`/runs/${id}`, `/runs/${id}/status`, `/runs/${id}/tasks`])
        expect(await ask('GET', path, undefined, stranger)).toEqual({
          status: 404,
          body: { msg: `Unknown workflow: ${id}`, status_code: 404, message: `Unknown workflow: ${id}` },
        });
      expect((await ask('POST', `/runs/${id}/cancel`, undefined, stranger)).status).toBe(404);
    });
  });

  test('a run is stopped, and once is enough', async () => {
    const { api, run, ask } = await world(await open());
    const { id } = await run({ status: 'RUNNING', phase: 'follow' });
    for (let twice = 0; twice < 2; twice += 1)
      expect(await ask('POST', `/runs/${id}/cancel`, {})).toEqual({ status: 200, body: { run_id: id } });
    expect((await ask('GET', `/runs/${id}/status`)).body.state).toBe('CANCELING');
    const cancelled = await api.store.audit.list({ max: 10, event: 'workflow_cancelled' });
    expect(cancelled.map(({ target }) => target.id)).toEqual([id]);
  });

  test('the service tells what it runs and how much', async () => {
    const { run, ask, here } = await world(await open());
    await run();
    await run({ status: 'RUNNING', phase: 'follow' });
    await run({ status: 'RUNNING', phase: 'follow', cancelRequestedAt: 1 });
    for (const exitStatus of [1, 1, null]) await run({ status: 'FAILED', phase: 'done', exitStatus });
    const { status, body } = await ask('GET', `/service-info?${here}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      supported_wes_versions: ['1.0.0', '1.1.0'],
      workflow_type_versions: { NFL: { workflow_type_version: ['DSL2'] } },
      type: { group: 'org.ga4gh', artifact: 'wes' },
      system_state_counts: { QUEUED: 1, RUNNING: 1, CANCELING: 1, EXECUTOR_ERROR: 2, SYSTEM_ERROR: 1 },
    });
    expect(body.default_workflow_engine_parameters).toContainEqual({ name: 'computeEnvId', type: 'string' });
  });
});
