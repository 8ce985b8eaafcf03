/** A saved pipeline from its first version to a run on real Slurm, by a member who may launch and not save. */
import { describe, expect, inject, test } from 'vitest';
import { attachCluster } from '../support/cluster.ts';
import { addKey, makeEnvironment, registerCluster, waitForRun } from '../support/road.ts';
import { useServer } from '../support/use-server.ts';

const cluster = attachCluster(inject('cluster'));
const server = useServer();

interface Saved {
  pipeline: { pipelineId: number; version: { id: string; name: string } };
}

describe('saved pipelines', () => {
  test('a version is launched as it was saved; the repository is read as the member', {
    timeout: 240_000,
  }, async () => {
    const alice = await server.addMember('alice', 'launch');
    const identity = await registerCluster(server, cluster);
    await addKey(alice.api, identity, cluster.user('alice'));
    const computeEnvId = await makeEnvironment(server, identity);
    const at = `workspaceId=${server.workspaceId}`;
    const pipeline = `file://${cluster.facts.pipelines.repository}`;
    const first = (
      await server.owner.post<Saved>(`/pipelines?${at}`, {
        name: 'saved',
        launch: { computeEnvId, pipeline, revision: 'v1.0' },
      })
    ).body.pipeline;
    const path = `/pipelines/${first.pipelineId}`;
    const second = await server.owner.put<Saved>(`${path}?${at}`, {
      launch: { computeEnvId, pipeline, revision: 'no-such-branch' },
    });
    expect(second.body.pipeline.version.name).toBe('saved-2');

    const { body: template } = await alice.api.get<{ launch: { id: string } }>(
      `${path}/launch?${at}&versionId=${first.version.id}`,
    );
    const { body: launched } = await alice.api.post<{ workflowId: string }>(`/workflow/launch?${at}`, {
      launch: { id: template.launch.id },
    });
    const run = await waitForRun(server, alice.api, launched.workflowId, ['SUCCEEDED'], 180_000);
    expect(run).toMatchObject({
      workflow: { userName: 'alice', revision: 'v1.0', launchId: launched.workflowId },
      pipelineInfo: { id: first.pipelineId, name: 'saved', version: { name: 'saved-1', isDefault: false } },
    });

    const info = await alice.api.get<{ pipelineInfo: { revisions: string[]; commitId: string } }>(
      `/pipelines/info?${at}&revision=v1.0&name=${encodeURIComponent(pipeline)}`,
    );
    expect(info.body.pipelineInfo.revisions).toContain('v1.0');
    expect(info.body.pipelineInfo.commitId).toMatch(/^[0-9a-f]{40}$/);
    const schema = (versionId: string) =>
      alice.api.call<{ message: string }>('GET', `${path}/schema?${at}&versionId=${versionId}`);
    expect((await schema(first.version.id)).status).toBe(204);
    const lost = await schema(second.body.pipeline.version.id);
    expect([lost.status, lost.body.message]).toEqual([
      400,
      `revision: no-such-branch is no branch, tag or commit of ${pipeline}`,
    ]);
  });
});
