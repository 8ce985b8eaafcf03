/** `reporting: both` on a real cluster: a run's own token where the plugin is, and no run that dies where it is not. */
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, inject, test } from 'vitest';
import { attachCluster } from '../support/cluster.ts';
import { statesOf } from '../support/progress-road.ts';
import {
  addKey,
  freshName,
  giveTrivialNextflow,
  launch,
  makeEnvironment,
  registerCluster,
  until,
  waitForRun,
} from '../support/road.ts';
import { useServer } from '../support/use-server.ts';

const cluster = attachCluster(inject('cluster'));
const server = useServer();

const house = async (label: string) => {
  const account = await cluster.addUser(label);
  const member = await server.addMember(freshName(label));
  const identity = await registerCluster(server, cluster);
  await addKey(member.api, identity, account);
  const environment = await makeEnvironment(server, identity, { reporting: 'both' });
  return { account, api: member.api, environment };
};

const outputOf = async (launchDir: string | null, run: string): Promise<string> =>
  readFile(join(launchDir ?? '', `nf-${run}.txt`), 'utf8');

test('without the plugin a run goes on over SSH and says why', { timeout: 60_000 }, async () => {
  const { account, api, environment } = await house('plain');
  await giveTrivialNextflow(account, 8);
  const run = await launch(server, api, environment, { pipeline: '/trivial' });
  const { messages } = await until(
    async () =>
      (await api.get<{ messages: string[] }>(`/workflow/${run}?workspaceId=${server.workspaceId}`)).body,
    (answer) => answer.messages.some((message) => message.includes('nf-tower is not installed')),
    { limitMs: 30_000, what: 'the reason' },
  );
  expect(messages).toHaveLength(1);
  await waitForRun(server, api, run, ['SUCCEEDED'], 60_000);
  await account.remove();
});

test('with a plugin that this Nextflow does not take, it is started once more without', {
  timeout: 180_000,
}, async () => {
  const { account, api, environment } = await house('stale');
  await account.write('.nextflow/plugins/nf-tower-0.0.1/README', 'not a plugin\n');
  const run = await launch(server, api, environment, { pipeline: cluster.facts.pipelines.twoTasks });
  const { workflow } = await waitForRun(server, api, run, ['SUCCEEDED']);
  expect(await outputOf(workflow.launchDir, run)).toContain('started once more without');
  expect(await statesOf(server, api, run)).toEqual({ SAY: 'COMPLETED', COUNT: 'COMPLETED' });
  await account.remove();
});

test('with the plugin, Nextflow can report with what it is given', { timeout: 60_000 }, async () => {
  const { account, api, environment } = await house('plugged');
  await account.write('.nextflow/plugins/nf-tower-1.9.3/README', 'stands in for it\n');
  await giveTrivialNextflow(account);
  await mkdir(join(account.home, 'bin'), { recursive: true });
  const create = `{"sessionId":"'"$NXF_UUID"'","runName":"x","workflowId":"'"$TOWER_WORKFLOW_ID"'","projectName":"p","repository":null,"instant":1}`;
  await account.write(
    'bin/nextflow',
    `#!/bin/sh\ncurl -s -w ' %{http_code}\\n' -X POST -H "Authorization: Bearer $TOWER_ACCESS_TOKEN" -H 'Content-Type: application/json' -d '${create}' "$TOWER_API_ENDPOINT/trace/create?workspaceId=$TOWER_WORKSPACE_ID"\n`,
    0o755,
  );
  const run = await launch(server, api, environment, { pipeline: '/trivial' });
  const { workflow } = await waitForRun(server, api, run, ['SUCCEEDED'], 60_000);
  expect(await outputOf(workflow.launchDir, run)).toMatch(new RegExp(`"workflowId":"${run}".* 200\n`));
  await account.remove();
});
