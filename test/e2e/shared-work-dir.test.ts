/** Two members share one work directory: each resumes and cleans up their own runs, neither hinders the other. */
import { rm } from 'node:fs/promises';
import { describe, expect, inject, test } from 'vitest';
import { attachCluster } from '../support/cluster.ts';
import { addKey, freshName, launch, makeEnvironment, registerCluster, waitForRun } from '../support/road.ts';
import { useServer } from '../support/use-server.ts';

const cluster = attachCluster(inject('cluster'));
const server = useServer();

describe('shared work directory', () => {
  test('each resumes their own run from its cache and removes its files; the other is not hindered', {
    timeout: 300_000,
  }, async () => {
    const identity = await registerCluster(server, cluster, {
      config: { workDir: `${cluster.facts.workDir}/shared` },
    });
    const members = await Promise.all(
      (['alice', 'bob'] as const).map(async (label) => {
        const member = await server.addMember(freshName(label));
        await addKey(member.api, identity, cluster.user(label));
        return { label, ...member };
      }),
    );
    const environment = await makeEnvironment(server, identity);
    const request = { pipeline: cluster.facts.pipelines.twoTasks };
    const runs = await Promise.all(
      members.map(async ({ api, label }) => {
        const id = await launch(server, api, environment, request);
        return { api, label, first: await waitForRun(server, api, id, ['SUCCEEDED']) };
      }),
    );
    const [forAlice, forBob] = runs;
    if (!forAlice || !forBob) throw new Error('two members expected');

    // Bob may not go on from Alice's session: it would run with her cache as him.
    const foreign = await forBob.api.call<{ message: string }>(
      'POST',
      `/workflow/launch?workspaceId=${server.workspaceId}`,
      {
        launch: {
          computeEnvId: environment,
          ...request,
          resume: true,
          sessionId: forAlice.first.workflow.sessionId,
        },
      },
    );
    expect(foreign.status).toBe(409);

    // Alice cleans up while Bob resumes: his cache answers, her files go.
    const resumed = launch(server, forBob.api, environment, {
      ...request,
      resume: true,
      sessionId: forBob.first.workflow.sessionId,
    });
    const account = cluster.user('alice');
    const hers = `find '${cluster.facts.workDir}/shared' -mindepth 2 -user ${account.name}`;
    const cleaned = await cluster.login(
      'alice',
      `${hers} | wc -l; ${hers} -depth -exec rm -rf {} + ; ${hers} | wc -l`,
    );
    expect(cleaned.stdout).toMatch(/^[1-9]\d+\n0\n$/);
    const again = await waitForRun(server, forBob.api, await resumed, ['SUCCEEDED']);
    expect(again.workflow.sessionId).toBe(forBob.first.workflow.sessionId);
    expect(again.workflow.launchDir).toBe(forBob.first.workflow.launchDir);
    const output = await forBob.api.get<string>(
      `/workflow/${again.workflow.id}/download?fileName=nf-${again.workflow.id}.txt&workspaceId=${server.workspaceId}`,
    );
    expect(output.body.match(/Cached process/g)).toHaveLength(2);
    await rm(`${cluster.facts.workDir}/shared`, { recursive: true, force: true });
  });
});
