/** What the launcher looks at before it starts Nextflow. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
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
const remains = async (id = runId) =>
  parseRemains(await runCommand(readRemains({ runId: id, headDir: cluster.headDir }), cluster.place));
const words = () => cluster.kept('words').split('\n').slice(0, -1);

test('what is missing is said in plain words', async () => {
  cluster.put('hostname', 'echo node7');
  const path = join(cluster.dir, 'few');
  mkdirSync(path);
  for (const name of [
    'ln',
    'readlink',
    'find',
    'rm',
    'mv',
    'sync',
    'locale',
    'grep',
    'id',
    'cat',
    'head',
    'df',
    'awk',
    'date',
  ])
    execFileSync('ln', ['-s', `/usr/bin/${name}`, path]);
  execFileSync('ln', ['-s', join(cluster.dir, 'bin/hostname'), path]);
  await submit();
  const begin = async (id: string) => {
    await submit({ runId: id });
    await startCommand(
      { argv: ['/bin/bash', join(cluster.headDir, `nf-${id}.launcher.sh`)], timeoutMs: 0 },
      { env: { ...cluster.place.env, PATH: path } },
    ).result;
    return remains(id);
  };
  expect(await begin('a')).toMatchObject({
    exitStatus: 127,
    launcherMessage: expect.stringMatching(/^Nextflow was not found on the node node7/),
  });
  execFileSync('ln', ['-s', join(cluster.dir, 'bin/nextflow'), path]);
  expect(await begin('b')).toMatchObject({
    exitStatus: 127,
    launcherMessage: expect.stringMatching(/^Java was not found on the node node7/),
  });
  execFileSync('ln', ['-s', join(cluster.dir, 'bin/java'), path]);
  rmSync(join(path, 'df'));
  writeFileSync(join(path, 'df'), '#!/bin/sh\necho Filesystem; echo "/dev/x 9 9 40960 9% /"\n', {
    mode: 0o755,
  });
  expect(await begin('c')).toMatchObject({
    exitStatus: 1,
    launcherMessage: expect.stringMatching(/^Only 40 MB are free in .*\/work; .* 200 MB/),
  });
  rmSync(join(path, 'head'));
  writeFileSync(
    join(path, 'head'),
    '#!/bin/sh\necho "head: write error: Disk quota exceeded" >&2; exit 1\n',
    { mode: 0o755 },
  );
  expect(await begin('d')).toMatchObject({
    exitStatus: 1,
    launcherMessage: expect.stringMatching(
      /^Nothing can be written in .* on the node node7: Disk quota exceeded/,
    ),
  });
  expect((await begin('a')).started).toBe(false);
});

test('before a resume, unfinished tasks of this session forget their exit, and nobody else does', async () => {
  await submit();
  const work = join(cluster.dir, 'work');
  const task = (name: string) => join(work, name.slice(0, 2), name.slice(2).padEnd(30, '0'));
  const [done, cut, foreign, odd] = [task('aa1'), task('bb2'), task('cc3'), join(work, 'other')];
  for (const dir of [done, cut, foreign, odd]) {
    mkdirSync(dir, { recursive: true });
    for (const file of ['.exitcode', '.command.begin', '.command.run']) writeFileSync(join(dir, file), '143');
  }
  const line = (text: string) =>
    `Nov-22 21:35:52.267 [Task submitter] DEBUG nextflow.executor.GridTaskHandler - ${text}\n`;
  writeFileSync(
    join(cluster.headDir, 'nf-earlier.log'),
    [
      line(`[SLURM] submitted process SAY (a; workDir: /x) > jobId: 16; workDir: ${done}`),
      line(`[SLURM] submitted process SAY (b) > jobId: 17; workDir: ${cut}`),
      line(`[SLURM] submitted process EVIL > jobId: 18; workDir: ${odd}`),
      line(
        `Task completed > TaskHandler[jobId: 16; id: 1; name: SAY (a); status: COMPLETED; exit: 0; error: -; workDir: ${done} started: 1795372279014; exited: 2026-11-22T21:36:00Z; ]`,
      ),
    ].join(''),
  );
  const left = (dir: string) =>
    ['.exitcode', '.command.begin', '.command.run'].map(
      (file) => statSync(join(dir, file), { throwIfNoEntry: false }) !== undefined,
    );
  await submit({ runId: 'second', resume: true });
  await start({}, 'second').result;
  expect(words()).toContain('-resume');
  expect([done, cut, foreign, odd].map(left)).toEqual([
    [true, true, true],
    [false, false, true],
    [true, true, true],
    [true, true, true],
  ]);
});
