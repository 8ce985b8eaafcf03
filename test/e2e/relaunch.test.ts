/** A run that comes through GA4GH's service, told in its words to the end, and launched again as `tw runs relaunch` does. */
import { describe, expect, inject, test } from 'vitest';
import { attachCluster } from '../support/cluster.ts';
import { tasksOf } from '../support/progress-road.ts';
import { addKey, freshName, makeEnvironment, registerCluster, until, waitForRun } from '../support/road.ts';
import { useServer } from '../support/use-server.ts';

const cluster = attachCluster(inject('cluster'));
const server = useServer();
const wes = '/ga4gh/wes/v1';

interface WesRun {
  state: string;
  run_log: { exit_code?: number; stdout: string };
  task_logs: { name: string; cmd: string[]; exit_code?: number }[];
}

describe('relaunch', () => {
  test('submitted as a form, followed by its state, resumed at the same commit from its cache', {
    timeout: 300_000,
  }, async () => {
    const member = await server.addMember(freshName('wes'));
    const identity = await registerCluster(server, cluster);
    await addKey(member.api, identity, cluster.user('alice'));
    const environment = await makeEnvironment(server, identity);
    const { api } = member;
    const at = `workspaceId=${server.workspaceId}`;

    const form = new FormData();
    form.set('workflow_url', `file://${cluster.facts.pipelines.repository}`);
    form.set('workflow_type', 'NFL');
    form.set('workflow_type_version', 'DSL2');
    form.set('workflow_params', '{"greeting": "wes"}');
    form.set(
      'workflow_engine_parameters',
      JSON.stringify({ workspaceId: String(server.workspaceId), computeEnvId: environment, revision: 'dev' }),
    );
    const sent = await fetch(`${server.url}/api${wes}/runs`, {
      method: 'POST',
      headers: { authorization: `Bearer ${member.token}` },
      body: form,
    });
    const { run_id: id } = (await sent.json()) as { run_id: string };
    expect(sent.status).toBe(200);
    const states = new Set<string>();
    await until(
      async () => (await api.get<{ state: string }>(`${wes}/runs/${id}/status`)).body.state,
      (state) => {
        states.add(state);
        return !['QUEUED', 'RUNNING'].includes(state);
      },
      { limitMs: 120_000, what: 'the end of the run' },
    );
    expect([...states].at(-1)).toBe('COMPLETE');
    const described = (await api.get<WesRun>(`${wes}/runs/${id}`)).body;
    expect(described.run_log.exit_code).toBe(0);
    expect(described.task_logs.map(({ name, exit_code }) => [name, exit_code])).toEqual([
      ['SAY', 0],
      ['COUNT', 0],
    ]);
    const printed = await fetch(described.run_log.stdout, {
      headers: { authorization: `Bearer ${member.token}`, accept: 'application/json' },
    });
    expect([printed.status, await printed.text()]).toEqual([200, expect.stringContaining('N E X T F L O W')]);

    // What the client reads, and what it makes of it.
    const { launch } = (await api.get<{ launch: Record<string, unknown> }>(`/workflow/${id}/launch?${at}`))
      .body;
    const { resumeCommitId, resumeDir, computeEnv, ...earlier } = launch;
    expect(resumeCommitId).toMatch(/^[0-9a-f]{40}$/);
    const again = await api.post<{ workflowId: string }>(`/workflow/launch?${at}`, {
      launch: {
        ...earlier,
        id: earlier['id'] ?? id,
        computeEnvId: (computeEnv as { id: string }).id,
        resume: true,
        revision: resumeCommitId,
        workDir: resumeDir,
      },
    });
    const resumed = await waitForRun(server, api, again.body.workflowId, ['SUCCEEDED']);
    const first = await waitForRun(server, api, id, ['SUCCEEDED']);
    for (const field of ['sessionId', 'workDir', 'launchDir'] as const)
      expect(resumed.workflow[field]).toBe(first.workflow[field]);
    expect(resumed.workflow.runName).not.toBe(first.workflow.runName);
    expect(
      (await tasksOf(server, api, again.body.workflowId)).map(({ process, status }) => [process, status]),
    ).toEqual([
      ['SAY', 'CACHED'],
      ['COUNT', 'CACHED'],
    ]);
  });
});
