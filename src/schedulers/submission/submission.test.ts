/** The far-side submission against small stand-ins of Slurm's commands. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type FakeCluster, fakeCluster } from '#test/support/far-side/fake-cluster.ts';
import { headJob, type LaunchOverrides } from '#test/support/far-side/launch.ts';
import { answered, runCommand } from '#test/support/far-side/run-command.ts';
import { cleanSession, parseCleaned } from '../files/clean.ts';
import { slurm } from '../slurm/slurm.ts';

let cluster: FakeCluster;
beforeEach(() => {
  cluster = fakeCluster();
});
afterEach(() => cluster.remove());

const submit = async (over?: LaunchOverrides) =>
  slurm.parseSubmit(await runCommand(slurm.submit(cluster.launch(over)), cluster.place));

const own = (name: string) => `.nf-Ab12Cd34Ef56.${name}`;
const hostile = `'"$(touch x)\`touch y\`\\ -n \u00fc\u{1f600}\n$HOME\n-e %s %d\\n\r\n'\\''`;

test('places the files and submits once; a second time the record answers', async () => {
  const { headDir, dir } = cluster;
  const workDir = join(dir, 'work');
  expect(await submit()).toEqual({ kind: 'submitted', jobId: '1', how: 'new', headDir, workDir });
  expect(await submit()).toEqual({ kind: 'submitted', jobId: '1', how: 'recorded', headDir, workDir });
  expect(cluster.jobs()).toEqual(['1']);
  expect(cluster.submitted().slice(-7)).toEqual([
    '--parsable',
    '--no-requeue',
    '--chdir',
    headDir,
    '--output',
    `${headDir}/nf-Ab12Cd34Ef56.txt`,
    'nf-Ab12Cd34Ef56.launcher.sh',
  ]);
});

test('several runs of one session share its directory', async () => {
  await submit();
  await submit({ runId: 'other' });
  expect([cluster.jobs(), cluster.jobs('nf-other')]).toEqual([['1'], ['2']]);
});

test('files carry whatever people type, and secrets are private from their first byte', async () => {
  await submit({
    launch: { configText: hostile, paramsText: `a: ${hostile}`, preRunScript: 'one\r\ntwo' },
    config: { nextflowConfig: hostile },
    secretEnvironment: { TOKEN: hostile },
  });
  expect(cluster.file('nf-Ab12Cd34Ef56.launch.config')).toBe(`${hostile}\n`);
  expect(cluster.file('nf-Ab12Cd34Ef56.site.config')).toBe(`${hostile}\n`);
  expect(cluster.file('nf-Ab12Cd34Ef56.params.yml')).toBe(`a: ${hostile}\n`);
  expect(cluster.file('nf-Ab12Cd34Ef56.pre.sh')).toBe('one\ntwo\n');
  expect(statSync(join(cluster.headDir, own('env'))).mode & 0o777).toBe(0o600);
  const read = `. ./${own('env')}; printf %s "$TOKEN"`;
  expect(execFileSync('sh', ['-c', read], { cwd: cluster.headDir }).toString()).toBe(hostile);
  const said = JSON.stringify(slurm.submit(cluster.launch({ secretEnvironment: { TOKEN: 'sesame' } })).argv);
  expect(said).not.toContain('sesame');
});

test('parameters in JSON are named so', async () => {
  await submit({ launch: { paramsText: '{"a": 1}' } });
  expect(cluster.file('nf-Ab12Cd34Ef56.params.json')).toBe('{"a": 1}\n');
});

test('promise 19: any text is whole shell text for dash and bash', () => {
  const typed = fc.string({
    unit: fc.constantFrom("'", '"', '\n', '$(', '`', '\\', '-', ' ', 'ü', '}', 'EOF'),
  });
  fc.assert(
    fc.property(typed, typed, (text, other) => {
      const launch = {
        configText: text,
        preRunScript: other,
        paramsText: text,
        mainScript: `m${text.replaceAll('\n', '')}`,
      };
      const { stdin = '' } = slurm.submit(
        headJob({ launch, config: { environment: [{ name: 'A', value: text, head: true, compute: true }] } }),
      );
      for (const shell of ['dash', 'bash']) execFileSync(shell, ['-n'], { input: stdin, stdio: 'pipe' });
    }),
    { numRuns: 25 },
  );
});

test('half a submission does nothing', async () => {
  const command = slurm.submit(cluster.launch());
  const whole = String(command.stdin);
  // Of its last line each beginning: a call that has lost its words would submit something else.
  const lastLine = Array.from({ length: 18 }, (_, index) => whole.length - 2 - index);
  for (const length of [0.3, 0.8].map((part) => whole.length * part).concat(lastLine)) {
    const stdin = whole.slice(0, length);
    for (const shell of ['sh', 'bash']) {
      const argv = [shell, ...command.argv.slice(1)];
      const result = await runCommand({ ...command, argv, stdin }, cluster.place);
      expect(slurm.parseSubmit(result).kind).toBe('unknown');
    }
  }
  expect(readdirSync(cluster.dir)).not.toContain('work');
});

describe('what sbatch says', () => {
  const says = (text: string, status = 1) => cluster.put('sbatch', `echo '${text}' >&2; exit ${status}`);

  test.each([
    ['sbatch: error: Batch job submission failed: Invalid partition name specified', 1],
    [
      'sbatch: error: Batch job submission failed: Invalid account or account/partition combination specified',
      1,
    ],
    ['sbatch: unrecognized option \u201c--foo\u201d', 255],
    ['sbatch: error: Batch job submission failed: Requested node configuration is not available', 1],
  ])('refused: %s', async (text, status) => {
    says(text, status);
    const left = { headDir: cluster.headDir, workDir: join(cluster.dir, 'work') };
    expect(await submit()).toEqual({ kind: 'refused', reason: text, left });
    expect(cluster.exists(own('intent'))).toBe(false);
  });

  test('what a refused submission has left can be removed as the rest, and keep-logs keeps it', async () => {
    says('sbatch: error: Batch job submission failed: Invalid partition name specified');
    const outcome = await submit();
    if (outcome.kind !== 'refused' || !outcome.left) throw new Error('nothing is said to be left');
    expect(readdirSync(cluster.headDir)).toContain('nf-Ab12Cd34Ef56.launcher.sh');
    const { runId, sessionId, snapshot } = cluster.launch();
    const clean = (policy: 'remove' | 'keep-logs') =>
      cleanSession({ runId, sessionId, linuxUser: snapshot.linuxUser, ...outcome.left!, policy });
    for (const policy of ['keep-logs', 'remove'] as const) {
      const removal = parseCleaned(await runCommand(clean(policy), cluster.place));
      expect(removal).toMatchObject({ kind: 'done', left: 0 });
      expect(existsSync(cluster.headDir)).toBe(policy === 'keep-logs');
    }
  });

  test.each([
    'sbatch: error: Batch job submission failed: Unable to contact slurm controller (connect failure)',
    'sbatch: error: Batch job submission failed: Socket timed out on send/recv operation',
    'sbatch: error: slurm_persist_conn_open_without_init: failed to open slurmdbd',
    '',
  ])('unknown, and the next call looks first: %s', async (text) => {
    says(text);
    expect(await submit()).toMatchObject({ kind: 'unknown' });
    cluster.put('squeue', 'echo 17');
    expect(await submit()).toMatchObject({ kind: 'submitted', how: 'found', jobId: '17' });
  });

  test('a full quota of jobs: later, with nothing to look for', async () => {
    says('sbatch: error: QOSMaxSubmitJobPerUserLimit');
    expect(await submit()).toMatchObject({
      kind: 'unknown',
      reason: expect.stringContaining('MaxSubmitJob'),
    });
    expect(cluster.exists(own('intent'))).toBe(false);
  });

  test('killed, or absent', async () => {
    cluster.put('sbatch', 'kill -9 $$');
    expect(await submit()).toMatchObject({ kind: 'unknown' });
    cluster.put('sbatch', 'exit 127');
    expect(await submit({ runId: 'next' })).toMatchObject({
      kind: 'refused',
      reason: expect.stringMatching(/PATH/),
    });
  });

  test('a wrapper that talks', async () => {
    cluster.put('sbatch', 'echo Welcome to Big Cluster; echo Submitted batch job 4711; echo Bye');
    expect(await submit()).toMatchObject({ kind: 'submitted', jobId: '4711' });
  });
});

test('an answer that is not whole is "unknown"', () => {
  const whole =
    'latchkey: head /h\nlatchkey: work /w\nlatchkey: job 1\nlatchkey: how new\nlatchkey: outcome submitted\n';
  expect(slurm.parseSubmit(answered(`noise\n${whole}latchkey: end \n`)).kind).toBe('submitted');
  expect(slurm.parseSubmit(answered('', { timedOut: true }))).toMatchObject({
    kind: 'unknown',
    reason: expect.stringContaining('did not end within 200 s'),
  });
  for (const text of ['', 'hello', whole, 'latchkey: end \n', 'x latchkey: outcome refused\nlatchkey: end\n'])
    expect(slurm.parseSubmit(answered(text)).kind).toBe('unknown');
});

test.each([
  [{ runId: 'a/b' }, /run's id/],
  [{ sessionId: '../x' }, /session id/],
  [{ launch: { pipeline: '-bg' } }, /pipeline/],
  [{ launch: { revision: '@file' } }, /revision/],
  [{ launch: { configProfiles: ['a', '-x'] } }, /configProfiles/],
  [{ launch: { pipeline: ' ' } }, /say which/],
  [{ launch: { configText: 'a\0b' } }, /NUL/],
  [{ secretEnvironment: { 'A B': 'x' } }, /not a name/],
] as [LaunchOverrides, RegExp][])('%j is refused before anything is sent', (over, reason) => {
  expect(() => slurm.submit(cluster.launch(over))).toThrow(reason);
});
