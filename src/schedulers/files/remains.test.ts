import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { answered, runCommand } from '#test/support/far-side/run-command.ts';
import { parseProbe } from '../queries/probe.ts';
import { parseRemains, readRemains } from './remains.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'latchkey-remains-'));
});
afterEach(() => rmSync(dir, { recursive: true }));
const put = (name: string, content: string | Uint8Array) => writeFileSync(join(dir, name), content);
const read = () => runCommand(readRemains({ runId: 'r1', headDir: dir }), { env: { PATH: '/usr/bin:/bin' } });

const commit = '66e4df4e1a'.padEnd(40, 'b');
const stamp = 'Nov-22 21:37:06.914 [main]';
const log = `${stamp} DEBUG nextflow.cli.Launcher - $> nextflow -log nf-r1.log
${stamp} INFO  nextflow.cli.CmdRun - N E X T F L O W  ~  version 24.10.0
${stamp} DEBUG nextflow.scm.AssetManager - Repository URL: file:///p/greetings.git; Project: local/greetings; Hub provider: file:/p
${stamp} INFO  nextflow.cli.CmdRun - Launching \`/p/greetings\` [happy_curie] DSL2 - revision: 66e4df4e1a [main]
${stamp} DEBUG nextflow.cli.CmdRun -
  Version: 24.10.0 build 5928
`;

test('all of it', async () => {
  put('nf-r1.exit', '1\n');
  put('nf-r1.message', 'first\nsecond');
  put('nf-r1.log', log);
  mkdirSync(join(dir, '.nf-assets/0123/local/greetings/.git'), { recursive: true });
  put('.nf-assets/0123/local/greetings/.git/HEAD', `${commit}\n`);
  const output = `latchkey: exit 0\nlatchkey: end 3\n${'ü'.repeat(20_000)}\nlast`;
  put('nf-r1.txt', output);
  const left = parseRemains(await read());
  expect(left).toMatchObject({
    exitStatus: 1,
    launcherMessage: 'first\nsecond',
    started: true,
    facts: {
      commitId: commit,
      projectName: 'local/greetings',
      repository: 'file:///p/greetings.git',
      revision: 'main',
      nextflowVersion: '24.10.0',
    },
  });
  expect(Buffer.from(output).subarray(-32_768).toString()).toBe(left.outputTail);
  put('nf-r1.txt', 'latchkey: end 3\nlatchkey: exit 0\n');
  expect(parseRemains(await read())).toMatchObject({
    exitStatus: 1,
    outputTail: 'latchkey: end 3\nlatchkey: exit 0\n',
  });
});

test('nothing of it', async () => {
  const nothing = { exitStatus: null, launcherMessage: null, started: false, outputTail: '', facts: {} };
  expect(parseRemains(await read())).toEqual(nothing);
  rmSync(dir, { recursive: true });
  expect(parseRemains(await read())).toEqual(nothing);
  mkdirSync(dir);
  put('nf-r1.exit', '');
  expect(parseRemains(await read())).toEqual(nothing);
});

test('half an answer is no answer', async () => {
  put('nf-r1.txt', 'hello world');
  const whole = Buffer.from((await read()).stdout).toString();
  expect(parseRemains(answered(whole)).outputTail).toBe('hello world');
  for (const said of ['', whole.slice(0, -1), whole.slice(0, 10)])
    expect(() => parseRemains(answered(said))).toThrow(/could not be read/);
  expect(() => parseRemains(answered(whole, { timedOut: true }))).toThrow();
});

test('account check: noise around it, a whole answer or none', () => {
  const said = `Welcome!\nlatchkey: user alice\nlatchkey: uid 1001\nlatchkey: groups alice lab\nlatchkey: home /home/alice\nlatchkey: end \n`;
  expect(parseProbe(answered(said))).toEqual({
    linuxUser: 'alice',
    uid: 1001,
    groups: ['alice', 'lab'],
    home: '/home/alice',
    homeWritable: false,
    workDir: null,
    workDirExists: false,
    workDirWritable: false,
    workDirGroup: null,
    workDirGroupShared: false,
    nextflow: null,
    java: null,
    nfTower: null,
    schedulerVersion: null,
    accounting: false,
  });
  for (const half of ['', said.slice(0, -4), said.replace('uid 1001', 'uid x')])
    expect(() => parseProbe(answered(half))).toThrow(/no usable answer/);
  expect(() =>
    parseProbe(answered('latchkey: reason $X is not filled in\nlatchkey: outcome refused\nlatchkey: end \n')),
  ).toThrow(/\$X/);
});
