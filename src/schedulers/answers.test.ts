/** What each scheduler prints, read by its driver: every state, every way of not answering. */
import { describe, expect, test } from 'vitest';
import type { RemoteResult } from '#core/ports/cluster-access.ts';
import type { JobState, SchedulerDriver } from '#core/ports/scheduler.ts';
import { answered, asked } from '#test/support/far-side/run-command.ts';
import { gridEngine } from './grid-engine/grid-engine.ts';
import { lsf } from './lsf/lsf.ts';
import { moab } from './moab/moab.ts';
import { pbsPro } from './pbs-pro/pbs-pro.ts';
import { slurm } from './slurm/slurm.ts';

interface Row {
  id: number | string;
  name: string;
  user: string;
  state: string;
}

interface Speaker {
  driver: SchedulerDriver;
  /** The status answer that lists these jobs. */
  list(rows: readonly Row[]): RemoteResult;
  states: Record<string, JobState>;
  /** Answers in which the scheduler says that it failed. */
  failures: RemoteResult[];
  none: RemoteResult[];
}

const sgeRow = ({ id, name, user, state }: Row): string =>
  `    <job_list state="running">\n      <JB_job_number>${id}</JB_job_number>\n      <JAT_prio>0.5</JAT_prio>\n      <JB_name>${name}</JB_name>\n      <JB_owner>${user}</JB_owner>\n      <state>${state}</state>\n      <queue_name>head@localhost</queue_name>\n      <slots>1</slots>\n    </job_list>\n`;
const sge = (rows: string) =>
  `<?xml version='1.0'?>\n<job_info>\n  <queue_info>\n${rows}  </queue_info>\n  <job_info>\n  </job_info>\n</job_info>\n`;
const lsfJson = (rows: readonly Row[]) =>
  `{\n\t"COMMAND":\t"bjobs",\n\t"JOBS":\t${rows.length},\n\t"RECORDS":\t[${rows
    .map(
      ({ id, name, user, state }) =>
        `{\n\t\t\t"JOBID":\t"${id}",\n\t\t\t"USER":\t"${user}",\n\t\t\t"STAT":\t"${state}",\n\t\t\t"QUEUE":\t"normal",\n\t\t\t"JOB_NAME":\t${JSON.stringify(name)}\n\t\t}`,
    )
    .join(', ')}]\n}\n`;
const header = 'JOBID      USER    STAT  QUEUE      FROM_HOST   EXEC_HOST   JOB_NAME   SUBMIT_TIME\n';
const lsfWide = ({ id, name, user, state }: Row) =>
  `${String(id).padEnd(7)} ${user.padEnd(7)} ${state.padEnd(5)} normal     vm          vm          ${name.padEnd(10)} Nov 22 18:36\n`;
const moabXml = (rows: readonly Row[]) =>
  `<Data>\n <Object>queue</Object>\n <cluster LocalUpNodes="1"/>\n <queue count="${rows.length}" option="active">\n${rows
    .map(
      ({ id, name, user, state }) =>
        `  <job Class="head" JobID="${id}" JobName="${name}" ReqAWDuration="60" State="${state}" User="${user}"/>\n`,
    )
    .join('')} </queue>\n</Data>\n`;

const speakers: Record<string, Speaker> = {
  'Slurm, several clusters': {
    driver: slurm,
    list: (rows) =>
      answered(
        `${rows.map(({ id, name, user, state }) => `CLUSTER: c${id}\nlatchkey-slurm-job|${id}|${user}|${state}|None|head|${name}\n`).join('')}CLUSTER: empty\nlatchkey: squeue 0\nlatchkey: end\n`,
      ),
    states: { PENDING: 'pending', RUNNING: 'running', REVOKED: 'cancelled', REQUEUE_FED: 'pending' },
    failures: [answered('CLUSTER: a\nlatchkey: squeue 1\nlatchkey: end\n', { said: 'slurm_load_jobs error: no answer' })],
    none: [answered('CLUSTER: a\nCLUSTER: b\nlatchkey: squeue 0\nlatchkey: end\n')],
  },
  Slurm: {
    driver: slurm,
    list: (rows) =>
      answered(
        `${rows.map(({ id, name, user, state }) => `latchkey-slurm-job|${id}|${user}|${state}|None|head|${name}\n`).join('')}latchkey: squeue 0\nlatchkey: end\n`,
      ),
    states: {
      PENDING: 'pending', CONFIGURING: 'pending', RUNNING: 'running', COMPLETING: 'running', SUSPENDED: 'held', STOPPED: 'held',
      COMPLETED: 'completed', CANCELLED: 'cancelled', FAILED: 'failed', TIMEOUT: 'time-limit', NODE_FAIL: 'node-failure',
      PREEMPTED: 'failed', BOOT_FAIL: 'node-failure', OUT_OF_MEMORY: 'out-of-memory', A_NEW_ONE: 'running',
    }, // biome-ignore format: a table
    failures: [
      answered('latchkey: squeue 1\nlatchkey: end\n', { said: 'slurm_load_jobs error: Unable to contact slurm controller' }),
      answered('latchkey: squeue 0\nlatchkey: end\n', { said: 'squeue: error: Invalid user: alice' }),
    ],
    none: [answered('latchkey: squeue 0\nlatchkey: end\n')],
  },
  'Grid Engine': {
    driver: gridEngine,
    list: (rows) => asked(sge(rows.map(sgeRow).join(''))),
    states: {
      qw: 'pending', t: 'running', r: 'running', Rr: 'running', hr: 'running', dr: 'running', hqw: 'held', S: 'held', s: 'held',
      T: 'held', Eqw: 'failed', Er: 'failed', z9: 'running',
    }, // biome-ignore format: a table
    failures: [
      asked('', 1, 'error: commlib error: got select error (Connection refused)\nerror: unable to send message to qmaster'),
      asked('error: failed receiving gdi request', 1),
      asked(sge(''), 1),
      asked(sge(''), 0, 'error: unable to send message to qmaster'),
      asked(sge('').slice(0, 60)),
    ],
    none: [asked(sge(''))],
  },
  LSF: {
    driver: lsf,
    list: (rows) => asked(lsfJson(rows)),
    states: {
      PEND: 'pending', PROV: 'pending', WAIT: 'pending', RUN: 'running', PSUSP: 'held', USUSP: 'held', SSUSP: 'held',
      UNKWN: 'held', DONE: 'completed', EXIT: 'failed', ZOMBI: 'failed', NEWST: 'running',
    }, // biome-ignore format: a table
    failures: [
      asked('batch system daemon not responding ... still trying', 255),
      asked('Failed in an LSF library call: Slave LIM configuration is not ready yet', 255),
      asked('', 0),
      asked(lsfJson([{ id: 1, name: 'nf-a', user: 'a', state: 'RUN' }]).slice(0, 90)),
    ],
    none: [asked('No unfinished job found', 254), asked('No unfinished job found', 255), asked(lsfJson([]))],
  },
  'LSF without JSON': {
    driver: lsf,
    list: (rows) => asked(`${header}${rows.map(lsfWide).join('')}`),
    states: {
      PEND: 'pending', RUN: 'running', PSUSP: 'held', USUSP: 'held', SSUSP: 'held', UNKWN: 'held', DONE: 'completed',
      EXIT: 'failed', ZOMBI: 'failed',
    }, // biome-ignore format: a table
    failures: [asked('LSF daemon (LIM) not responding ... still trying', 255)],
    none: [asked('No unfinished job found', 254)],
  },
  'PBS Professional': {
    driver: pbsPro,
    list: (rows) =>
      asked(
        rows
          .map(({ id, name, user, state }) => `Job Id: ${id}|Job_Name=${name}|Job_Owner=${user}@host|job_state=${state}|queue=head|substate=1\n`)
          .join(''),
      ),
    states: { Q: 'pending', R: 'running', E: 'running', B: 'running', H: 'held', S: 'held', U: 'held', W: 'held', T: 'held', M: 'held', N: 'running' },
    failures: [
      asked('', 255, 'Connection refused\nqstat: cannot connect to server pbs01 (errno=15010)'),
      asked('', 1, 'pbs_iff: all reserved ports in use'),
      asked('Job Id: 1|Job_Name=nf-a|Job_Owner=a@h|job_state=R|queue=q', 1),
    ],
    none: [asked('')],
  },
  Moab: {
    driver: moab,
    list: (rows) => asked(moabXml(rows)),
    states: {
      Idle: 'pending', Migrated: 'pending', Deferred: 'pending', Running: 'running', Starting: 'running', BatchHold: 'held',
      UserHold: 'held', SystemHold: 'held', Suspended: 'held', Removed: 'cancelled', RUNNING: 'running', NewWord: 'running',
    }, // biome-ignore format: a table
    failures: [
      asked('ERROR:  client timed out after 30 seconds (hostname:port=mg1:42559)', 1),
      asked('ERROR:  lost connection to server', 0),
      asked(moabXml([]), 1),
      asked(moabXml([]).slice(0, 40)),
      asked(`ERROR:  cannot load all jobs\n${moabXml([])}`),
    ],
    none: [asked(moabXml([]))],
  },
}; // biome-ignore format: long lines of wire text

describe.each(Object.entries(speakers))('%s', (_, { driver, list, states, failures, none }) => {
  const job = (over: Partial<Row> = {}): Row => ({
    id: 4711,
    name: 'nf-abc',
    user: 'alice',
    state: Object.keys(states)[0] ?? '',
    ...over,
  });

  test.each(Object.entries(states))('state %s is %s', (native, state) => {
    const [found] = driver.parseStatus(list([job({ state: native })]));
    expect(found).toMatchObject({ jobId: '4711', jobName: 'nf-abc', linuxUser: 'alice', state });
    expect(found?.nativeState).toContain(native.slice(0, 1));
    if (state === 'held' && driver !== slurm) expect(found?.reason).toMatch(/\w/);
  });

  test('several jobs, those of others and parts of arrays among them', () => {
    const rows = [
      job({ id: 1 }),
      job({ id: 2, user: 'bob', name: 'nf-x-1-ab' }),
      job({ id: 3, name: 'else' }),
    ];
    expect(driver.parseStatus(list(rows)).map((each) => [each.jobId, each.linuxUser, each.jobName])).toEqual([
      ['1', 'alice', 'nf-abc'],
      ['2', 'bob', 'nf-x-1-ab'],
      ['3', 'alice', 'else'],
    ]);
  });

  test('job arrays of others are read past', () => {
    // squeue's %A is a number for each of their parts.
    const ids = driver === slurm ? ['26', '28'] : ['26[]', '26[3]', '26_3'];
    const rows = ids.map((id) => job({ id, user: 'bob', name: 'arr[1-3]' }));
    const found = driver.parseStatus(list([...rows, job({ id: 27 })]));
    expect(found.filter(({ jobName }) => jobName === 'nf-abc').map(({ jobId }) => jobId)).toEqual(['27']);
  });

  test('what a profile or a daemon prints before the answer does no harm', () => {
    const whole = Buffer.from(list([job()]).stdout).toString();
    const noise = 'Welcome to the cluster\nbatch system daemon not responding ... still trying\n\n';
    expect(driver.parseStatus(answered(`${noise}${whole}`))).toMatchObject([{ jobId: '4711' }]);
  });

  test('it is asked in the C locale', () => {
    expect(driver.status(['alice']).argv.join(' ')).toMatch(/\bLC_ALL=C\b/);
    expect(driver.accounting(['1'], 0).argv.join(' ')).toMatch(/\bLC_ALL=C\b/);
  });

  test('an answer that failed, hung or was cut short is unknown, never "no jobs"', () => {
    for (const answer of failures)
      expect(() => driver.parseStatus(answer), Buffer.from(answer.stderr).toString()).toThrow(
        /failed|another shape/,
      );
    const whole = Buffer.from(list([job({ id: 1 }), job({ id: 2 })]).stdout).toString();
    for (let at = 0; at < whole.length - 1; at += 7)
      expect(() => driver.parseStatus(answered(whole.slice(0, at)))).toThrow(Error);
    expect(() => driver.parseStatus(answered(whole, { truncated: true }))).toThrow(Error);
    expect(() => driver.parseStatus(answered(whole, { timedOut: true }))).toThrow(Error);
    if (driver !== slurm) {
      expect(() => driver.parseStatus(asked('', 124))).toThrow(/in time/);
      expect(() => driver.parseStatus(asked('', 127, 'sh: not found'))).toThrow(/not found/);
    }
  });

  test('no jobs is no jobs', () => {
    for (const answer of none) expect(driver.parseStatus(answer)).toEqual([]);
  });

  test('5,000 jobs in one answer are read in less than 50 ms', () => {
    const rows = Array.from({ length: 5_000 }, (_unused, index) =>
      job({ id: index + 1, name: `nf-Ab12Cd34Ef56-${index}` }),
    );
    const answer = list(rows);
    driver.parseStatus(answer);
    const times = Array.from({ length: 9 }, () => {
      // Its own time: the machine may be busy with something else.
      const from = process.cpuUsage();
      expect(driver.parseStatus(answer)).toHaveLength(5_000);
      return process.cpuUsage(from).user / 1_000;
    });
    expect(Math.min(...times)).toBeLessThan(50);
  });
});

/** Names, commands and messages are other people's: a megabyte of anything is read, or refused, at once. */
const mega = (piece: string): string => piece.repeat(1_048_576 / piece.length);
const row = (name: string) => `1 alice RUN normal h e ${name} Nov 22 18:36\n`;
const block = (said: string) => `Job <1>, User <alice>, Status <EXIT>, ${said}\n`;
test.each<[string, 'parseStatus' | 'parseAccounting', SchedulerDriver, string, string]>([
  ['Moab, tags', 'parseStatus', moab, `<Data>${mega('<job ')}</Data>`, ''],
  ['Moab, names', 'parseStatus', moab, `<Data><job ${mega('a')} JobID="1" State="Idle"/></Data>`, '1'],
  ['Moab, quotes', 'parseStatus', moab, `<Data><job JobID="1" State="Idle" ${mega('a="')}/></Data>`, '1'],
  ['LSF, blanks', 'parseStatus', lsf, header + row(`x${mega(' ')}y`), '1'],
  ['LSF, blanks and no time', 'parseStatus', lsf, `${header}1 alice RUN normal h e x${mega(' ')}y\n`, ''],
  ['LSF, times', 'parseStatus', lsf, header + row(mega(' Nov 1 1:1 ')), '1'],
  ['LSF, digits', 'parseStatus', lsf, `${header}${mega('1')}\n`, ''],
  ['LSF, no jobs', 'parseStatus', lsf, `No ${mega('job')} found\n`, ''],
  ['LSF, history: labels', 'parseAccounting', lsf, block(mega('Job Name <')), '1'],
  ['LSF, history: queues', 'parseAccounting', lsf, block(mega('queue <')), '1'],
  ['LSF, history: ends', 'parseAccounting', lsf, block(mega('Completed <exit>')), '1'],
  ['LSF, history: jobs', 'parseAccounting', lsf, block(mega('\nJob <')), '1'],
  ['LSF, history: signals', 'parseAccounting', lsf, block(mega('Signal <K> requested by user or administrator <')), '1'],
])('%s: a hostile megabyte', (_, query, driver, text, ids) => {
  const from = process.cpuUsage();
  let found = '';
  try {
    found = driver[query](asked(text))
      .map(({ jobId }) => jobId)
      .join();
  } catch (error) {
    expect(String(error)).toMatch(/failed|another shape/);
  }
  expect(process.cpuUsage(from).user / 1_000).toBeLessThan(900);
  expect(found).toBe(ids);
}); // biome-ignore format: long lines of wire text
