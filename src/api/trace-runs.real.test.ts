/** Which runs are reported on, by whom, and what becomes of them. On both databases. */
import { describe, expect, test } from 'vitest';
import { maxLiveHandRuns } from '#actions/reports/hand-runs.ts';
import { newRunId } from '#core/ids.ts';
import { type Person, startApi } from '#test/support/api.ts';
import { onBothDatabases } from '#test/support/databases.ts';
import { recordedCalls } from '#test/support/nf-tower.ts';
import { replay, seen, send, traceWorld } from '#test/support/trace-world.ts';

onBothDatabases(({ open, name }) => {
  describe('a run launched here', () => {
    test('is attached by its id, goes on with its reports, and ends by its head job alone', async () => {
      const store = await open();
      const { api, alice, launched, workspaceId } = await traceWorld(store);
      const run = await launched();
      const [, begin, ...rest] = recordedCalls('success-5-tasks');
      const created = await send(api, alice, {
        method: 'POST',
        path: `/trace/create?workspaceId=${workspaceId}`,
        body: { workflowId: run.id, sessionId: run.sessionId, runName: run.runName },
      });
      expect(created).toMatchObject({
        status: 200,
        body: {
          workflowId: run.id,
          watchUrl: `http://latchkey.test/orgs/acme/workspaces/main/watch/${run.id}`,
          metadata: { userName: 'alice', workspaceName: 'main', orgName: 'acme' },
        },
      });
      const put = (call: (typeof rest)[number]) =>
        send(api, alice, { ...call, path: `${call.path}?workspaceId=${workspaceId}` }, run.id);
      for (const call of begin ? [begin, ...rest] : []) expect((await put(call)).status).toBe(200);
      const found = await store.runs.find(run.id);
      expect(found).toMatchObject({ status: 'RUNNING', phase: 'follow', workDir: null });
      expect(found?.dueAt).toBe(api.clock.now());
      const { run: shown, tasks } = await seen(api, alice, run.id);
      expect(tasks).toHaveLength(5);
      expect(shown.workflow).toMatchObject({ manifest: { name: 'demo/five' }, status: 'RUNNING' });
      expect(shown.workflow.commandLine).toContain('nextflow -log nf.log');
    });

    test('is reported on by nobody but who launched it', async () => {
      const store = await open();
      const { api, alice, bob, owner, person, launched, workspaceId } = await traceWorld(store);
      const run = await launched();
      const viewer = await person('victor', 'view');
      const heartbeat = { method: 'PUT', path: `/trace/${run.id}/heartbeat`, body: {} } as const;
      const create = {
        method: 'POST',
        path: `/trace/create?workspaceId=${workspaceId}`,
        body: { workflowId: run.id },
      } as const;
      for (const call of [heartbeat, create]) {
        expect((await send(api, alice, call)).status).toBe(200);
        for (const other of [bob, owner, viewer]) expect((await send(api, other, call)).status).toBe(403);
      }
      const unknown = await send(api, alice, { ...create, body: { workflowId: 'A1b2C3d4E5f6G7' } });
      expect(unknown).toEqual({ status: 404, body: { message: 'Unknown workflow: A1b2C3d4E5f6G7' } });
      const outside = await send(api, alice, { ...create, path: '/trace/create' });
      expect(outside.status).toBe(404);
    });

    test('that is over is not attached again; what comes late still fills in, and changes no end', async () => {
      const store = await open();
      const { api, alice, launched, workspaceId } = await traceWorld(store);
      const run = await launched({ phase: 'done', status: 'CANCELLED', completedAt: 9_000 });
      const create = { workflowId: run.id };
      const path = `/trace/create?workspaceId=${workspaceId}`;
      expect((await send(api, alice, { method: 'POST', path, body: create })).status).toBe(409);
      const [, ...calls] = recordedCalls('failing-task');
      for (const call of calls) expect((await send(api, alice, call, run.id)).status).toBe(200);
      expect(await store.runs.find(run.id)).toMatchObject({ status: 'CANCELLED', phase: 'done' });
      expect((await seen(api, alice, run.id)).tasks).toHaveLength(5);
    });

    test('whose reports stay out says since when, and is not declared dead', async () => {
      const { api, alice, launched } = await traceWorld(await open());
      const run = await launched({ status: 'RUNNING', jobState: 'RUNNING' });
      await send(api, alice, { method: 'PUT', path: `/trace/${run.id}/heartbeat`, body: {} });
      const heardAt = new Date(api.clock.now()).toISOString();
      expect((await seen(api, alice, run.id)).run.messages).toEqual([]);
      api.clock.advance(6 * 60_000);
      const { run: shown } = await seen(api, alice, run.id);
      expect(shown.workflow.status).toBe('RUNNING');
      expect(shown.messages).toEqual([
        `Nextflow has not reported over HTTP since ${heardAt}; the scheduler has the head job as RUNNING.`,
      ]);
    });
  });

  describe('a run started by hand', () => {
    test('lies where the token says, and the same start asked again is the same run', async () => {
      const store = await open();
      const { api, alice, person, workspaceId } = await traceWorld(store);
      const start = { sessionId: 'aa0b6a24-0000-4000-8000-000000000002', runName: 'jolly_darwin' };
      const create = (path = '/trace/create', as = alice) =>
        send(api, as, { method: 'POST', path, body: start });
      const own = await create();
      expect((await create()).body.workflowId).toBe(own.body.workflowId);
      expect(own.body.watchUrl).toBe(`http://latchkey.test/user/alice/watch/${own.body.workflowId}`);
      const shared = await create(`/trace/create?workspaceId=${workspaceId}`);
      expect(shared.body.workflowId).not.toBe(own.body.workflowId);
      const inWorkspace = await store.runs.find(shared.body.workflowId);
      expect(inWorkspace).toMatchObject({
        workspaceId,
        userId: alice.id,
        phase: 'report',
        status: 'SUBMITTED',
      });
      const viewer = await person('victor', 'view');
      expect((await create(`/trace/create?workspaceId=${workspaceId}`, viewer)).status).toBe(403);
      expect((await create('/trace/create?workspaceId=987654')).status).toBe(404);
      const audited = await store.audit.list({ max: 10, event: 'workflow_launched' });
      expect(audited.map(({ actor }) => actor.userName)).toEqual(['alice', 'alice']);
    });

    test('are not started without end: whoever has too many hears so, and the same start still counts once', async () => {
      const store = await open();
      const { api, alice, bob, workspaceId } = await traceWorld(store);
      const start = (who: Person, sessionId: string) =>
        send(api, who, {
          method: 'POST',
          path: `/trace/create?workspaceId=${workspaceId}`,
          body: { sessionId, runName: 'loop' },
        });
      const first = await start(alice, 'aa0b6a24-0000-4000-8000-000000000011');
      expect(first.status).toBe(200);
      const one = await store.runs.find(first.body.workflowId);
      if (!one) throw new Error('no run');
      for (let count = 1; count < maxLiveHandRuns; count += 1)
        await store.runs.insert({ ...one, id: newRunId(), sessionId: `s-${count}` });
      const refused = await start(alice, 'aa0b6a24-0000-4000-8000-000000000012');
      expect(refused).toMatchObject({
        status: 409,
        body: { message: expect.stringMatching(/^You have 200 runs that were started by hand/) },
      });
      // Asked again for want of an answer: the run that is there.
      expect(await start(alice, 'aa0b6a24-0000-4000-8000-000000000011')).toEqual(first);
      expect((await start(bob, 'aa0b6a24-0000-4000-8000-000000000013')).status).toBe(200);
      await store.runs.update(one.id, { status: 'SUCCEEDED', phase: 'done' }, api.clock.now());
      expect((await start(alice, 'aa0b6a24-0000-4000-8000-000000000012')).status).toBe(200);
    });

    test('cannot be stopped or resumed from here, and its files are where it runs', async () => {
      const store = await open();
      const { api, alice } = await traceWorld(store);
      const id = await replay(api, alice, 'success-5-tasks', (calls) => calls.slice(0, -1));
      const cancel = await api.call('POST', `/api/workflow/${id}/cancel`, { as: alice });
      expect([cancel.statusCode, cancel.json().message]).toEqual([
        409,
        'Run prickly_knuth was started by hand: stop it where it runs, with Ctrl-C or kill',
      ]);
      const log = (await api.call('GET', `/api/workflow/${id}/log/1`, { as: alice })).json().log;
      expect(log).toMatchObject({
        entries: [],
        message: expect.stringContaining('/home/alice/work/e9/b7dfb8e2d1f804fa91489d306b8794'),
      });
      const removed = await api.call('DELETE', `/api/workflow/${id}?force=true`, { as: alice });
      expect(removed.statusCode).toBe(204);
      const late = await send(api, alice, { method: 'PUT', path: `/trace/${id}/heartbeat`, body: {} });
      expect(late.status).toBe(404);
    });

    test('that was told to stop is cancelled; open tasks of it are aborted', async () => {
      const { api, alice } = await traceWorld(await open());
      const id = await replay(api, alice, 'success-5-tasks', (calls) => calls.slice(0, 3));
      const complete = (workflow: object) =>
        send(api, alice, { method: 'PUT', path: `/trace/${id}/complete`, body: { workflow } });
      await complete({ success: false, exitStatus: null, errorMessage: 'SIGTERM' });
      const { run, tasks, progress } = await seen(api, alice, id);
      expect(run.workflow.status).toBe('CANCELLED');
      expect(new Set(tasks.map((task: { status: string }) => task.status))).toEqual(new Set(['ABORTED']));
      expect(progress.workflowProgress).toMatchObject({ aborted: 4, running: 0, loadCpus: 0 });
      await complete({ success: true, exitStatus: 0 });
      expect((await seen(api, alice, id)).run.workflow.status).toBe('CANCELLED');
    });
  });

  test('reports are never told to wait, however many come', async () => {
    if (name === 'PostgreSQL') return;
    const store = await open();
    const api = await startApi(store, { requestsPerMinute: 5 });
    const alice = await api.organisation('acme', 'alice');
    const id = await replay(api, alice, 'success-5-tasks', () => []);
    const beats = await Promise.all(
      Array.from({ length: 60 }, () =>
        send(api, alice, { method: 'PUT', path: `/trace/${id}/heartbeat`, body: {} }),
      ),
    );
    expect(new Set(beats.map(({ status }) => status))).toEqual(new Set([200]));
    const starts = await Promise.all(
      Array.from({ length: 20 }, () =>
        send(api, alice, { method: 'POST', path: '/trace/create', body: { workflowId: id } }),
      ),
    );
    expect(new Set(starts.map(({ status }) => status))).toEqual(new Set([200]));
    // Nor does what reports leave anything over for others to wait for.
    expect((await api.call('GET', '/api/user-info', { as: alice })).statusCode).toBe(200);
  });
});
