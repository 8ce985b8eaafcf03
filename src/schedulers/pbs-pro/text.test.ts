/** Servers older than `qstat -F dsv`: what they print as text, through the scripts that are sent. */
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { CommandText } from '#core/ports/scheduler.ts';
import { runCommand } from '#test/support/far-side/run-command.ts';
import { pbsPro } from './pbs-pro.ts';

const house = mkdtempSync(join(tmpdir(), 'latchkey-pbs-text-'));
const at = (name: string) => join(house, name);
afterAll(() => rmSync(house, { recursive: true, force: true }));

writeFileSync(
  at('qstat'),
  `#!/bin/sh
cd ${house}
echo "$*" >>asked
case "$*" in *-F*) echo "qstat: invalid option -- 'F'" >&2; exit 2 ;; esac
case "$*" in *-x*) [ -e history ] || { echo "qstat: invalid option -- 'x'" >&2; exit 2; } ;; esac
case "$*" in *[0-9]) cat "text-\${*##* }" 2>/dev/null || { echo "qstat: Unknown Job Id \${*##* }" >&2; exit 153; } ;; *) cat text ;; esac
`,
);
writeFileSync(at('qselect'), `#!/bin/sh\n[ ! -e ${at('down')} ] || exit 162\ncat ${at('ids')}\n`);
for (const program of ['qstat', 'qselect']) chmodSync(at(program), 0o755);

const run = (command: CommandText) => runCommand(command, { env: { PATH: `${house}:/usr/bin:/bin` } });
const asked = () => readFileSync(at('asked'), 'utf8').trim().split('\n');
const server = (text: string, ids: readonly (number | string)[]) => {
  writeFileSync(at('text'), text);
  writeFileSync(at('ids'), ids.map((id) => `${id}.pbs01\n`).join(''));
  writeFileSync(at('asked'), '');
};
const status = async (form?: string) => pbsPro.parseStatus(await run(pbsPro.status(['alice'], form)));

/** Recorded, but for the jobs' names: one with folded lines, one with a line break in a variable, one that forges itself and 4242. */
const recorded = readFileSync(
  new URL('../../../test/fixtures/schedulers/pbs-text.txt', import.meta.url),
  'utf8',
)
  .replaceAll(/Job_Name = (?:job\.sh|head_3)/g, 'Job_Name = nf-Ab12Cd34Ef56')
  .replace('Job_\n\tName = spoof', 'Job_Name = nf-Victim000001');

const plain = (id: number, name: string, more = '') =>
  `Job Id: ${id}.pbs01\n    Job_Name = ${name}\n    Job_Owner = bob@pbs01\n    job_state = R\n    queue = q\n${more}\n`;

test('recorded: folded lines are whole again, and who is not in the queue does not come into it', async () => {
  const folded = '    comment = Not Running: Insufficient amount of resource: ncpus (R: 4 A: 0 T\n\t: 4)\n';
  server(recorded + plain(124, 'nf-b', folded), [46, 122, 123, 124]);
  const jobs = await status();
  expect(jobs.map(({ jobId, state, linuxUser }) => [jobId, state, linuxUser])).toEqual([
    ['46.pbs01', 'running', 'alice'],
    ['122.pbs01', 'held', 'alice'],
    ['123.pbs01', 'held', 'alice'],
    ['124.pbs01', 'running', 'bob'],
  ]);
  expect(jobs[0]?.reason).toContain('Job run at Sun Nov 22 at 19:53');
  expect(jobs[3]?.reason).toMatch(/ncpus \(R: 4 A: 0 T: 4\)$/);
});

test('a job that somebody else speaks for is asked for alone, and says itself what it is', async () => {
  const victim = plain(4242, 'nf-Victim000001');
  writeFileSync(at('text-4242.pbs01'), victim);
  for (const text of [recorded + victim, victim + recorded]) {
    server(text, [46, 122, 123, 4242]);
    expect((await status()).find(({ jobId }) => jobId === '4242.pbs01')).toMatchObject({
      jobName: 'nf-Victim000001',
      state: 'running',
      linuxUser: 'bob',
    });
    expect(asked()).toEqual(['-f -F dsv', '-f', '-f 4242.pbs01']);
  }
});

test('who forges a job does not hide how the own one ended', async () => {
  writeFileSync(at('history'), '');
  const forged = plain(9, 'nf-a', '    Exit_status = 0\n') + plain(8, 'nf-a', '    Exit_status = 0\n');
  writeFileSync(
    at('text-9.pbs01'),
    `Job Id: 9.pbs01\n    Job_Name = nf-a\n    Job_Owner = bob@h\n    job_state = F\n    queue = q\n    substate = 93\n    Variable_List = V=x\n${forged},PBS_O_HOST=h\n    Exit_status = 3\n\n`,
  );
  const [job] = pbsPro.parseAccounting(await run(pbsPro.accounting(['9.pbs01'], 0)));
  expect(job).toMatchObject({ linuxUser: 'bob', state: 'failed', exitCode: 3 });
  for (const name of ['history', 'text-9.pbs01']) rmSync(at(name));
});

test('more doubts than can be cleared are no answer', async () => {
  const numbers = Array.from({ length: 30 }, (_, index) => index + 500);
  server(numbers.map((id) => plain(id, 'nf-a').repeat(2)).join(''), numbers);
  await expect(status()).rejects.toThrow(/told of twice/);
});

test('the first refusal is enough: the next question is in its form', async () => {
  server(plain(7, 'nf-a'), [7]);
  const first = await run(pbsPro.status(['alice']));
  const form = pbsPro.formOf?.(first) ?? '';
  server(plain(7, 'nf-a'), [7]);
  expect(await status(form)).toHaveLength(1);
  expect(asked()).toEqual(['-f']);
});

test('no list of numbers, no answer: unknown, and never "gone"', async () => {
  server(plain(7, 'nf-a'), [7]);
  writeFileSync(at('down'), '');
  await expect(status()).rejects.toThrow(/qstat failed/);
  rmSync(at('down'));
});

test('ended jobs: from the history where there is one, else as long as they are shown', async () => {
  const ended = (letter: string, more: string) =>
    `Job Id: 9.pbs01\n    Job_Name = nf-a\n    Job_Owner = bob@h\n    job_state = ${letter}\n    queue = q\n    substate = 93\n${more}\n`;
  const known = async () => pbsPro.parseAccounting(await run(pbsPro.accounting(['9.pbs01'], 0)));
  expect(await known()).toEqual([]);
  const rows = [
    ['    exit_status = 271\n', { state: 'cancelled' }],
    ['    exit_status = -11\n', { state: 'time-limit' }],
    ['    exit_status = -10\n', { state: 'out-of-memory' }],
    ['    exit_status = 3\n', { state: 'failed', exitCode: 3 }],
  ] as const;
  for (const [words, expected] of rows) {
    writeFileSync(at('text-9.pbs01'), ended('C', words));
    expect(await known()).toMatchObject([expected]);
  }
  writeFileSync(at('history'), '');
  writeFileSync(at('text-9.pbs01'), ended('F', '    Exit_status = -29\n'));
  expect(await known()).toMatchObject([{ state: 'time-limit', jobName: 'nf-a' }]);
});

test('5,000 jobs as text are read in less than 50 ms, after the cluster has made lines of them', async () => {
  const more = `    Variable_List = PBS_O_HOME=/home/bob,\n\tPBS_O_PATH=${'/usr/bin:'.repeat(7)}\n`;
  const numbers = Array.from({ length: 5_000 }, (_, index) => index + 1);
  server(numbers.map((id) => plain(id, 'nf-Ab12Cd34Ef56', more)).join(''), numbers);
  const answer = await run(pbsPro.status(['alice'], 'text'));
  expect(answer.stdout.length).toBeLessThan(5_000 * 100);
  const times = Array.from({ length: 9 }, () => {
    const from = process.cpuUsage();
    expect(pbsPro.parseStatus(answer)).toHaveLength(5_000);
    return process.cpuUsage(from).user / 1_000;
  });
  expect(Math.min(...times)).toBeLessThan(50);
});
