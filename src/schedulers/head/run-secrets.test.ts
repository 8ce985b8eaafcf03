/** A run's pipeline secrets on a cluster: where they lie, who can read them, and that they go however the run ends. */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openDisks } from '#test/support/disks.ts';
import { type FakeCluster, fakeCluster } from '#test/support/far-side/fake-cluster.ts';
import type { LaunchOverrides } from '#test/support/far-side/launch.ts';
import { runCommand, startCommand } from '#test/support/far-side/run-command.ts';
import { forgetSecrets, parseForgotten } from '../files/forget-secrets.ts';
import { slurm } from '../slurm/slurm.ts';

let cluster: FakeCluster;
beforeEach(() => {
  cluster = fakeCluster();
});
afterEach(() => cluster.remove());

const runId = 'Ab12Cd34Ef56';
const directory = `.nf-${runId}.secrets`;
const store = `${directory}/store.json`;
const value = `sesame "'$(touch x)\`\\ ü`;
const secrets: LaunchOverrides = {
  launch: { userSecrets: ['KEY'] },
  pipelineSecrets: [{ name: 'KEY', value }],
};

const submit = async (over: LaunchOverrides = {}) =>
  slurm.parseSubmit(await runCommand(slurm.submit(cluster.launch({ ...secrets, ...over })), cluster.place));
const start = (env: Record<string, string> = {}, headDir = cluster.headDir) =>
  startCommand(
    {
      argv: ['sh', '-c', `exec bash "$0/nf-${runId}.launcher.sh" >>"$0/nf-${runId}.txt" 2>&1`, headDir],
      timeoutMs: 0,
    },
    { ...cluster.place, env: { ...cluster.place.env, SLURM_JOB_ID: '1', ...env } },
  );
const forget = async (headDir = cluster.headDir) =>
  parseForgotten(await runCommand(forgetSecrets({ runId, headDir }), cluster.place));
const mode = (path: string) => statSync(path).mode & 0o777;

test("lie in Nextflow's form in a file for their owner alone, and in no argument", async () => {
  await submit();
  expect(JSON.parse(cluster.file(store))).toEqual([{ name: 'KEY', value }]);
  expect(mode(join(cluster.headDir, directory))).toBe(0o700);
  expect(mode(join(cluster.headDir, store))).toBe(0o600);
  expect(JSON.stringify(slurm.submit(cluster.launch(secrets)).argv)).not.toContain('sesame');
  expect(cluster.submitted().join(' ')).not.toContain('sesame');
  expect(cluster.file(`nf-${runId}.launcher.sh`)).not.toContain('sesame');
  expect(existsSync(join(cluster.headDir, 'x'))).toBe(false);
});

test('an inherited ACL opens them to nobody', async () => {
  const shared = join(cluster.dir, 'shared');
  mkdirSync(shared);
  chmodSync(shared, 0o2770);
  execFileSync('setfacl', ['-d', '-m', 'u::rwx,g::rwx,o::rx', shared]);
  const outcome = await submit({ snapshot: { workDir: join(shared, 'w') } });
  if (outcome.kind !== 'submitted') throw new Error(outcome.reason);
  expect(mode(join(outcome.headDir, directory))).toBe(0o700);
  expect(mode(join(outcome.headDir, store))).toBe(0o600);
});

test('take the place of whatever lies there', async () => {
  mkdirSync(cluster.headDir, { recursive: true, mode: 0o700 });
  const elsewhere = join(cluster.dir, 'elsewhere');
  mkdirSync(elsewhere);
  symlinkSync(elsewhere, join(cluster.headDir, directory));
  await submit();
  expect(mode(join(cluster.headDir, directory))).toBe(0o700);
  expect(existsSync(join(elsewhere, 'store.json'))).toBe(false);
});

test('are named to Nextflow, and gone after it, with what Nextflow made of them', async () => {
  cluster.put(
    'nextflow',
    `env >"$FAKE/environment"; cp "$NXF_SECRETS_FILE" "$FAKE/read"; echo x >"\${NXF_SECRETS_FILE%/*}/.nf-1.secrets"; exit 3`,
  );
  await submit({ launch: { ...secrets.launch, postRunScript: `ls -A "${directory}" >"$FAKE/after" 2>&1` } });
  await start().result;
  const environment = cluster.kept('environment');
  expect(environment).toContain(`NXF_SECRETS_FILE=${join(cluster.headDir, store)}\n`);
  expect(environment).toContain('NXF_ENABLE_SECRETS=true\n');
  expect(environment).not.toContain('sesame');
  expect(JSON.parse(cluster.kept('read'))).toEqual([{ name: 'KEY', value }]);
  expect(cluster.exists(directory)).toBe(false);
  expect(cluster.kept('after')).toContain('No such file');
});

test('a run without any leaves Nextflow the store of its member', async () => {
  await submit({ launch: {}, pipelineSecrets: [] });
  await start().result;
  expect(cluster.exists(directory)).toBe(false);
  expect(cluster.kept('environment')).not.toContain('NXF_SECRETS_FILE');
});

test('a run whose secrets have gone does not begin without them', async () => {
  await submit();
  rmSync(join(cluster.headDir, directory), { recursive: true });
  await start().result;
  expect(cluster.file(`nf-${runId}.message`)).toContain('The secrets of this run are gone');
  expect(() => cluster.kept('environment')).toThrow();
});

test.each([
  ['refused', 'sbatch: error: Batch job submission failed: Invalid partition name specified'],
  ['put off', 'sbatch: error: Batch job submission failed: Job violates accounting policy (MaxSubmitJobs)'],
])('a submission that is %s leaves none', async (_, words) => {
  cluster.put('sbatch', `echo '${words}' >&2; exit 1`);
  await submit({ secretEnvironment: { TOKEN: 'x' } });
  expect([cluster.exists(directory), cluster.exists(`.nf-${runId}.env`)]).toEqual([false, false]);
  cluster.put('sbatch', 'echo 5');
  if (_ === 'put off') expect(await submit()).toMatchObject({ how: 'new' });
});

test('files that cannot be written leave none either', async () => {
  mkdirSync(join(cluster.headDir, `nf-${runId}.launcher.sh`), { recursive: true, mode: 0o700 });
  expect(await submit()).toMatchObject({ kind: 'refused' });
  expect(cluster.exists(directory)).toBe(false);
});

test('a killed launcher leaves them to the clean-up, which may come again and again', async () => {
  await submit();
  expect(await forget()).toBeNull();
  expect(cluster.exists(directory)).toBe(false);
  expect(await forget()).toBeNull();
  expect(await forget(join(cluster.dir, 'nowhere'))).toBeNull();
});

test.runIf(process.getuid?.() === 0)('what cannot be removed is said', async () => {
  await submit();
  const path = join(cluster.headDir, directory);
  writeFileSync(join(path, 'immovable'), '');
  const disks = await openDisks();
  try {
    await disks.small(path, '64k');
    expect(await forget()).toMatch(/^The run's secrets could not be removed from the cluster: .*busy/);
  } finally {
    await disks.close();
  }
});

test('half an answer about the clean-up counts as none', () => {
  const answer = { exitCode: 0, stderr: new Uint8Array(), timedOut: false, truncated: false };
  expect(() => parseForgotten({ ...answer, stdout: Buffer.from('') })).toThrow('not known');
});
