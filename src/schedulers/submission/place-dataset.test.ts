/** Datasets beside a run: piece by piece, whole or not at all, the same for each run of a session; parameters name them. */
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type FakeCluster, fakeCluster } from '#test/support/far-side/fake-cluster.ts';
import { runCommand } from '#test/support/far-side/run-command.ts';
import { slurm } from '../slurm/slurm.ts';
import { parsePlaced, placeDataset } from './place-dataset.ts';

let cluster: FakeCluster;
beforeEach(() => {
  cluster = fakeCluster();
});
afterEach(() => cluster.remove());

const path = `datasets/${'D'.repeat(22)}/v2/samples.csv`;
const content = Buffer.from(`a,b\n"it's $HOME",ü\0\n`.repeat(9));
const sha256 = createHash('sha256').update(content).digest('hex');
const place = async (piece: Uint8Array, part: number, last: number, at = path, runId = 'Ab12Cd34Ef56') => {
  const { snapshot, sessionId } = cluster.launch();
  const command = placeDataset(
    { id: runId, sessionId, snapshot },
    { path: at, sha256 },
    { content: piece, part, last },
  );
  return parsePlaced(await runCommand(command, cluster.place));
};
const file = () => join(cluster.headDir, path);

test('one piece, and several, sent twice and out of line: the file appears whole, for its member alone', async () => {
  expect(await place(content, 0, 0)).toMatchObject({ kind: 'placed' });
  expect(readFileSync(file()).equals(content)).toBe(true);
  expect(statSync(cluster.headDir).mode & 0o777).toBe(0o700);
  writeFileSync(file(), 'spoilt');
  for (const [part, from] of [
    [0, 0],
    [1, 20],
    [0, 0],
  ] as const)
    expect(await place(content.subarray(from, from + 20), part, 2)).toMatchObject({ kind: 'more' });
  expect(readFileSync(file(), 'utf8')).toBe('spoilt');
  expect(await place(content.subarray(40), 2, 2)).toMatchObject({ kind: 'placed' });
  expect(readFileSync(file()).equals(content)).toBe(true);
  expect(readdirSync(dirname(file()))).toEqual(['samples.csv']);
});

test('what is there already stays as it is: a resume compares its time', async () => {
  await place(content, 0, 0);
  utimesSync(file(), 1_000, 1_000);
  expect(await place(content.subarray(0, 5), 0, 3, path, 'another')).toMatchObject({ kind: 'placed' });
  expect(statSync(file()).mtimeMs).toBe(1_000_000);
});

test('a missing piece is noticed, and nothing of it stays', async () => {
  expect(await place(content.subarray(20), 1, 1)).toMatchObject({ kind: 'unknown' });
  expect(existsSync(file())).toBe(false);
  expect(readdirSync(dirname(file()))).toEqual([]);
});

test('what cannot be written is refused in the words of the disk', async () => {
  mkdirSync(cluster.headDir, { recursive: true, mode: 0o700 });
  writeFileSync(join(cluster.headDir, 'datasets'), 'in the way');
  expect(await place(content, 0, 0)).toMatchObject({
    kind: 'refused',
    reason: expect.stringMatching(/^Making datasets\/D+\/v2 in .* as /),
    // For the clean-up policy: a head directory was made.
    left: { headDir: cluster.headDir, workDir: expect.stringMatching(/^\//) },
  });
  const answer = {
    exitCode: 1,
    stdout: Buffer.from(''),
    stderr: Buffer.from('no'),
    timedOut: false,
    truncated: false,
  };
  expect(parsePlaced(answer)).toMatchObject({ kind: 'unknown' });
});

const submit = async (paramsText: string, workDir = join(cluster.dir, 'work')) => {
  const of = (url: string, at: string) => ({
    datasetId: 'D',
    version: 1,
    upload: 'u',
    sha256,
    size: 1,
    url,
    path: at,
  });
  const datasets = [
    of('https://l.org/n/a.csv', 'datasets/D/v1/a.csv'),
    of('https://l.org/n/a.csv.tsv', 'datasets/E/v1/b'),
  ];
  return slurm.parseSubmit(
    await runCommand(
      slurm.submit(cluster.launch({ launch: { paramsText }, snapshot: { datasets, workDir } })),
      cluster.place,
    ),
  );
};

test('parameters name the files, in JSON and in YAML, and are else as typed', async () => {
  await submit('{"input": "https://l.org/n/a.csv", "more": ["https://l.org/n/a.csv.tsv"], "x": "\'$HOME\'"}');
  expect(JSON.parse(cluster.file('nf-Ab12Cd34Ef56.params.json'))).toEqual({
    input: `${cluster.headDir}/datasets/D/v1/a.csv`,
    more: [`${cluster.headDir}/datasets/E/v1/b`],
    x: "'$HOME'",
  });
  cluster.remove();
  cluster = fakeCluster();
  await submit('input: https://l.org/n/a.csv\nother: 1 # as typed\n');
  expect(cluster.file('nf-Ab12Cd34Ef56.params.yml')).toBe(
    `input: ${cluster.headDir}/datasets/D/v1/a.csv\nother: 1 # as typed\n\n`,
  );
});

test('a directory that cannot stand in parameters is refused before anything is submitted', async () => {
  expect(await submit('input: https://l.org/n/a.csv', join(cluster.dir, 'two words'))).toMatchObject({
    kind: 'refused',
    reason: expect.stringContaining('cannot stand in parameters'),
  });
  expect(cluster.jobs()).toEqual([]);
});
