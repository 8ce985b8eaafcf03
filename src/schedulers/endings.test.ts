/** How jobs ended, told apart by each driver: from recordings of real servers where there are any. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { RemoteResult } from '#core/ports/cluster-access.ts';
import type { JobStatus } from '#core/ports/scheduler.ts';
import histories from '#test/fixtures/schedulers/lsf-histories.json' with { type: 'json' };
import { asked } from '#test/support/far-side/run-command.ts';
import { gridEngine } from './grid-engine/grid-engine.ts';
import { lsf } from './lsf/lsf.ts';
import { moab } from './moab/moab.ts';
import { pbsPro } from './pbs-pro/pbs-pro.ts';

/** A recording, byte for byte, as the answer of a query. */
const recorded = (name: string): RemoteResult => {
  const bytes = readFileSync(new URL(`../../test/fixtures/schedulers/${name}`, import.meta.url));
  return { ...asked(''), stdout: Buffer.concat([bytes, asked('').stdout]) };
};

const qacct = (failed: string, exit: number, more = '') =>
  asked(
    `owner alice\njobname nf-abc\njobnumber 12\nqname head\nfailed ${failed}\nexit_status ${exit}\nru_wallclock 5\n${more}=\n`,
  );
test.each<[string, RemoteResult, Partial<JobStatus>]>([
  ['success', qacct('0', 0), { state: 'completed', exitCode: 0 }],
  ['an exit status', qacct('0', 3), { state: 'failed', exitCode: 3, signal: null }],
  ['a signal', qacct('100 : assumedly after job', 137), { state: 'failed', signal: 9 }],
  [
    'its time limit',
    qacct('37  : qmaster enforced h_rt, h_cpu, or h_vmem limit', 137, 'category -l h_rt=5\n'),
    { state: 'time-limit' },
  ],
  ['its memory limit', qacct('37', 137, 'category -l h_vmem=1M\n'), { state: 'out-of-memory' }],
  [
    'somebody’s qdel',
    qacct('100', 137, 'deleted_by root@master\n'),
    { state: 'cancelled', reason: 'deleted by root@master' },
  ],
  [
    'a signal at the end of the time that it had asked for',
    qacct('100 : assumedly after job', 137, 'ru_wallclock 61\ncategory -l h_rt=0:1:0\n'),
    { state: 'time-limit' },
  ],
  [
    'a signal long before',
    qacct('100 : assumedly after job', 137, 'ru_wallclock 31\ncategory -l h_rt=0:1:0\n'),
    { state: 'failed', signal: 9 },
  ],
  [
    'a broken start',
    qacct('1 : assumedly before job', 0),
    { state: 'failed', reason: 'failed 1 : assumedly before job' },
  ],
])('Grid Engine: %s', (_, answer, expected) => {
  expect(gridEngine.parseAccounting(answer)).toMatchObject([
    { jobId: '12', jobName: 'nf-abc', queue: 'head', ...expected },
  ]);
});

test('Grid Engine: an accounting that failed, or speaks another language, is not one that knows nothing', () => {
  expect(gridEngine.parseAccounting(asked(''))).toEqual([]);
  expect(() => gridEngine.parseAccounting(asked('', 1, 'error: no accounting file'))).toThrow(/qacct failed/);
  expect(() => gridEngine.parseAccounting(asked('jobnumber 12\nfehlgeschlagen 0\n=\n'))).toThrow(
    /another shape/,
  );
});

const pbsEnd = (fields: string) =>
  asked(`Job Id: 12.pbs|Job_Name=nf-abc|Job_Owner=alice@h|job_state=F|queue=head|${fields}`);
test.each<[string, string, Partial<JobStatus>]>([
  ['success', 'substate=92|Exit_status=0', { state: 'completed', exitCode: 0 }],
  ['an exit status', 'substate=93|Exit_status=3', { state: 'failed', exitCode: 3 }],
  ['a signal of its script', 'substate=93|Exit_status=137', { state: 'failed', signal: 9 }],
  ['a signal of its session', 'substate=93|Exit_status=265', { state: 'failed', signal: 9, exitCode: 137 }],
  ['qdel, though the script ended with 0', 'substate=91|Exit_status=271', { state: 'cancelled' }],
  ['qdel, of a server that calls it failed', 'substate=93|Exit_status=271', { state: 'cancelled' }],
  ['qdel before it ran', 'substate=91', { state: 'cancelled', exitCode: null }],
  ['a dependency that failed, which looks like success', 'substate=92', { state: 'failed' }],
  ['its walltime', 'substate=93|Exit_status=-29', { state: 'time-limit' }],
  ['its memory', 'substate=93|Exit_status=-27', { state: 'out-of-memory' }],
  ['a lost node', 'substate=91|Exit_status=-4', { state: 'cancelled' }],
  [
    'a shell that is not there',
    'substate=93|Exit_status=254',
    { state: 'failed', exitCode: 254, reason: expect.stringContaining('shell') },
  ],
  ['an array, one of whose parts failed', 'substate=93|Exit_status=0', { state: 'completed' }],
  [
    'a deletion while it began, which looks like a kill',
    'substate=93|Exit_status=265',
    { state: 'failed', signal: 9 },
  ],
  ['a prologue that failed', 'substate=93|Exit_status=-2', { state: 'node-failure' }],
])('PBS Professional: %s', (_, fields, expected) => {
  expect(pbsPro.parseAccounting(pbsEnd(fields))).toMatchObject([{ jobId: '12.pbs', ...expected }]);
});

test('PBS Professional: the status of an earlier attempt is not believed while the job lives', () => {
  const row = 'Job Id: 1.pbs|Job_Name=nf-a|Job_Owner=a@h|job_state=H|queue=q|substate=20|Exit_status=-3\n';
  expect(pbsPro.parseStatus(asked(row))).toMatchObject([{ state: 'held', exitCode: null }]);
});

test('PBS Professional: unknown numbers beside known ones; an error is an error', () => {
  const row = 'Job Id: 1.pbs|Job_Name=nf-a|Job_Owner=a@h|job_state=F|queue=q|substate=92|Exit_status=0\n';
  expect(pbsPro.parseAccounting(asked(row, 153, 'qstat: Unknown Job Id 2.pbs'))).toHaveLength(1);
  expect(pbsPro.parseAccounting(asked('', 35))).toEqual([]);
  expect(() => pbsPro.parseAccounting(asked(row, 255))).toThrow(/qstat failed/);
});

test('PBS Professional: without a history it says nothing and ends with 0, which proves nothing', () => {
  const said = 'qstat: PBS is not configured to maintain job history 171.pbs01';
  expect(pbsPro.parseAccounting(asked('', 0, said))).toEqual([]);
});

test('PBS Professional, recorded: nobody forges a job by a variable, a name that breaks the JSON does no harm', () => {
  const jobs = pbsPro.parseStatus(recorded('pbs-dsv.txt'));
  expect(jobs.map((each) => [each.jobId, each.jobName, each.state])).toEqual([
    ['569.pbs01', 'inf', 'held'],
    ['570.pbs01', 'job.sh', 'held'],
    ['571.pbs01', 'job.sh', 'held'],
    ['124.pbs01', expect.any(String), expect.any(String)],
    ['43.pbs01', 'head_2', 'pending'],
  ]);
  expect(jobs[4]?.reason).toBe('Not Running: Not enough free nodes available');
});

const told = histories as Record<string, string>;
test.each<[string, Partial<JobStatus>]>([
  ['07-state-PEND 123', { state: 'pending' }],
  ['08-state-RUN 124', { state: 'running' }],
  ['09-state-PSUSP 123', { state: 'held' }],
  ['10-state-USUSP 124', { state: 'held' }],
  ['11-state-DONE 127', { state: 'completed', exitCode: 0 }],
  ['12-state-EXIT-code-3 128', { state: 'failed', exitCode: 3, jobName: 'bad', linuxUser: 'alice' }],
  ['13-state-EXIT-bkill-while-running 124', { state: 'cancelled', reason: 'signal KILL requested by alice' }],
  ['14-state-EXIT-bkill-while-pending 123', { state: 'cancelled', exitCode: null }],
  ['15-state-EXIT-run-limit 136', { state: 'time-limit' }],
  ['16-state-EXIT-by-signal 141', { state: 'failed', exitCode: 139, signal: 11 }],
  ['17-state-EXIT-memory-limit 152', { state: 'out-of-memory' }],
  ['23-after-CLEAN_PERIOD 1', { state: 'failed', exitCode: 3 }],
  ['33-execution-host-lost-UNKWN 96', { state: 'cancelled' }],
])('LSF, recorded: %s', (name, expected) => {
  const [, id = ''] = name.split(' ');
  expect(lsf.parseAccounting(asked(told[name] ?? ''))).toMatchObject([{ jobId: id, ...expected }]);
});

test('LSF: IBM’s reasons, unfolded or not', () => {
  const of = (words: string) =>
    lsf.parseAccounting(
      asked(
        `\nJob <7>, Job Name <nf-a>, User <alice>, Status <EXIT>, Queue <q>, Command <x>\nSun Nov 22 18:00:00: ${words}\n`,
      ),
    )[0];
  expect(
    of(
      'Exited with exit code 140. Completed <exit>; TERM_RUNLIMIT: job killed after reaching LSF run time limit.',
    ),
  ).toMatchObject({ state: 'time-limit' });
  expect(
    of(
      'Exited by signal 9. TERM_MEMLI\n                     MIT: job killed after reaching LSF memory usage limit.',
    ),
  ).toMatchObject({ state: 'out-of-memory', signal: 9 });
  expect(of('Exited; TERM_OWNER: job killed by owner.')).toMatchObject({ state: 'cancelled' });
});

test('LSF, recorded: the wide table of one that knows no JSON, names with blanks and cut letters in it', () => {
  const jobs = lsf.parseStatus(recorded('lsf-wide.txt'));
  expect(jobs.find(({ jobId }) => jobId === '4')).toMatchObject({
    linuxUser: 'bob',
    jobName: 'bobsheld',
    state: 'held',
  });
  expect(jobs.find(({ jobId }) => jobId === '94')).toMatchObject({ jobName: 'with space', state: 'held' });
  expect(jobs.length).toBeGreaterThan(20);
});

test('LSF: an unknown number stands among the records, twice, and is no job', () => {
  const error = '{ "JOBID": "4711", "ERROR": "Job <4711> is not found" }';
  const row = '{ "JOBID": "7", "USER": "a", "STAT": "RUN", "QUEUE": "q", "JOB_NAME": "nf-a" }';
  const answer = (...records: string[]) => asked(`{\n"JOBS": 3,\n"RECORDS": [${records.join(',')}]\n}`, 255);
  expect(lsf.parseStatus(answer(error, error))).toEqual([]);
  expect(lsf.parseStatus(answer(error, row, error))).toMatchObject([{ jobId: '7', state: 'running' }]);
});

test('LSF: a second host of a job is no row of the wide table', () => {
  const table =
    'JOBID   USER    STAT  QUEUE      FROM_HOST   EXEC_HOST   JOB_NAME   SUBMIT_TIME\n7       alice   RUN   normal     vm          vm          nf-a       Nov 22 18:36\n                                             vm\n8       alice   RUN   normal     vm          vm:vm       nf-b       Nov 22 18:36\n';
  expect(lsf.parseStatus(asked(table)).map(({ jobName }) => jobName)).toEqual(['nf-a', 'nf-b']);
});

test('LSF: neither jobs nor a word about them is no answer', () => {
  expect(lsf.parseAccounting(asked('Job <4711> is not found\n', 255))).toEqual([]);
  expect(() => lsf.parseAccounting(asked('', 0))).toThrow(/bhist failed/);
});

const moabEnd = (tag: string) =>
  asked(
    `<Data>\n <queue count="1" option="completed" purgetime="86400">\n  <job JobID="12" JobName="nf-abc" User="alice" ReqAWDuration="60" ${tag}/>\n </queue>\n</Data>\n`,
  );
test.each<[string, string, Partial<JobStatus>]>([
  ['success', 'CompletionCode="0" State="Completed"', { state: 'completed', exitCode: 0 }],
  ['an exit status', 'CompletionCode="5" State="Completed"', { state: 'failed', exitCode: 5 }],
  ['a signal', 'CompletionCode="265" State="Completed"', { state: 'failed', signal: 9 }],
  ['a removal', 'CompletionCode="CNCLD" State="Removed"', { state: 'cancelled' }],
  [
    'a removal that is called completed',
    'CompletionCode="CNCLD(271)" State="Completed"',
    { state: 'cancelled' },
  ],
  ['a removal without a code', 'State="Removed"', { state: 'cancelled' }],
  [
    'a removal at the end of its time',
    'CompletionCode="CNCLD(271)" AWDuration="61" State="Removed"',
    { state: 'time-limit' },
  ],
  ['its memory limit', 'CompletionCode="-10" State="Completed"', { state: 'out-of-memory' }],
  ['an end without a code', 'CompletionCode="" State="Completed"', { state: 'failed', exitCode: null }],
  ['its time limit', 'CompletionCode="271" AWDuration="61" State="Completed"', { state: 'time-limit' }],
  ['a kill', 'CompletionCode="271" AWDuration="6" State="Completed"', { state: 'cancelled' }],
  ['a failed start', 'CompletionCode="-2" State="Completed"', { state: 'node-failure' }],
  ['another manager’s word', 'CompletionCode="" State="TIMEOUT"', { state: 'time-limit' }],
])('Moab: %s', (_, tag, expected) => {
  expect(moab.parseAccounting(moabEnd(tag))).toMatchObject([{ jobId: '12', jobName: 'nf-abc', ...expected }]);
});
