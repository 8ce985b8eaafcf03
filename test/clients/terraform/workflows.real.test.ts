/** `seqera_workflows`, `seqera_pipeline` and `seqera_labels`: on both databases. */
import { afterAll, expect, test } from 'vitest';
import { onBothDatabases } from '#test/support/databases.ts';
import { closeClientWorlds, startClientWorld } from '../world.ts';

afterAll(closeClientWorlds);

const counters = [
  'aborted', 'cached', 'cpuLoad', 'cpuTime', 'cpus', 'failed', 'invCtxSwitch', 'loadCpus', 'loadMemory', 'loadTasks',
  'memoryReq', 'memoryRss', 'peakCpus', 'peakMemory', 'peakTasks', 'pending', 'readBytes', 'running', 'submitted',
  'succeeded', 'volCtxSwitch', 'writeBytes',
]; // biome-ignore format: a list of words

onBothDatabases(({ open }) => {
  test('workflows: launched, read with all that the provider needs, deleted and launched again', async () => {
    const world = await startClientWorld(await open());
    const { terraform, here, owner } = world;
    const computeEnvId = await world.environment();
    const launch = {
      computeEnvId,
      pipeline: 'https://github.com/nextflow-io/hello',
      workDir: '/scratch',
      runName: 'tf_run',
    };
    const made = await terraform.post(`/workflow/launch?${here}`, { launch });
    expect([made.status, typeof made.body.workflowId]).toEqual([200, 'string']);
    const id: string = made.body.workflowId;
    const { body } = await terraform.get(`/workflow/${id}?${here}`);
    expect(body.workspaceId).toBe(owner.workspaceId);
    for (const field of [
      'submit',
      'runName',
      'sessionId',
      'workDir',
      'userName',
      'commandLine',
      'projectName',
    ])
      expect([field, body.workflow[field]]).toEqual([field, expect.any(String)]);
    for (const counter of counters)
      expect([counter, body.progress.workflowProgress[counter]]).toEqual([counter, 0]);
    expect((await terraform.delete(`/workflow/${id}?${here}&force=true`)).status).toBe(204);
    expect((await terraform.get(`/workflow/${id}?${here}`)).status).toBe(404);
    // The same name again, as the configuration has it.
    expect((await terraform.post(`/workflow/launch?${here}`, { launch })).status).toBe(200);
  });

  test('pipeline: POST and PUT 200 with the pipeline, launch as it was sent, DELETE 204', async () => {
    const world = await startClientWorld(await open());
    const { terraform, here } = world;
    const launch = {
      computeEnvId: await world.environment(),
      pipeline: 'https://github.com/nextflow-io/hello',
      workDir: '/scratch',
      revision: 'master',
      configText: 'process.cpus = 1\n',
      paramsText: '{"a": 1}',
      preRunScript: 'true\n',
      pullLatest: false,
      stubRun: true,
      configProfiles: ['a', 'b'],
    };
    const made = await terraform.post(`/pipelines?${here}`, {
      name: 'tf-pipeline',
      description: null,
      launch,
    });
    expect(made.status, JSON.stringify(made.body)).toBe(200);
    const { pipelineId } = made.body.pipeline;
    const { computeEnvId: _, ...compared } = launch;
    expect((await terraform.get(`/pipelines/${pipelineId}/launch?${here}`)).body.launch).toMatchObject(
      compared,
    );
    const put = await terraform.put(`/pipelines/${pipelineId}?${here}`, {
      name: 'tf-pipeline',
      description: 'd',
      launch,
    });
    expect([put.status, put.body.pipeline.pipelineId]).toEqual([200, pipelineId]);
    expect((await terraform.delete(`/pipelines/${pipelineId}?${here}`)).status).toBe(204);
  });

  test('labels: POST 200, PUT 200, DELETE 204', async () => {
    const { terraform, here } = await startClientWorld(await open());
    const made = await terraform.post(`/labels?${here}`, {
      name: 'tf',
      resource: false,
      value: null,
      isDefault: false,
    });
    expect([made.status, typeof made.body.id]).toEqual([200, 'number']);
    expect((await terraform.get(`/labels?isDefault=false&${here}`)).status).toBe(200);
    const at = `/labels/${made.body.id}?${here}`;
    expect((await terraform.put(at, { name: 'tf2' })).status).toBe(200);
    expect((await terraform.delete(at)).status).toBe(204);
  });
});
