/** `tw pipelines …` and `tw launch NAME`: on both databases. */
import { afterAll, expect, test } from 'vitest';
import { onBothDatabases } from '#test/support/databases.ts';
import { closeClientWorlds, startClientWorld } from '../world.ts';

afterAll(closeClientWorlds);

const page = 'max=100&offset=0';

onBothDatabases(({ open }) => {
  test('add, list, view, update through the version, launch by name, delete', async () => {
    const world = await startClientWorld(await open());
    const { tw, here } = world;
    const computeEnvId = await world.environment();
    const launch = {
      computeEnvId,
      pipeline: 'https://github.com/nextflow-io/hello',
      revision: 'master',
      workDir: '/scratch',
    };
    for (const name of ['hello', 'hello2'])
      expect((await tw.post(`/pipelines?${here}`, { name, launch })).body.pipeline.pipelineId).toEqual(
        expect.any(Number),
      );
    const list = await tw.get(`/pipelines?${page}&visibility=private&attributes=labels&${here}`);
    expect(list.body.pipelines).toHaveLength(2);
    for (const row of list.body.pipelines)
      expect([typeof row.pipelineId, typeof row.name, typeof row.repository]).toEqual([
        'number',
        'string',
        'string',
      ]);
    // With the quotes exactly one; without them all that hold it, the exact one among them.
    const quoted = await tw.get(`/pipelines?search=${encodeURIComponent('"hello"')}&visibility=all&${here}`);
    expect(quoted.body.pipelines.map(({ name }: { name: string }) => name)).toEqual(['hello']);
    const plain = await tw.get(`/pipelines?search=hello&max=50&visibility=all&${here}`);
    expect(plain.body.totalSize).toBe(2);
    const { pipelineId } = quoted.body.pipelines[0];
    const { pipeline } = (await tw.get(`/pipelines/${pipelineId}?attributes=labels&${here}`)).body;
    expect(pipeline.version).toMatchObject({ id: expect.any(String), isDefault: true });
    const seen = (await tw.get(`/pipelines/${pipelineId}/launch?versionId=${pipeline.version.id}&${here}`))
      .body.launch;
    expect(seen).toMatchObject({ workDir: '/scratch', revision: 'master', computeEnv: { id: computeEnvId } });

    const { computeEnv, ...echoed } = seen;
    const launched = await tw.post(`/workflow/launch?${here}`, {
      launch: { ...echoed, computeEnvId: computeEnv.id },
    });
    expect([launched.status, typeof launched.body.workflowId]).toEqual([200, 'string']);
    expect((await tw.delete(`/pipelines/${pipelineId}?${here}`)).status).toBeLessThan(300);
    expect((await tw.get(`/pipelines/${pipelineId}?${here}`)).status).toBe(404);
  });

  test('export, then import under another name: the launch carries what only an answer has', async () => {
    const world = await startClientWorld(await open());
    const { tw, here } = world;
    const computeEnvId = await world.environment();
    const launch = { computeEnvId, pipeline: 'https://github.com/nextflow-io/hello', workDir: '/scratch' };
    const made = await tw.post(`/pipelines?${here}`, { name: 'hello', launch });
    const exported = await tw.get(`/pipelines/${made.body.pipeline.pipelineId}/launch?${here}`);
    const { computeEnv, ...held } = exported.body.launch;
    const carried = { ...held, sessionId: null, resume: false, dateCreated: '2026-01-02T03:04:05Z' };
    const imported = await tw.post(`/pipelines?${here}`, {
      name: 'hello-again',
      launch: { ...carried, computeEnvId: computeEnv.id },
    });
    expect(imported.status).toBe(200);
    const { pipelineId } = imported.body.pipeline;
    expect(pipelineId).not.toBe(made.body.pipeline.pipelineId);
    const again = (await tw.get(`/pipelines/${pipelineId}/launch?${here}`)).body.launch;
    expect(again).toMatchObject({
      pipeline: launch.pipeline,
      workDir: '/scratch',
      computeEnv: { id: computeEnvId },
    });
    // The one that was exported is as it was, whatever number its launch still carried.
    expect((await tw.get(`/pipelines/${made.body.pipeline.pipelineId}?${here}`)).body.pipeline.name).toBe(
      'hello',
    );
    const taken = await tw.post(`/pipelines?${here}`, {
      name: 'hello',
      launch: { ...carried, computeEnvId },
    });
    expect([taken.status, taken.body.message]).toEqual([409, expect.stringMatching(/hello/)]);
  });

  test('runs dump follows the launch of the run', async () => {
    const world = await startClientWorld(await open());
    const { tw, here } = world;
    await world.environment();
    const made = await tw.post(`/workflow/launch?${here}`, { launch: { pipeline: 'nextflow-io/hello' } });
    const { workflow } = (
      await tw.get(`/workflow/${made.body.workflowId}?attributes=labels,optimized&${here}`)
    ).body;
    expect((await tw.get(`/launch/${workflow.launchId}?${here}`)).status).toBe(200);
    expect(
      (await tw.get(`/workflow/${workflow.id}/download?fileName=nf-${workflow.id}.log&${here}`)).status,
    ).toBe(200);
  });
});
