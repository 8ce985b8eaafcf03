/** `tw launch URL` and `tw runs …`: on both databases. */
import { afterAll, describe, expect, test } from 'vitest';
import type { Run } from '#core/runs.ts';
import { onBothDatabases } from '#test/support/databases.ts';
import { type ClientWorld, closeClientWorlds, startClientWorld } from '../world.ts';

afterAll(closeClientWorlds);

/** `launch URL`: the primary environment, its work directory and scripts copied in, set fields only. */
const launch = async ({ tw, here }: ClientWorld, more: object = {}): Promise<string> => {
  const rows = (await tw.get(`/compute-envs?status=AVAILABLE&${here}`)).body.computeEnvs;
  const { id } = rows.find(({ primary }: { primary: boolean }) => primary);
  const { computeEnv } = (await tw.get(`/compute-envs/${id}?${here}`)).body;
  const { workDir, preRunScript, postRunScript } = computeEnv.config;
  const made = await tw.post(`/workflow/launch?${here}`, {
    launch: {
      computeEnvId: id,
      pipeline: 'https://github.com/nextflow-io/hello',
      workDir: workDir ?? '/scratch/work',
      ...(preRunScript && { preRunScript }),
      ...(postRunScript && { postRunScript }),
      ...more,
    },
  });
  expect(made.status, JSON.stringify(made.body)).toBe(200);
  expect(made.body.workflowId).toMatch(/^\w{1,16}$/);
  return made.body.workflowId;
};

const progressCounters = [
  'pending', 'submitted', 'running', 'succeeded', 'cached', 'failed', 'cpuTime', 'memoryRss', 'readBytes', 'writeBytes',
  'peakCpus', 'loadCpus', 'peakTasks', 'loadTasks',
]; // biome-ignore format: a list of words

const ended: Partial<Run> = {
  status: 'FAILED',
  phase: 'done',
  exitStatus: 1,
  headDir: '/scratch/olivia/session',
  workDir: '/scratch/work',
  facts: { commitId: '1d71f857bb64c6c0ba8e0c8f8a8f7c9b5bd6d6ae', projectName: 'nextflow-io/hello' },
};

onBothDatabases(({ open }) => {
  test('launch URL, with parameters as JSON or YAML as they are; --wait polls its status', async () => {
    const world = await startClientWorld(await open());
    const { tw, here, api } = world;
    await world.environment();
    const yaml = 'reads: /data/*.fq\noutdir: results\n';
    const id = await launch(world, { paramsText: yaml, revision: 'master', configProfiles: ['test'] });
    expect((await api.store.runs.find(id))?.launch).toMatchObject({ paramsText: yaml, revision: 'master' });
    const polled = await tw.get(`/workflow/${id}?${here}`);
    expect([polled.status, polled.body.workflow.status]).toEqual([200, 'SUBMITTED']);
    const unknown = await tw.post(`/workflow/launch?${here}`, {
      launch: { computeEnvId: 'AAAAAAAAAAAAAAAAAAAAAA', pipeline: 'a/b' },
    });
    expect([unknown.status, unknown.body.message]).toEqual([
      404,
      expect.stringContaining('compute environment'),
    ]);
  });

  test('a member without a key is told where to add it, at once and with a status that is not posted again', async () => {
    const world = await startClientWorld(await open());
    await world.environment();
    const refused = await world.as(world.alice).post(`/workflow/launch?${world.here}`, {
      launch: { pipeline: 'nextflow-io/hello' },
    });
    expect([refused.status, refused.body.message]).toEqual([
      409,
      expect.stringMatching(/You have no SSH key on managed identity hpc-cluster .*POST http/),
    ]);
  });

  describe('runs view', () => {
    test('of a run that is still SUBMITTED is whole', async () => {
      const world = await startClientWorld(await open());
      const { tw, here } = world;
      await world.environment();
      const id = await launch(world);
      const { body } = await tw.get(`/workflow/${id}?attributes=labels&${here}`);
      for (const field of ['id', 'runName', 'sessionId', 'userName', 'workDir', 'projectName', 'commandLine'])
        expect([field, body.workflow[field]]).toEqual([field, expect.stringMatching(/\S/)]);
      expect(body).toMatchObject({ orgName: 'acme', workspaceName: 'main', labels: [] });
      const { progress } = (await tw.get(`/workflow/${id}/progress?${here}`)).body;
      for (const counter of progressCounters)
        expect([counter, progress.workflowProgress[counter]]).toEqual([counter, 0]);
      expect(progress.processesProgress).toEqual([]);
      const asked = await tw.get(`/workflow/${id}/launch?${here}`);
      expect(asked.status).toBe(200);
      expect(asked.body.launch.computeEnv).toMatchObject({ name: 'cluster' });
      expect(asked.body.launch.computeEnv.config.discriminator).toBe('slurm-platform');
      expect((await tw.get(`/workflow/${id}/metrics?${here}`)).body).toEqual({ metrics: [] });
      expect((await tw.get(`/workflow/${id}/tasks?max=100&offset=0&${here}`)).body).toEqual({
        tasks: [],
        total: 0,
      });
    });

    test('tasks, one task, and what they measured', async () => {
      const world = await startClientWorld(await open());
      const { tw, here, api } = world;
      const { id } = await world.run({ status: 'RUNNING', phase: 'follow' });
      const reports = [1, 2].map((taskId) => ({
        taskId,
        status: 'COMPLETED' as const,
        name: `hello (${taskId})`,
        process: 'hello',
        workdir: `/scratch/work/ab/${taskId}`,
        exit: 0,
        start: 1_000,
        complete: 2_000,
        realtime: 900,
        pcpu: 80.5,
        peakRss: 1_024,
      }));
      await api.store.tasks.report(id, { source: 'trace', reports, now: 5_000 });
      const { tasks } = (await tw.get(`/workflow/${id}/tasks?max=100&offset=0&${here}`)).body;
      expect(
        tasks.map(({ task }: { task: Record<string, unknown> }) => [
          task['taskId'],
          task['status'],
          task['workdir'],
        ]),
      ).toEqual([
        [1, 'COMPLETED', '/scratch/work/ab/1'],
        [2, 'COMPLETED', '/scratch/work/ab/2'],
      ]);
      const search = encodeURIComponent('hello (2)');
      expect(
        (await tw.get(`/workflow/${id}/tasks?max=100&offset=0&search=${search}&${here}`)).body.total,
      ).toBe(1);
      expect((await tw.get(`/workflow/${id}/task/2?${here}`)).body.task).toMatchObject({
        id: 2,
        taskId: 2,
        exit: 0,
      });
      const { metrics } = (await tw.get(`/workflow/${id}/metrics?${here}`)).body;
      expect(metrics.map(({ process }: { process: string }) => process)).toEqual(['hello']);
      const { progress } = (await tw.get(`/workflow/${id}/progress?${here}`)).body;
      expect(progress.workflowProgress.succeeded).toBe(2);
      expect(progress.processesProgress[0]).toMatchObject({ process: 'hello', succeeded: 2 });
    });

    test('download: raw bytes although JSON is what the client says it accepts', async () => {
      const world = await startClientWorld(await open());
      const { id } = await world.run(ended);
      for (const file of [`nf-${id}.txt`, `nf-${id}.log`, `timeline-${id}.html`]) {
        const { status, bytes, type } = await world.tw.get(
          `/workflow/${id}/download?fileName=${file}&${world.here}`,
        );
        expect([status, type]).toEqual([200, 'application/octet-stream']);
        expect(bytes).toEqual(Buffer.from([...Buffer.from(`${file} of ${id}\r\n`), 0, 255]));
      }
      const workdir = '/scratch/work/ab/cd';
      const reports = [{ taskId: 3, status: 'FAILED', workdir } as const];
      await world.api.store.tasks.report(id, { source: 'trace', reports, now: 5_000 });
      const ofTask = (file: string) =>
        world.tw.get(`/workflow/${id}/download/3?fileName=${file}&${world.here}`);
      for (const file of ['.command.out', '.command.err', '.command.log']) {
        const { status, bytes, type } = await ofTask(file);
        expect([status, type]).toEqual([200, 'application/octet-stream']);
        expect(bytes).toEqual(Buffer.from([...Buffer.from(`${workdir}/${file}\r\n`), 0, 255]));
      }
      expect((await ofTask('..%2F.ssh%2Fid_ed25519')).status).toBe(400);
    });
  });

  test('list with search and labels, page by page', async () => {
    const world = await startClientWorld(await open());
    const { tw, here } = world;
    for (let count = 0; count < 3; count += 1)
      await world.run({ runName: `run${count}`, createdAt: count, status: count ? 'FAILED' : 'RUNNING' });
    const list = async (more: string) => {
      const { body } = await tw.get(`/workflow?max=100&offset=0&includeTotalSize=true&${here}${more}`);
      return [
        body.totalSize,
        ...body.workflows.map(({ workflow }: { workflow: { runName: string } }) => workflow.runName),
      ];
    };
    expect(await list('')).toEqual([3, 'run2', 'run1', 'run0']);
    expect(await list('&attributes=labels')).toEqual([3, 'run2', 'run1', 'run0']);
    expect(await list('&search=status%3Afailed')).toEqual([2, 'run2', 'run1']);
    expect(await list('&search=run0')).toEqual([1, 'run0']);
  });

  test('labels are put on a run', async () => {
    const world = await startClientWorld(await open());
    const { tw, here } = world;
    const { id } = await world.run();
    const label = await tw.post(`/labels?${here}`, { name: 'urgent' });
    const { id: labelId } = label.body;
    const applied = await tw.post(`/workflow/labels/apply?${here}`, {
      workflowIds: [id],
      labelIds: [labelId],
    });
    expect(applied.status).toBeLessThan(300);
    const { labels } = (await tw.get(`/workflow/${id}?attributes=labels&${here}`)).body;
    expect(labels).toEqual([expect.objectContaining({ id: labelId, name: 'urgent' })]);
    const { totalSize } = (await tw.get(`/workflow?search=label%3Aurgent&${here}`)).body;
    expect(totalSize).toBe(1);
  });

  test('cancel: an empty body; done twice it is no error', async () => {
    const world = await startClientWorld(await open());
    const { id } = await world.run({ status: 'RUNNING', phase: 'follow' });
    for (let twice = 0; twice < 2; twice += 1)
      expect((await world.tw.post(`/workflow/${id}/cancel?${world.here}`)).status).toBe(204);
    expect((await world.api.store.runs.find(id))?.cancelRequestedAt).not.toBeNull();
  });

  test('delete asks with force=false: a live run stays, one that is over goes', async () => {
    const world = await startClientWorld(await open());
    const { tw, here } = world;
    const live = await world.run({ status: 'RUNNING', phase: 'follow' });
    const over = await world.run(ended);
    const remove = (id: string) => tw.delete(`/workflow/${id}?force=false&${here}`);
    expect((await remove(live.id)).status).toBe(409);
    expect((await remove(over.id)).status).toBe(204);
    expect((await tw.get(`/workflow/${over.id}?${here}`)).status).toBe(404);
  });

  describe('runs relaunch', () => {
    /** What the client makes of the two answers it reads first. */
    const relaunch = async ({ tw, here }: ClientWorld, id: string, more: object = {}) => {
      const { workflow } = (await tw.get(`/workflow/${id}?${here}`)).body;
      const { launch: earlier } = (await tw.get(`/workflow/${id}/launch?${here}`)).body;
      expect(earlier.computeEnv.id).toMatch(/\w/);
      const { resumeCommitId, resumeDir, computeEnv, sessionId, dateCreated, ...rest } = earlier;
      return tw.post(`/workflow/launch?${here}`, {
        launch: {
          ...rest,
          id: rest.id ?? workflow.id,
          computeEnvId: computeEnv.id,
          sessionId,
          resume: resumeCommitId !== undefined,
          ...(resumeCommitId !== undefined && { revision: resumeCommitId, workDir: resumeDir }),
          dateCreated,
          ...more,
        },
      });
    };

    test('goes on from the same session, in the same directories, at the same commit', async () => {
      const world = await startClientWorld(await open());
      const { api } = world;
      await world.environment();
      const id = await launch(world, { paramsText: '{"a": 1}' });
      await api.store.runs.update(id, ended, 5_000);
      const before = await api.store.runs.find(id);
      const again = await relaunch(world, id);
      expect(again.status, JSON.stringify(again.body)).toBe(200);
      const run = await api.store.runs.find(again.body.workflowId);
      expect(run).toMatchObject({
        sessionId: before?.sessionId,
        launch: { resume: true, revision: ended.facts?.commitId, paramsText: '{"a": 1}' },
      });
      expect(run?.snapshot.workDir).toBe(before?.snapshot.workDir);
      expect(run?.snapshot.launchDir).toBe(before?.snapshot.launchDir);
      expect(run?.runName).not.toBe(before?.runName);
      // One that is under way holds its session.
      expect((await relaunch(world, id)).status).toBe(409);
    });

    test('of a run that never had a commit begins a session of its own', async () => {
      const world = await startClientWorld(await open());
      await world.environment();
      const id = await launch(world);
      await world.api.store.runs.update(id, { ...ended, facts: {}, workDir: null, headDir: null }, 5_000);
      const again = await relaunch(world, id);
      expect(again.status, JSON.stringify(again.body)).toBe(200);
      const run = await world.api.store.runs.find(again.body.workflowId);
      expect(run?.launch.resume ?? false).toBe(false);
      expect(run?.sessionId).not.toBe((await world.api.store.runs.find(id))?.sessionId);
    });
  });
});
