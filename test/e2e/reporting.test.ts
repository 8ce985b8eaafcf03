/** `reporting: both` on a real cluster: a run's own token where the plugin is, and no run that dies where it is not. */
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, inject, test } from 'vitest';
import { attachCluster } from '../support/cluster.ts';
import type { LinuxUser } from '../support/linux-users.ts';
import { recordedEnd } from '../support/nf-tower.ts';
import { statesOf, tasksOf } from '../support/progress-road.ts';
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

/** A `nextflow` that writes what a real one wrote whose third try of a task ended the run. */
const giveFailingNextflow = async (account: LinuxUser): Promise<void> => {
  await giveTrivialNextflow(account);
  const recorded = async (name: string) =>
    account.write(name, await readFile(new URL(`../fixtures/nextflow/${name}`, import.meta.url)));
  await Promise.all(['flaky.log', 'flaky.trace'].map(recorded));
  await account.write('flaky.txt', `N E X T F L O W\nERROR ~ ${recordedEnd('failing-task').errorReport}\n`);
  const script =
    '#!/bin/sh\ncp ~/flaky.log "$NXF_LOG_FILE"\ncp ~/flaky.trace "${NXF_LOG_FILE%.log}.trace"\nsleep 8\ncat ~/flaky.txt\nexit 1\n';
  await account.write('bin/nextflow', script, 0o755);
};

test('without the plugin a run goes on over SSH and says why; why it failed, run and task, as over HTTP', {
  timeout: 60_000,
}, async () => {
  const { account, api, environment } = await house('plain');
  await giveFailingNextflow(account);
  const run = await launch(server, api, environment, { pipeline: '/trivial' });
  const { messages } = await until(
    async () =>
      (await api.get<{ messages: string[] }>(`/workflow/${run}?workspaceId=${server.workspaceId}`)).body,
    (answer) => answer.messages.some((message) => message.includes('nf-tower is not installed')),
    { limitMs: 30_000, what: 'the reason' },
  );
  expect(messages).toHaveLength(1);
  const { workflow } = await waitForRun(server, api, run, ['FAILED'], 60_000);
  expect(workflow).toMatchObject({ exitStatus: 3, errorMessage: 'cannot open 2.bam: größe' });
  expect(workflow.errorReport).toContain("Error executing process > 'FLAKY (try 3)'");
  const failed = (attempt: number) => ({
    exit: 3,
    errorMessage: expect.stringContaining(
      `\`FLAKY (try ${attempt})\` terminated with an error exit status (3)`,
    ),
  });
  const tasks = await tasksOf(server, api, run);
  expect(tasks.filter(({ status }) => status === 'FAILED')).toMatchObject([1, 2, 3].map(failed));
  expect(tasks[4]?.errorMessage).toMatch(/\ncannot open 2\.bam: größe$/);
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
