/** Answers recorded from Slurm 22.05, and what may become of them on the way. */
import { describe, expect, test } from 'vitest';
import { answered } from '#test/support/far-side/run-command.ts';
import { parseAccounts, parseQueue } from './jobs.ts';

const end = (program: string, status = 0) => `latchkey: ${program} ${status}\nlatchkey: end\n`;
const queue = `latchkey-slurm-job|2|alice|COMPLETED|None|head|wrap            
latchkey-slurm-job|5|alice|FAILED|NonZeroExitCode|head|nf-cc2          
latchkey-slurm-job|12|alice|PENDING|BeginTime|head|nf-big          
latchkey-slurm-job|8|alice|PENDING|JobHeldUser|head|nf-held         
latchkey-slurm-job|7|alice|RUNNING|None|head|nf-x
latchkey-sl
latchkey-slurm-job|10|alice|RUNNING|None|head|nf-arr          
latchkey-slurm-job|13|alice|TIMEOUT|TimeLimit|head|nf-time         
latchkey-slurm-job|15|bob|PENDING|ReqNodeNotAvail, UnavailableNodes:node1|compute|nf-Ab12Cd34Ef56-
`;

describe('squeue', () => {
  test('real answer', () => {
    const jobs = parseQueue(answered(`CLUSTER: big\n${queue}${end('squeue')}`));
    expect(jobs.map(({ jobId, state, jobName }) => [jobId, state, jobName])).toEqual([
      ['2', 'completed', 'wrap'],
      ['5', 'failed', 'nf-cc2'],
      ['12', 'pending', 'nf-big'],
      ['8', 'held', 'nf-held'],
      ['7', 'running', 'nf-x'],
      ['10', 'running', 'nf-arr'],
      ['13', 'time-limit', 'nf-time'],
      ['15', 'pending', 'nf-Ab12Cd34Ef56-'],
    ]);
    expect(jobs.at(-1)).toEqual({
      jobId: '15',
      jobName: 'nf-Ab12Cd34Ef56-',
      linuxUser: 'bob',
      state: 'pending',
      nativeState: 'PENDING',
      reason: 'ReqNodeNotAvail, UnavailableNodes:node1',
      exitCode: null,
      signal: null,
      queue: 'compute',
    });
    expect(jobs[0]?.reason).toBeNull();
  });

  test('an empty queue', () => expect(parseQueue(answered(end('squeue')))).toEqual([]));

  test.each(
    Object.entries({
      'PD CF PENDING CONFIGURING REQUEUED': 'pending',
      'R CG RUNNING COMPLETING STAGE_OUT SIGNALING NEW_WORD': 'running',
      'S ST SUSPENDED REQUEUE_HOLD SPECIAL_EXIT': 'held',
      'CD COMPLETED': 'completed',
      'F PR FAILED PREEMPTED': 'failed',
      'CA CANCELLED': 'cancelled',
      'TO DL TIMEOUT DEADLINE': 'time-limit',
      'OOM OUT_OF_MEMORY': 'out-of-memory',
      'NF BF NODE_FAIL BOOT_FAIL': 'node-failure',
    }),
  )('%s: %s', (words, state) => {
    for (const word of words.split(' ')) {
      const [job] = parseQueue(answered(`latchkey-slurm-job|1|a|${word}|None|q|nf-1\n${end('squeue')}`));
      expect(job).toMatchObject({ state, nativeState: word });
    }
  });

  test('a name with a line break speaks for nobody else', () => {
    // 16 characters of a name are shown: too few for the mark that a line begins with.
    const forged = 'latchkey-slurm-job|7|bob|RUNNING|None|head|nf-x\nlatchkey-slurm\n';
    expect(parseQueue(answered(forged + end('squeue'))).map(({ jobId }) => jobId)).toEqual(['7']);
  });

  test.each([
    ['cut short', answered(queue.slice(0, 200))],
    ['no end', answered(`${queue}latchkey: squeue 0\n`)],
    [
      'failed',
      answered(end('squeue', 1), { said: 'slurm_load_jobs error: Unable to contact slurm controller' }),
    ],
    ['not found', answered(end('squeue', 127))],
    ['user directory down', answered(end('squeue'), { said: 'squeue: error: Invalid user: alice\n' })],
    ['timed out', answered(end('squeue'), { timedOut: true })],
    ['truncated', answered(queue + end('squeue'), { truncated: true })],
    ['another shape', answered(`latchkey-slurm-job|x|y\n${end('squeue')}`)],
    ['nothing', answered('')],
  ])('unknown, never "gone": %s', (_, result) => expect(() => parseQueue(result)).toThrow());
});

describe('sacct', () => {
  const accounts = `5|alice|FAILED|3:0|None|head|nf-a
6|alice|FAILED|0:9|None|head|nf-cc1
9|alice|CANCELLED by 1001|0:15|None|head,long|nf-arr
10|alice|RUNNING|0:0|None|head|nf-arr
13|alice|TIMEOUT|0:0|TimeLimit|head|nf-time
14|alice|OUT_OF_MEMORY|0:125|OutOfMemory|head|nf-oom
16|alice|NODE_FAIL|1:0|NodeDown|head|nf-node
18|alice|COMPLETED|0:0|None|head|nf-run3
`;

  test('real answer', () => {
    const jobs = parseAccounts(answered(accounts + end('sacct')));
    expect(
      jobs.map((job) => [job.jobId, job.state, job.nativeState, job.exitCode, job.signal, job.queue]),
    ).toEqual([
      ['5', 'failed', 'FAILED', 3, null, 'head'],
      ['6', 'failed', 'FAILED', 0, 9, 'head'],
      ['9', 'cancelled', 'CANCELLED by 1001', 0, 15, 'head'],
      ['10', 'running', 'RUNNING', null, null, 'head'],
      ['13', 'time-limit', 'TIMEOUT', 0, null, 'head'],
      ['14', 'out-of-memory', 'OUT_OF_MEMORY', 0, 125, 'head'],
      ['16', 'node-failure', 'NODE_FAIL', 1, null, 'head'],
      ['18', 'completed', 'COMPLETED', 0, null, 'head'],
    ]);
  });

  test('no accounting: nothing is known', () => {
    expect(
      parseAccounts(answered(end('sacct', 1), { said: 'Slurm accounting storage is disabled\n' })),
    ).toEqual([]);
    expect(parseAccounts(answered(end('sacct', 127)))).toEqual([]);
  });

  test.each([
    [
      'slurmdbd down',
      answered(end('sacct', 1), { said: 'sacct: error: slurm_persist_conn_open_without_init: failed' }),
    ],
    ['cut short', answered(accounts)],
    ['another shape', answered(`7|what\n${end('sacct')}`)],
  ])('unknown: %s', (_, result) => expect(() => parseAccounts(result)).toThrow());
});
