/** What each scheduler's submit command prints and ends with, as recordings and manuals show it, and what that means. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type FakeCluster, fakeCluster } from '#test/support/far-side/fake-cluster.ts';
import { runCommand } from '#test/support/far-side/run-command.ts';
import { gridEngine } from '../grid-engine/grid-engine.ts';
import { lsf } from '../lsf/lsf.ts';
import { moab } from '../moab/moab.ts';
import { pbsPro } from '../pbs-pro/pbs-pro.ts';
import { slurm } from '../slurm/slurm.ts';

let cluster: FakeCluster;
beforeEach(() => {
  cluster = fakeCluster();
});
afterEach(() => cluster.remove());

interface Said {
  out?: string;
  err?: string;
  exit?: number;
}

/** The job's number, or what became of it: refused and unsent, later and unsent, or unknown, which is asked for again. */
type Meaning = `job ${string}` | 'refused' | 'later' | 'unknown';

const systems = {
  Slurm: [slurm, 'sbatch'],
  LSF: [lsf, 'bsub'],
  'PBS Professional': [pbsPro, 'qsub'],
  'Grid Engine': [gridEngine, 'qsub'],
  Moab: [moab, 'msub'],
} as const;

const answers: [keyof typeof systems, string, Said, Meaning][] = [
  ['Slurm', 'one of several clusters', { out: '4711;big' }, 'job 4711'],
  ['LSF', 'a number', { out: 'Job <103> is submitted to default queue <normal>.' }, 'job 103'],
  ['LSF', 'a number after a wait', { out: 'Cannot connect to LSF. Please wait ...\nJob <103> is submitted to queue <q>.' }, 'job 103'],
  ['LSF', 'a number on the other stream', { err: 'Job <103> is submitted to queue <q>.' }, 'job 103'],
  ['LSF', 'an unknown queue', { err: 'nowhere: No such queue. Job not submitted.', exit: 255 }, 'refused'],
  ['LSF', 'a closed queue', { err: 'normal: Queue has been closed. Job not submitted.', exit: 255 }, 'refused'],
  ['LSF', 'the limit of waiting jobs', { err: 'User <alice>: Pending job threshold reached. Retrying in 60 seconds...', exit: 255 }, 'later'],
  ['LSF', 'a batch daemon that is down', { err: 'batch system daemon not responding ... still trying', exit: 255 }, 'unknown'],
  ['LSF', 'a LIM that is down', { err: 'Failed in an LSF library call: LIM is down; try later. Job not submitted.', exit: 255 }, 'unknown'],
  ['LSF', 'nothing at all', {}, 'unknown'],
  ['PBS Professional', 'a number below a talking profile', { out: 'Welcome to the cluster\n565.pbs01', err: 'warning: disk almost full' }, 'job 565.pbs01'],
  ['PBS Professional', 'no number', { exit: 0 }, 'unknown'],
  ['PBS Professional', 'a number that names no server, as a profile may print one', { out: '2026' }, 'unknown'],
  ['PBS Professional', 'ports used up, in its last words', { err: 'pbs_iff: all reserved ports in use', exit: 159 }, 'unknown'],
  ['PBS Professional', 'an unknown queue', { err: 'qsub: Unknown queue', exit: 170 }, 'refused'],
  ['PBS Professional', 'an unknown resource', { err: 'qsub: Unknown resource Resource_List.foo', exit: 187 }, 'refused'],
  ['PBS Professional', 'over the limits', { err: 'qsub: Job violates queue and/or server resource limits', exit: 188 }, 'refused'],
  ['PBS Professional', 'a queue that is closed', { err: 'qsub: Queue is not enabled', exit: 173 }, 'refused'],
  ['PBS Professional', 'an illegal name', { err: 'qsub: illegal -N value', exit: 2 }, 'refused'],
  ['PBS Professional', 'the limit of queued jobs', { err: 'qsub: would exceed queue generic\'s per-user limit of jobs in \'Q\' state', exit: 38 }, 'later'],
  ['PBS Professional', 'the same in words that nobody knows', { err: 'qsub: zu viele Jobs', exit: 38 }, 'later'],
  ['PBS Professional', 'a server that is down', { err: 'Connection refused\nqsub: cannot connect to server pbs01 (errno=15010)', exit: 162 }, 'unknown'],
  ['PBS Professional', 'ports used up', { err: 'pbs_iff: cannot connect to host\npbs_iff: all reserved ports in use', exit: 159 }, 'unknown'],
  ['PBS Professional', 'one that hung until it was stopped', { exit: 124 }, 'unknown'],
  ['Grid Engine', 'a number', { out: '12' }, 'job 12'],
  ['Grid Engine', 'an array’s number', { out: '12.1-3:1' }, 'job 12'],
  ['Grid Engine', 'a number below a warning', { err: 'Unable to run job: warning: alice your job is not allowed to run in any queue\nYour job 7 ("nf-a") has been submitted\nExiting.', exit: 1 }, 'job 7'],
  ['Grid Engine', 'an unknown queue', { err: 'Unable to run job: Job was rejected because job requests unknown queue "nowhere".\nExiting.', exit: 1 }, 'refused'],
  ['Grid Engine', 'the limit of jobs', { err: 'Unable to run job: job rejected: Only 2 jobs are allowed per user (current job count: 2).\nExiting.', exit: 1 }, 'later'],
  ['Grid Engine', 'a master that is down', { err: 'error: commlib error: got select error (Connection refused)\nUnable to run job: unable to send message to qmaster using port 6444', exit: 1 }, 'unknown'],
  ['Moab', 'a number as XML', { out: '<Data><job JobID="Moab.12"/></Data>' }, 'job Moab.12'],
  ['Moab', 'a number as text', { out: '\n101\n' }, 'job 101'],
  ['Moab', 'an unknown class', { err: "ERROR:  cannot submit job - cannot locate specified class 'nowhere'", exit: 1 }, 'refused'],
  ['Moab', 'a server that is away', { err: 'ERROR:  client timed out after 30 seconds (hostname:port=mg1:42559)', exit: 1 }, 'unknown'],
  ['Moab', 'a full quota', { err: 'ERROR:  job violates MAXJOB policy', exit: 1 }, 'later'],
]; // biome-ignore format: a table

/** Puts the submit command there, and sends a launch. */
const send = async (system: keyof typeof systems, { out = '', err = '', exit = 0 }: Said) => {
  const [driver, program] = systems[system];
  const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
  cluster.put(
    program,
    `cat >/dev/null; env >"$FAKE/environment"; printf '%s\\n' "$@" >"$FAKE/words"\nprintf '%s\\n' ${quoted(out)}; printf '%s\\n' ${quoted(err)} >&2; exit ${exit}`,
  );
  return driver.parseSubmit(await runCommand(driver.submit(cluster.launch()), cluster.place));
};

test.each(answers)('%s: %s', async (system, _, said, meaning) => {
  const outcome = await send(system, said);
  if (meaning.startsWith('job '))
    expect(outcome).toMatchObject({ kind: 'submitted', jobId: meaning.slice(4), how: 'new' });
  else {
    expect(outcome).toMatchObject({
      kind: meaning === 'refused' ? 'refused' : 'unknown',
      reason: expect.stringMatching(/\w/),
    });
    // Whatever may have been submitted is looked for before it is sent again.
    expect(cluster.exists('.nf-Ab12Cd34Ef56.intent')).toBe(meaning === 'unknown');
  }
});

describe.each(Object.keys(systems) as (keyof typeof systems)[])('%s', (system) => {
  test('what the program said is the reason, in its own words', async () => {
    const outcome = await send(system, { err: 'the site’s own filter: no such project', exit: 3 });
    expect(outcome).toMatchObject({ kind: 'refused', reason: expect.stringContaining('site’s own filter') });
  });

  test('its name is one that the oldest servers take: 15 letters, digits and "-"; nothing hangs or asks', async () => {
    await send(system, { err: 'no', exit: 3 });
    const words = cluster.kept('words').split('\n');
    const name = words.find((word) => word.includes('nf-Ab12Cd34Ef56')) ?? '';
    expect(name.replace(/^--job-name=/, '')).toBe('nf-Ab12Cd34Ef56');
    if (system === 'LSF') expect(cluster.kept('environment')).toContain('LSB_NTRIES=1');
  });
});
