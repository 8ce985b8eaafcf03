/** Reporting over HTTP as the launcher decides it on the node: only where it cannot end the run. */
import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type FakeCluster, fakeCluster } from '#test/support/far-side/fake-cluster.ts';
import type { LaunchOverrides } from '#test/support/far-side/launch.ts';
import { runCommand } from '#test/support/far-side/run-command.ts';
import { slurm } from '../slurm/slurm.ts';

let cluster: FakeCluster;
beforeEach(() => {
  cluster = fakeCluster();
});
afterEach(() => cluster.remove());

const runId = 'Ab12Cd34Ef56';
const report = {
  apiEndpoint: 'https://latchkey.example.org/api',
  secretEnvironment: { LATCHKEY_RUN_TOKEN: 'sesame' },
};

/** As it is launched where nothing goes over HTTP. */
const silent: LaunchOverrides = { apiEndpoint: null, secretEnvironment: {} };

const launch = async (over: LaunchOverrides = {}, env: Record<string, string> = {}): Promise<number> => {
  const command = slurm.submit(cluster.launch({ ...report, workspaceId: 7, ...over }));
  expect(JSON.stringify(command.argv)).not.toContain('sesame');
  await runCommand(command, cluster.place);
  if (over !== silent) expect(statSync(join(cluster.headDir, `.nf-${runId}.env`)).mode & 0o777).toBe(0o600);
  const start = `exec bash "$0/nf-${runId}.launcher.sh" >>"$0/nf-${runId}.txt" 2>&1`;
  const { exitCode } = await runCommand(
    { argv: ['sh', '-c', start, cluster.headDir], timeoutMs: 0 },
    { ...cluster.place, env: { ...cluster.place.env, SLURM_JOB_ID: '1', ...env } },
  );
  expect(cluster.exists(`.nf-${runId}.env`)).toBe(false);
  return exitCode;
};
const install = (where = '.nextflow/plugins', version = '1.9.3') =>
  mkdirSync(join(cluster.home, where, `nf-tower-${version}`), { recursive: true });
const environment = () => cluster.kept('environment');
const reporting = () => cluster.file(`nf-${runId}.reporting`);
const files = () =>
  [`nf-${runId}.launcher.sh`, `nf-${runId}.config`, `nf-${runId}.txt`].map(cluster.file).join('');

test('with the plugin there Nextflow gets token and address', async () => {
  install();
  expect(await launch()).toBe(0);
  expect(environment()).toContain('TOWER_ACCESS_TOKEN=sesame\n');
  expect(environment()).toContain(`TOWER_API_ENDPOINT=${report.apiEndpoint}\n`);
  expect(environment()).toContain(`TOWER_WORKFLOW_ID=${runId}`);
  expect(environment()).not.toMatch(/TOWER_REFRESH_TOKEN|LATCHKEY_RUN_TOKEN/);
  expect(reporting()).toBe('http \n');
  expect(files()).not.toContain('sesame');
});

test('where plugins lie elsewhere, a pre-run script may say so', async () => {
  install('shared/plugins');
  await launch({
    launch: { preRunScript: 'export NXF_PLUGINS_DIR=$HOME/shared/plugins; echo "[$TOWER_ACCESS_TOKEN]"' },
  });
  expect(environment()).toContain('TOWER_ACCESS_TOKEN=sesame');
  // Before the decision nobody sees it.
  expect(cluster.file(`nf-${runId}.txt`)).toContain('[]');
});

test.each([
  ['no plugin at all', () => undefined],
  [
    'another plugin',
    () => mkdirSync(join(cluster.home, '.nextflow/plugins/nf-schema-2.0.0'), { recursive: true }),
  ],
])('%s: no token, and the reason for people', async (_, prepare) => {
  prepare();
  expect(await launch()).toBe(0);
  expect(environment()).not.toMatch(/TOWER_ACCESS_TOKEN|TOWER_API_ENDPOINT/);
  expect(reporting()).toMatch(
    /^ssh Progress is read over SSH alone: .* nf-tower is not installed in \S+\/\.nextflow\/plugins/,
  );
  expect(cluster.file(`nf-${runId}.txt`)).toContain('nf-tower is not installed');
});

test('without reporting over HTTP nothing is exported, plugin or not, and nothing is said', async () => {
  install();
  await launch(silent);
  expect(environment()).not.toMatch(/TOWER_ACCESS_TOKEN|TOWER_API_ENDPOINT/);
  expect(cluster.exists(`nf-${runId}.reporting`)).toBe(false);
});

test('a token of the login does not reach Nextflow; one set on purpose does, without our ids', async () => {
  install();
  await launch(silent, { TOWER_ACCESS_TOKEN: 'theirs', TOWER_REFRESH_TOKEN: 'r' });
  expect(environment()).not.toMatch(/TOWER_(ACCESS|REFRESH)_TOKEN/);
  await runCommand({ argv: ['sh', '-c', 'rm -rf "$0"', cluster.headDir], timeoutMs: 0 }, cluster.place);
  await launch({ launch: { preRunScript: 'export TOWER_ACCESS_TOKEN=mine' } });
  expect(environment()).toContain('TOWER_ACCESS_TOKEN=mine');
  expect(environment()).not.toMatch(/TOWER_API_ENDPOINT|TOWER_WORKFLOW_ID|TOWER_WORKSPACE_ID|sesame/);
  expect(reporting()).toMatch(/^ssh .* TOWER_ACCESS_TOKEN of its own/);
});

/** Dies as Nextflow does while it has a token, and works without. */
const dying = (log: string, printed: string) => `
echo once >>"$FAKE/starts"
for w; do log=$w; [ "$before" != -log ] || break; before=$w; done
if [ -n "$TOWER_ACCESS_TOKEN" ]; then printf '%s\\n' '${log}' >"$log"; printf '%s\\n' '${printed}'; exit 1; fi
env >"$FAKE/environment"`;
const starts = () => cluster.kept('starts').split('\n').length - 1;

test.each([
  [
    'a plugin of another version',
    'Nov-26 15:00:00.000 [main] ERROR nextflow.cli.Launcher - Plugin with id nf-tower not found in any repository',
    '',
  ],
  ['a server that the node does not reach', '', 'ERROR ~ Unable to connect to Seqera Platform API: http://x'],
  ['a server that refuses', '', 'ERROR ~ Unexpected HTTP response.\n  Failed to send message'],
])('%s: started once more without', async (_, log, printed) => {
  install();
  cluster.put('nextflow', dying(log, printed));
  expect(await launch()).toBe(0);
  expect(starts()).toBe(2);
  expect(environment()).not.toMatch(/TOWER_ACCESS_TOKEN|TOWER_API_ENDPOINT/);
  expect(reporting()).toMatch(/^ssh .* started once more without/);
});

test.each([
  ['a mistake in the script', '[main] ERROR nextflow.cli.Launcher - x', 'ERROR ~ No such variable: y'],
  ['tasks had begun', '[x] TRACE n.p.TaskPollingMonitor - Scheduled task > TaskHandler[', 'ERROR ~ nf-tower'],
])('%s: not started again', async (_, log, printed) => {
  install();
  cluster.put('nextflow', dying(log, printed));
  expect(await launch()).toBe(1);
  expect(starts()).toBe(1);
});
