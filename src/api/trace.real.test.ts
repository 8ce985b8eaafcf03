/** What Nextflow really sent (`test/fixtures/nf-tower`), sent again, in any order and with anything in it. */
import { describe, expect, test } from 'vitest';
import { onBothDatabases } from '#test/support/databases.ts';
import { recordedCalls } from '#test/support/nf-tower.ts';
import { replay, seen, send, traceWorld } from '#test/support/trace-world.ts';

onBothDatabases(({ open }) => {
  describe('a recorded run', () => {
    test('of five tasks appears with its owner, its tasks, progress, metrics and what the pipeline says of itself', async () => {
      const { api, alice } = await traceWorld(await open());
      const id = await replay(api, alice, 'success-5-tasks');
      expect(id).toMatch(/^[A-Za-z0-9]{12}$/);
      const { run, progress, tasks, metrics } = await seen(api, alice, id);
      expect(run.workflow).toMatchObject({
        id,
        runName: 'prickly_knuth',
        userName: 'alice',
        ownerId: alice.id,
        status: 'SUCCEEDED',
        success: true,
        exitStatus: 0,
        projectName: 'main.nf',
        workDir: '/home/alice/work',
        launchDir: '/home/alice/runs/success5',
        scriptId: '72d62e358d1fb0d4df1cd9cadbfba75d',
        profile: 'standard',
        params: { n: 4, sleep: 3, outdir: 'results' },
        nextflow: { version: '24.10.0', build: '5928', timestamp: '2024-10-27T18:36:00.000Z' },
        manifest: { author: 'Alice', name: 'demo/five', version: '1.2.3', mainScript: 'main.nf' },
        stats: {
          succeedCount: 5,
          succeedPct: 100,
          succeedDuration: 12_070,
          computeTimeFmt: '(a few seconds)',
        },
        configFiles: ['/home/alice/p1/nextflow.config', '/home/alice/runs/success5/slurm.config'],
      });
      expect(run.workflow.configText).toContain("executor = 'slurm'");
      expect(run.platform).toEqual({ id: 'manual-platform', name: 'Started by hand' });
      expect(progress.workflowProgress).toMatchObject({
        succeeded: 5,
        running: 0,
        pending: 0,
        peakTasks: 4,
        peakCpus: 4,
        cpuTime: 12_070,
        executors: ['slurm'],
      });
      expect(progress.processesProgress.map((own: { process: string }) => own.process)).toEqual([
        'SAY',
        'MERGE',
      ]);
      expect(progress.totalProcesses).toBe(2);
      expect(tasks).toHaveLength(5);
      expect(tasks[0]).toMatchObject({
        taskId: 1,
        status: 'COMPLETED',
        hash: 'e9/b7dfb8',
        name: 'SAY (item 1)',
        tag: 'item 1',
        exit: 0,
        submit: '2026-11-22T18:40:19.702Z',
        complete: '2026-11-22T18:40:23.893Z',
        realtime: 3026,
        peakRss: 4530176,
        nativeId: '27',
        module: [],
        script: '\n  sleep 3\n  echo hello 1 > o.txt\n  ',
      });
      const sent = recordedCalls('success-5-tasks').at(-1)?.body['metrics'] as Record<string, unknown>[];
      expect(metrics).toEqual(
        sent.map((own) => Object.fromEntries(Object.entries(own).filter(([, value]) => value !== null))),
      );
    });

    test('that fails shows each try, the error as it was written, and how often it was retried', async () => {
      const { api, alice } = await traceWorld(await open());
      const { run, progress, tasks } = await seen(api, alice, await replay(api, alice, 'failing-task'));
      expect(run.workflow).toMatchObject({
        status: 'FAILED',
        exitStatus: 3,
        errorMessage: 'cannot open 2.bam: größe',
      });
      expect(run.workflow.errorReport).toContain("Error executing process > 'FLAKY (try 3)'");
      expect(tasks.map((task: { status: string }) => task.status)).toEqual([
        'COMPLETED',
        'COMPLETED',
        'FAILED',
        'FAILED',
        'FAILED',
      ]);
      expect(tasks.map((task: { errorAction?: string }) => task.errorAction)).toEqual([
        undefined,
        undefined,
        'RETRY',
        'RETRY',
        'TERMINATE',
      ]);
      expect(tasks.map((task: { errorMessage?: string }) => task.errorMessage)).toEqual([
        undefined,
        undefined,
        undefined,
        undefined,
        'Process `FLAKY (try 3)` terminated with an error exit status (3)\ncannot open 2.bam: größe',
      ]);
      const failed = await api.call('GET', `/api/workflow/${run.workflow.id}/task/5`, { as: alice });
      expect(failed.json().task).toMatchObject({ exitStatus: 3, errorMessage: tasks[4].errorMessage });
      expect(progress.workflowProgress).toMatchObject({
        failed: 3,
        retries: 2,
        succeeded: 2,
        peakTasks: 3,
        peakCpus: 5,
        peakMemory: 134_217_728,
      });
    });

    test('told twice, backwards and with its end first gives the same tables', async () => {
      const { api, alice } = await traceWorld(await open());
      for (const recording of ['success-5-tasks', 'failing-task'] as const) {
        const plain = await seen(api, alice, await replay(api, alice, recording));
        for (const arrange of [
          (calls: ReturnType<typeof recordedCalls>) => calls.toReversed(),
          (calls: ReturnType<typeof recordedCalls>) => calls.flatMap((call) => [call, call]),
          (calls: ReturnType<typeof recordedCalls>) => [...calls.slice(3), ...calls],
        ]) {
          const other = await seen(api, alice, await replay(api, alice, recording, arrange));
          expect(other.tasks).toEqual(plain.tasks);
          expect(other.metrics).toEqual(plain.metrics);
          const counters = ({ progress }: typeof plain) => ({
            ...progress.workflowProgress,
            lastUpdated: undefined,
          });
          expect(counters(other)).toEqual(counters(plain));
          const summary = ({ run: { workflow } }: typeof plain) => [
            workflow.status,
            workflow.errorMessage,
            workflow.stats,
            workflow.manifest,
            workflow.params,
          ];
          expect(summary(other)).toEqual(summary(plain));
        }
      }
    });
  });

  describe('what is told', () => {
    test('counts without tasks: what waits in Nextflow itself is pending, peaks are its own', async () => {
      const { api, alice } = await traceWorld(await open());
      const { body } = await send(api, alice, { method: 'POST', path: '/trace/create', body: {} });
      const id = body.workflowId;
      const beat = (instant: number, pending: number, peakRunning: number) =>
        send(api, alice, {
          method: 'PUT',
          path: `/trace/${id}/heartbeat`,
          body: {
            instant,
            progress: {
              pending,
              peakRunning,
              processes: [
                { index: 2, name: 'B', pending: 1 },
                { index: 1, name: 'A', pending: 2, peakRunning: 3 },
              ],
            },
          },
        });
      expect((await beat(2_000, 3, 3)).status).toBe(200);
      await beat(1_000, 99, 4);
      const { progress, run } = await seen(api, alice, id);
      expect(run.workflow.status).toBe('RUNNING');
      expect(progress.workflowProgress).toMatchObject({ pending: 3, peakTasks: 4, running: 0 });
      expect(progress.processesProgress).toMatchObject([
        { process: 'A', pending: 2, peakTasks: 3 },
        { process: 'B', pending: 1 },
      ]);
    });

    test('unknown keys, nulls, odd values and zero bytes cost nothing but themselves', async () => {
      const { api, alice } = await traceWorld(await open());
      const created = await send(api, alice, {
        method: 'POST',
        path: '/trace/create',
        body: { sessionId: null, runName: 5, unknown: [{}], projectName: 'x\0y' },
      });
      const id = created.body.workflowId;
      const put = (what: string, body: unknown) =>
        send(api, alice, { method: 'PUT', path: `/trace/${id}/${what}`, body });
      const nested = JSON.parse(`${'{"a":'.repeat(3_000)}1${'}'.repeat(3_000)}`);
      const statuses = [
        await put('begin', {
          workflow: { params: nested, start: 'yesterday', manifest: null, configFiles: 7 },
        }),
        await put('begin', { workflow: null, processNames: null }),
        await put('progress', {
          tasks: [
            { taskId: 1, status: 'RUNNING', exit: '-', name: 'a\0b', module: null, future: { x: 1 } },
            { taskId: null, status: 'RUNNING' },
            { taskId: 2, status: 'SOMETHING' },
            7,
            null,
            { taskId: 1, status: 'RUNNING', env: nested, hash: [nested], tag: '\ud800' },
            { taskId: 3, status: 'COMPLETED', exit: 2_147_483_647, start: 1_700_000_000_000, rss: 2 ** 70 },
          ],
          progress: { pending: -3, processes: [{ name: null }] },
        }),
        await put('progress', { tasks: null, progress: null }),
        await put('heartbeat', {}),
      ];
      expect(statuses.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
      const { tasks, run } = await seen(api, alice, id);
      expect(tasks).toMatchObject([
        { taskId: 1, status: 'RUNNING', name: 'ab' },
        { taskId: 3, status: 'COMPLETED', start: '2023-11-14T22:13:20.000Z' },
      ]);
      expect(tasks[1].exit).toBeUndefined();
      expect(run.workflow.projectName).toBe('xy');
      expect((await put('complete', { workflow: { success: false }, metrics: [null] })).status).toBe(400);
      expect((await put('complete', { workflow: { success: false }, metrics: null })).status).toBe(200);
    });

    test('too many tasks at once are no report', async () => {
      const { api, alice, launched } = await traceWorld(await open());
      const { id } = await launched();
      const tasks = Array.from({ length: 1_001 }, (_, index) => ({ taskId: index + 1, status: 'RUNNING' }));
      const put = (body: unknown) => send(api, alice, { method: 'PUT', path: `/trace/${id}/progress`, body });
      expect(await put({ tasks })).toMatchObject({
        status: 400,
        body: { message: 'tasks: holds too many: at most 1000' },
      });
      const script = 'x'.repeat(50_000);
      expect((await put({ tasks: tasks.slice(0, 100).map((task) => ({ ...task, script })) })).status).toBe(
        200,
      );
      expect((await seen(api, alice, id)).tasks[99].script).toHaveLength(10_240);
    });
  });
});
