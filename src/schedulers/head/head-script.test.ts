/** The launcher as it lies on a cluster, run by bash with a stand-in for Nextflow. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type FakeCluster, fakeCluster } from '#test/support/far-side/fake-cluster.ts';
import type { LaunchOverrides } from '#test/support/far-side/launch.ts';
import { runCommand, startCommand } from '#test/support/far-side/run-command.ts';
import { parseRemains, readRemains } from '../files/remains.ts';
import { slurm } from '../slurm/slurm.ts';

let cluster: FakeCluster;
beforeEach(() => {
  cluster = fakeCluster();
});
afterEach(() => cluster.remove());

const runId = 'Ab12Cd34Ef56';
const named = (end: string) => `nf-${runId}.${end}`;

const submit = (over?: LaunchOverrides) => runCommand(slurm.submit(cluster.launch(over)), cluster.place);

/** What the scheduler would do: starts the launcher, with its output where the scheduler puts it. */
const start = (env: Record<string, string> = {}, id = runId) =>
  startCommand(
    {
      argv: ['sh', '-c', `exec bash "$0/nf-${id}.launcher.sh" >>"$0/nf-${id}.txt" 2>&1`, cluster.headDir],
      timeoutMs: 0,
    },
    { ...cluster.place, env: { ...cluster.place.env, SLURM_JOB_ID: '1', ...env } },
  );
const launch = async (over?: LaunchOverrides, env?: Record<string, string>) => {
  await submit(over);
  await start(env).result;
  return remains();
};
const remains = async (id = runId) =>
  parseRemains(await runCommand(readRemains({ runId: id, headDir: cluster.headDir }), cluster.place));
const words = () => cluster.kept('words').split('\n').slice(0, -1);
const environment = () => cluster.kept('environment');

test('starts Nextflow with what was asked for, and keeps its exit status', async () => {
  const left = await launch(
    {
      launch: {
        pipeline: 'https://example.org/some/pipeline',
        revision: "it's v1",
        paramsText: '{}',
        configProfiles: ['a', 'b'],
        configText: '// mine',
        mainScript: 'other.nf',
        entryName: 'PART',
        outputDir: 'out',
        stubRun: true,
        pullLatest: true,
        syntaxParser: 'v2',
      },
      config: { nextflowConfig: '// site' },
      workspaceId: 7,
    },
    { FAKE_STATUS: '3' },
  );
  const { headDir, dir } = cluster;
  expect(words()).toEqual(
    [
      ['-log', named('log'), '-c', named('site.config'), '-c', named('config'), '-c', named('launch.config')],
      ['run', 'https://example.org/some/pipeline', '-name', 'happy_curie', '-work-dir', join(dir, 'work')],
      ['-r', "it's v1", '-with-trace', named('trace'), '-with-timeline', `timeline-${runId}.html`],
      ['-params-file', named('params.json'), '-profile', 'a,b', '-main-script', 'other.nf', '-entry', 'PART'],
      ['-output-dir', 'out', '-stub-run', '-latest'],
    ].flat(),
  );
  for (const line of [
    `NXF_WORK=${dir}/work`,
    `NXF_UUID=${cluster.launch().sessionId}`,
    'NXF_ANSI_LOG=false',
    'NXF_IGNORE_RESUME_HISTORY=true',
    'NXF_SYNTAX_PARSER=v2',
    'LC_ALL=C.UTF-8',
    `NXF_OUT_FILE=${headDir}/${named('txt')}`,
    `NXF_EXIT_FILE=${headDir}/${named('exit')}`,
    `TOWER_WORKFLOW_ID=${runId}`,
    'TOWER_WORKSPACE_ID=7',
  ])
    expect(environment()).toContain(`${line}\n`);
  expect(environment()).not.toMatch(/TOWER_(ACCESS|REFRESH)_TOKEN|TOWER_API_ENDPOINT/);
  expect(environment()).toMatch(new RegExp(`NXF_ASSETS=${headDir}/\\.nf-assets/[0-9a-f]{16}\n`));
  expect(left).toMatchObject({ exitStatus: 3, launcherMessage: null });
});

test('one clone per repository and revision', async () => {
  const seen = new Set<string>();
  for (const [pipeline, revision] of [
    ['/a/x.nf', 'v1'],
    ['/a/x.nf', 'v2'],
    ['/b/x.nf', 'v1'],
  ] as const) {
    const id = `r${seen.size}`;
    await submit({ runId: id, launch: { pipeline, revision } });
    await start({}, id).result;
    seen.add(/NXF_ASSETS=(.*)/.exec(environment())?.[1] ?? '');
  }
  expect(seen.size).toBe(3);
});

test('a second job of the run leaves without touching anything', async () => {
  await launch({}, { FAKE_STATUS: '5' });
  await start({ SLURM_JOB_ID: '2', FAKE_STATUS: '0' }).result;
  const left = await remains();
  expect(left.exitStatus).toBe(5);
  expect(left.outputTail).toContain('the work of job 1 already; job 2 leaves');
});

test.each(['SIGTERM', 'SIGUSR2', 'SIGINT', 'SIGHUP'] as const)(
  '%s: Nextflow is told once and waited for',
  async (signal) => {
    await submit({ config: { postRunScript: 'echo after' } });
    const { result, pid } = start({ FAKE_ROUNDS: '500' });
    while (!cluster.exists(named('txt')) || !cluster.file(named('txt')).includes('running')) await sleep(10);
    await sleep(30);
    for (let time = 0; time < 3; time += 1) {
      process.kill(pid, signal);
      await sleep(60);
    }
    await result;
    const left = await remains();
    expect(left.exitStatus).toBe(1);
    expect(left.outputTail).toMatch(/cleaned up\n[^]*after\n$/);
    expect(cluster.kept('told')).toBe('told\n');
    expect(left.launcherMessage).toBe(
      signal === 'SIGUSR2' ? 'The wall-clock limit of the head job ended this run.' : null,
    );
  },
);

test('a signal during the pre-run script: Nextflow does not start', async () => {
  await submit({ config: { preRunScript: 'echo preparing; sleep 0.3' } });
  const { result, pid } = start();
  while (!cluster.exists(named('txt')) || !cluster.file(named('txt')).includes('preparing')) await sleep(10);
  process.kill(pid, 'SIGTERM');
  await result;
  expect(await remains()).toMatchObject({
    exitStatus: 143,
    launcherMessage: expect.stringMatching(/before Nextflow/),
  });
  expect(() => words()).toThrow();
});

test('variables, secrets, pre-run and post-run script', async () => {
  const value = `a"b'c $HOME \`id\`\nü`;
  const left = await launch(
    {
      launch: {
        preRunScript: 'export FROM_PRE="$HEADED" LYING=$(ls -d .nf-*.env); set -eu; cd /',
        postRunScript: 'echo "after $NXF_EXIT_STATUS"; exit 9',
      },
      config: {
        preRunScript: 'exit 1',
        environment: [
          { name: 'HEADED', value, head: true, compute: false },
          { name: 'COMPUTED', value, head: false, compute: true },
        ],
      },
      secretEnvironment: { TOKEN: 'sesame' },
    },
    { FAKE_STATUS: '4' },
  );
  expect(environment()).toContain(`FROM_PRE=${value}\n`);
  expect(environment()).toContain('TOKEN=sesame\n');
  // Gone once they were read, not only at the end.
  expect(environment()).toContain('LYING=\n');
  expect(environment()).not.toContain('COMPUTED');
  expect(cluster.exists(`.nf-${runId}.env`)).toBe(false);
  expect(left).toMatchObject({ exitStatus: 4, outputTail: expect.stringContaining('after 4') });
});

test.each([
  ['false', 1, /The pre-run script failed with exit status 1/],
  ['exit 7', 7, /The pre-run script ended the run with exit status 7/],
  ['exit 0', 1, /ended the run with exit status 0/],
  ['set -e; false; true', 1, /ended the run with exit status 1/],
  ['nonsense(', 1, /failed with exit status/],
])('pre-run script "%s" ends the run', async (preRunScript, status, sentence) => {
  const left = await launch({ config: { preRunScript, postRunScript: 'echo "after $NXF_EXIT_STATUS"' } });
  expect(left.launcherMessage).toMatch(sentence);
  expect(left.exitStatus).toBeGreaterThan(0);
  if (status !== 1) expect(left.exitStatus).toBe(status);
  expect(left.outputTail).toContain('after ');
  expect(() => words()).toThrow();
});

test('the default branch is looked up once and stays', async () => {
  const git = (branch: string) =>
    cluster.put('git', `printf 'ref: refs/heads/${branch}\\tHEAD\\n0123 HEAD\\n'`);
  const revision = () => words()[words().indexOf('-r') + 1];
  git('trunk');
  await launch({ launch: { pipeline: 'nf-core/demo' } });
  expect(revision()).toBe('trunk');
  git('other');
  await submit({ runId: 'again', launch: { pipeline: 'nf-core/demo' } });
  await start({}, 'again').result;
  expect(revision()).toBe('trunk');
  cluster.put('git', 'exit 1');
  await submit({ runId: 'unknown', launch: { pipeline: 'nf-core/elsewhere' } });
  await start({}, 'unknown').result;
  expect(words()).not.toContain('-r');
  await submit({ runId: 'local', launch: { pipeline: '/a/main.nf', revision: 'v1' } });
  await start({}, 'local').result;
  expect(words()).not.toContain('-r');
});

test('a repository that somebody put above the directory has no say in the default branch', async () => {
  const git = (...given: string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...given]);
  const evil = join(cluster.dir, 'evil');
  git('init', '--quiet', '-b', 'evil', evil);
  git('-C', evil, 'commit', '--quiet', '--allow-empty', '-m', 'one');
  const above = join(cluster.headDir, '..', '..');
  await submit({ launch: { pipeline: 'https://example.invalid/a/b' } });
  git('init', '--quiet', above);
  git('-C', above, 'config', `url.file://${evil}.insteadOf`, 'https://example.invalid/a/b');
  await start().result;
  expect(words()).not.toContain('evil');
  expect(
    git('-C', above, 'ls-remote', '--symref', 'https://example.invalid/a/b', 'HEAD').toString(),
  ).toContain('evil');
});

test('umask: open to the group where a directory is shared', async () => {
  await launch();
  expect(cluster.kept('umask')).toBe('0022\n');
  execFileSync('chmod', ['2770', join(cluster.dir, 'work')]);
  await submit({ runId: 'shared' });
  await start({}, 'shared').result;
  expect(cluster.kept('umask')).toBe('0007\n');
});

test('a head directory that others can write in runs nothing, and nothing in it is read', async () => {
  await submit({ launch: { preRunScript: 'touch "$FAKE/ran"' } });
  execFileSync('chmod', ['g+w', cluster.headDir]);
  await start().result;
  expect(cluster.file(named('txt'))).toContain('so nothing in it is run');
  expect(() => cluster.kept('ran')).toThrow('ENOENT');
  expect(await remains()).toMatchObject({ exitStatus: null, outputTail: '' });
});
